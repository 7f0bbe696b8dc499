"""DeepOBS's results, one JSON object a run: `random_seed__42__2019-02-14-02-00-17.json`.

    {"train_losses": [4.93, NaN, ...], "test_losses": [...], "minibatch_train_losses": [4.93, 2.45e+28, NaN, ...],
     "train_accuracies": [...], "optimizer": "AdamOptimizer", "testproblem": "cifar100_allcnnc", "batch_size": 256,
     "num_epochs": 350, "learning_rate": 10.0, "lr_sched_epochs": null, "lr_sched_factors": null,
     "train_log_interval": 1, "hyperparams": {"beta1": 0.9}}

The loss of every n-th mini-batch, the count starting again with each epoch; the other lists hold one evaluation before
each epoch and one after the last.  Later versions leave the mini-batches out and write `optimizer_name`,
`optimizer_hyperparams` and `analyzable_training_params`; they fill what a diverged run did not do with its first value.
"""

import json
import math
import re
from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.cost import at_once
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.json_lines import number
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import Floats, HParam, Note, Run, Series, Source

NAME = "deepobs"
MINIBATCHES = "minibatch_train_losses"
LR = "learning_rate"
SCHEDULE = ("lr_sched_epochs", "lr_sched_factors")
MAX_INTERVAL = 1e6  # mini-batches from one that is logged to the next
FILLED = 2  # evaluations at the end that repeat the first to the last digit: no training does that

_NAMES = re.compile(
    r'"(train_losses|test_losses|testproblem|minibatch_train_losses|num_epochs|optimizer_hyperparams)"\s*:'
)
_SEEDED = re.compile(r"random_seed__.*")


def recognise(head: Head) -> str | None:
    """By the names that its lists and settings have in every version."""
    text = head.text.lstrip()
    if not text.startswith("{"):
        return None
    found = {match[1] for match in _NAMES.finditer(text)} | {match[1] for match in _NAMES.finditer(head.tail)}
    if {"train_losses", "test_losses", "testproblem"} <= found:
        return "DeepOBS's lists train_losses and test_losses of a testproblem"
    # A long list of mini-batches can keep one of them out of both ends.
    lists = re.match(r'\{\s*"train_losses"\s*:\s*\[', text) and {"testproblem", "num_epochs"} <= found
    return "DeepOBS's list train_losses of a testproblem" if lists else None


def read(source: Source) -> list[Run]:
    """The one run; raises `UnreadableError` where the file is torn, or holds no list of losses."""
    results = _object(source.files[0])
    minibatches = _values(results, MINIBATCHES)
    evaluations = {tag: _values(results, tag) for tag in results if tag != MINIBATCHES and _is_curve(tag)}
    evaluations = {tag: values for tag, values in evaluations.items() if len(values) > 1}
    interval = number(results.get("train_log_interval")) or 1.0
    interval = interval if 1 <= interval <= MAX_INTERVAL else 1.0
    an_epoch = _logged_an_epoch(len(minibatches), number(results.get("num_epochs")), evaluations)
    series: dict[str, Series] = {}
    axis, length = "step", an_epoch * interval
    if an_epoch:
        series[MINIBATCHES] = Series(_placed(len(minibatches), an_epoch, length, interval), minibatches)
    elif len(minibatches) and not evaluations:
        series[MINIBATCHES] = Series(np.arange(len(minibatches), dtype=np.float64) * interval, minibatches)
    else:
        axis, length = "epoch", 1.0  # mini-batches of an unfinished epoch have no place among the epochs
    series |= {
        tag: Series(np.arange(len(values), dtype=np.float64) * length, values) for tag, values in evaluations.items()
    }
    if not series:
        raise UnreadableError("a DeepOBS result without a list of losses: run it again with the logs on")
    settings = _settings(results)
    if length:
        series |= _schedule(results, settings, series, length)
    notes = _notes(evaluations, len(minibatches) if MINIBATCHES not in series else 0)
    return [Run(_name(source.path), series, source, settings, axis, notes)]


def _object(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_bytes().decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError("a DeepOBS result that is torn or no JSON any more: copy it again") from error
    if not isinstance(found, dict):
        raise UnreadableError("JSON like DeepOBS's, but not one object: name the result of one run")
    return found


def _is_curve(tag: str) -> bool:
    return tag.endswith(("_losses", "_accuracies"))


def _values(results: dict[str, object], tag: str) -> Floats:
    """The numbers of a list; NaN is a value, null is none and ends the list, since the rest would be out of step."""
    found = results.get(tag)
    values: list[float] = []
    for item in found if isinstance(found, list) else []:
        value = number(item)
        if value is None:
            break
        values.append(value)
    return np.array(values, dtype=np.float64)


def _placed(count: int, an_epoch: int, length: float, interval: float) -> Floats:
    """The step of every logged mini-batch, the first of each epoch and every `interval`-th after it."""
    at = np.arange(count)
    return np.asarray(at // an_epoch * length + at % an_epoch * interval, dtype=np.float64)


def _logged_an_epoch(count: int, epochs: float | None, evaluations: dict[str, Floats]) -> int:
    """How many mini-batches were logged in each epoch; 0 where that is not exact."""
    if not count or epochs is None or not 1 <= epochs < math.inf or count % epochs:
        return 0
    finished = all(len(values) == epochs + 1 for values in evaluations.values())
    return int(count // epochs) if finished else 0


def _schedule(
    results: dict[str, object], settings: dict[str, HParam], series: dict[str, Series], length: float
) -> dict[str, Series]:
    """The LR at every step, where epochs and factors say so: each factor times the first LR, from its epoch on."""
    place = results.get("analyzable_training_params")
    inside = place if isinstance(place, dict) else results
    epochs, factors = (_values(inside, name) for name in SCHEDULE)
    first = _configured_lr(settings)
    if first is None or not len(epochs) or len(epochs) != len(factors) or not np.isfinite(epochs).all():
        return {}
    steps = max(series.values(), key=len).step
    if np.any(np.diff(epochs) <= 0):
        return {}
    before = np.searchsorted(epochs * length, steps, side="right")
    return {LR: Series(steps, first * np.concatenate([[1.0], factors])[before])}


def _configured_lr(settings: dict[str, HParam]) -> float | None:
    for name in (LR, f"optimizer_hyperparams/{LR}", "optimizer_hyperparams/lr"):
        value = settings.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return None


def _settings(results: dict[str, object]) -> dict[str, HParam]:
    return flatten({key: value for key, value in results.items() if not _is_curve(key)})


def _notes(evaluations: dict[str, Floats], unplaced: int) -> list[Note]:
    notes = []
    if unplaced:
        text = f"{unplaced:,} losses of mini-batches left out: they do not divide into the epochs"
        notes.append(Note("skipped", text, MINIBATCHES))
    for tag, values in evaluations.items():
        same = values == values[0]
        repeated = len(same) if same.all() else int(np.argmin(same[::-1]))
        if FILLED <= repeated < len(values):
            text = f"the last {repeated:,} values of {tag} repeat the first: DeepOBS fills a diverged run so"
            notes.append(Note("non-finite-filtered", text, tag, float(len(values) - repeated)))
    return notes


def _name(path: Path) -> str:
    """The folder's name, which holds the settings; the file's, which holds the seed and the date, says less."""
    own = run_name(path)
    above = run_name(path.with_name("results.json"))  # the file's own name again where above is a person's home
    return above if _SEEDED.fullmatch(own) and above != "results" else own


READER = Reader(NAME, "DeepOBS results (JSON)", recognise, read, cost=at_once)

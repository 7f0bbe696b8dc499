"""What a run was configured with, as far as its log says: peak LR, optimizer, batch size."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from lrdoctor.records.roles import Roles
from lrdoctor.records.run import HParam, Run, Series
from lrdoctor.vocabulary.lr_names import PEAK_SETTINGS
from lrdoctor.vocabulary.once import cached_by_mapping, settings_filter
from lrdoctor.vocabulary.optimizer_lrs import OptimizerLr, optimizer_lr, optimizer_of_lr
from lrdoctor.vocabulary.optimizers import (
    MOMENTUM_KEYS,
    OPTIMIZER_KEYS,
    OPTIMIZER_LEAVES,
    has_momentum,
    logs_momentum,
    normalised_optimizer,
    optimizer_texts,
    optimizers_of_tags,
)
from lrdoctor.vocabulary.result_keys import in_results
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS, LEAST_LR, MOST_LR, key_path, peak_lr, setting_number
from lrdoctor.vocabulary.tags import words
from lrdoctor.vocabulary.training_kind import TRAINER_KEYS, pretrained_key, tells_of_weights

# A directory with one of these holds a part of the schedule (`scheduler/lr`), unless the name itself says peak.
SCHEDULE_WORDS = frozenset({"scheduler", "schedule", "sched", "decay", "warmup", "finder", "lrscheduler"})
MAX_LR_RATIO = 2.0  # beyond it the logged LR is believed rather than the configured one
WARM_UP_END = 0.05  # share of the points, from the end, that hold the peak when a log stops in its warm-up

GLOBAL_BATCH_KEYS = (
    *("global_batch_size", "total_batch_size", "effective_batch_size", "total_train_batch_size"),
    *("global_train_batch_size", "ims_per_batch"),  # OLMo, detectron2
)
BATCH_KEYS = (
    *("train_batch_size", "batch_size", "batchsize", "per_device_train_batch_size", "batch_size_train"),
    *("micro_batch_size", "bs", "batch", "max_sentences"),
)
# The norm that gradients are clipped to; clipping by value is another thing.
CLIP_KEYS = (
    *("max_grad_norm", "gradient_clip_val", "clip_grad_norm", "grad_clip", "grad_clip_norm", "gradient_clipping"),
    *("clip_grad", "clip_norm", "clipnorm", "global_clipnorm", "gradient_clip", "clip", "clip_gradients"),
)
ACCUMULATION_KEYS = (
    *("gradient_accumulation_steps", "accumulate_grad_batches", "grad_accum_steps", "accumulation_steps"),
    "update_freq",  # fairseq
)
_LEAVES = frozenset(
    {*PEAK_SETTINGS, *OPTIMIZER_KEYS, *OPTIMIZER_LEAVES, *MOMENTUM_KEYS, "nesterov"}
    | {*GLOBAL_BATCH_KEYS, *BATCH_KEYS, *ACCUMULATION_KEYS, *CLIP_KEYS}
)

_NO_OPTIMIZER = frozenset({"", "auto", "none", "default", "null", "{}"})  # settings that name none

# An underscore, where a name may hold no point, stands for the point behind a 0 or for the minus of an exponent.
_LR_IN_NAME = re.compile(
    r"(?:^|[^a-z])(?<!min_)(?<!end_)(?<!final_)(?:lr|learning_?rate)[=_\-]*"
    r"(0[_p-]\d{1,6}(?=$|[^\d.e])|\d+(?:[._]\d+)?\.?e_\d{1,2}|\d+\.?\d*(?:e[+-]?\d+)?)(?![a-z\d])",
    re.IGNORECASE,
)

# Folders that say nothing of a run's settings: the one above may.
_SAYS_NOTHING = re.compile(
    r"(?:version|seed|fold|rank|run|trial|rep|exp)[_=\-]?\d+|csv|csv_logs|tb|tb_logs|tensorboard|lightning_logs|logs?|"
    r"runs?|train|val|events?|metrics|results?|outputs?|\d{1,4}|\d{4}-\d\d-\d\d|\d\d-\d\d-\d\d",
    re.IGNORECASE,
)
MAX_FOLDERS_UP = 4

# `logs_1e-4/`: a folder that is called after nothing but a number of an LR's size.
_LR_ALONE = re.compile(r"(?:logs?|runs?|exp|train|results?|out|output)?[_\-]?(\d(?:\.\d+)?e-\d+)", re.IGNORECASE)


def learning_rate(run: Run, roles: Roles) -> tuple[float | None, str]:
    """The run's LR, the peak of its schedule, and where it was found; (None, why) where the log names none.

    The configured peak counts, unless the logged one differs by more than `MAX_LR_RATIO`: then settings were changed in
    code, and what was logged was used.  A log that stops in its warm-up has not reached the peak, though.
    """
    configured = stated_values(run.hparams).lr
    logged = None if roles.lr is None else peak_lr(run.series[roles.lr])
    if logged is None:
        if configured is not None:
            return configured[0], f"hparams {configured[1]}"
        named = _lr_in_name(run)
        zero = next((note.message for note in run.notes if note.code == "lr-printed-zero"), None)
        return named if named else (None, zero or "neither a series nor a setting names the learning rate")
    if configured is None:
        return logged, f"series {roles.lr} (peak)"
    value, key = configured
    if max(value, logged) <= MAX_LR_RATIO * min(value, logged):
        return value, f"hparams {key}"
    if roles.lr is not None and value > logged and _still_rising(run.series[roles.lr]):
        return value, f"hparams {key} (the log stops in the warm-up, at {logged:.3g})"
    return logged, f"series {roles.lr} (peak; hparams {key} says {value:.3g})"


@dataclass(frozen=True)
class StatedValues:
    """What settings say by themselves, whatever the log beside them holds.

    Args:
        lr: the highest LR under the best name, and its key.
        optimizer: the first that a setting names; that of the LR where only the LR's name tells of one.
        momentum: whether a setting says that SGD has one.
        batch: examples per optimizer step.
        clip: the gradient norm that is clipped to.
        pretrained: the key that tells of pretrained weights, or "".
        tunes: whether Hugging Face's trainer, which mostly fine-tunes, wrote them.
        names_optimizer: whether one of them names an optimizer, known or not.
    """

    lr: tuple[float, str] | None
    optimizer: str | None
    momentum: bool
    batch: int | None
    clip: float | None
    pretrained: str
    tunes: bool
    names_optimizer: bool


@cached_by_mapping
def stated_values(hparams: Mapping[str, HParam]) -> StatedValues:
    """What settings say of the LR, the optimizer, the batch size, clipping and the weights a run starts from."""
    hparams = _relevant(hparams)
    texts = [text for text in optimizer_texts(hparams) if text not in {"None", ""}]
    name = next(filter(None, map(normalised_optimizer, texts)), None)
    # Beside an optimizer that nobody here knows, Adam's LR is another's: that of the embeddings beside some Foo's.
    own = None if texts and name is None else optimizer_lr(hparams, name)
    lr = _configured_lr(hparams, own, named=name)
    return StatedValues(
        lr,
        name or (own.optimizer if own is not None and lr is not None and lr[1] == own.key else None),
        has_momentum(hparams),
        _batch_size(hparams),
        _clipping(hparams),
        pretrained_key(hparams),
        any(key.rpartition("/")[2] in TRAINER_KEYS for key in hparams),
        any(text.strip().lower() not in _NO_OPTIMIZER for text in optimizer_texts(hparams)),
    )


def optimizer(run: Run) -> str | None:
    """The name of one of `optimizers.OPTIMIZERS`, such as `AdamW` or `SGD+momentum`; None where the log names none."""
    values = stated_values(run.hparams)
    name = values.optimizer or next(filter(None, map(normalised_optimizer, optimizers_of_tags(run.series))), None)
    if name == "SGD" and (values.momentum or logs_momentum(run.series)):
        return "SGD+momentum"
    return name


def names_optimizer(run: Run) -> bool:
    """Whether a setting names an optimizer, be it one that is known here or not."""
    return stated_values(run.hparams).names_optimizer


def batch_size(run: Run) -> int | None:
    """Examples per optimizer step on one device, accumulation included; the global number where it is stated."""
    return stated_values(run.hparams).batch


def clipping(run: Run) -> float | None:
    """The gradient norm that the run clips to, or None where no setting says so."""
    return stated_values(run.hparams).clip


@lru_cache(maxsize=CACHED_KEYS)
def _is_relevant(key: str) -> bool:
    """Whether `stated_values` looks at settings of that name; the LR among results is where the schedule ended."""
    if in_results(key):
        return False
    leaf = key_path(key)[-1]
    ours = leaf in _LEAVES or optimizer_of_lr(key) is not None
    return ours or key.rpartition("/")[2] in TRAINER_KEYS or tells_of_weights(key)


_relevant = settings_filter(_is_relevant)


def _batch_size(hparams: Mapping[str, HParam]) -> int | None:
    total = _positive_integer(hparams, GLOBAL_BATCH_KEYS)
    if total is not None:
        return total
    batch = _positive_integer(hparams, BATCH_KEYS)
    return None if batch is None else batch * (_positive_integer(hparams, ACCUMULATION_KEYS) or 1)


def _clipping(hparams: Mapping[str, HParam]) -> float | None:
    found = [
        (CLIP_KEYS.index(path[-1]), len(path), value)
        for key, raw in hparams.items()
        if (path := key_path(key))[-1] in CLIP_KEYS
        and (value := setting_number(raw)) is not None
        and 0 < value < math.inf
    ]
    return min(found)[2] if found else None


def _configured_lr(
    hparams: Mapping[str, HParam], own: OptimizerLr | None, *, named: str | None
) -> tuple[float, str] | None:
    """The highest LR under the best name, and its key; `own` is named after the optimizer, `named` what that one is.

    Such a name is the last, unless it is that of the very optimizer that the settings name: then a bare `lr` beside it
    is another's (`optimizer: Muon`, `muon_lr`, and `lr` for the embeddings), and only a peak says more.
    """
    found: list[tuple[float, int, float, str]] = []
    for key, raw in hparams.items():
        *folders, leaf = key_path(key)
        if leaf not in PEAK_SETTINGS or (value := setting_number(raw)) is None or not LEAST_LR <= value <= MOST_LR:
            continue
        rank = PEAK_SETTINGS.index(leaf)
        if rank >= PEAK_SETTINGS.index("lr") and SCHEDULE_WORDS & set(words(" ".join(folders))):
            continue
        if leaf == "lr0" and str(hparams.get("optimizer", "")).lower() == "auto":
            continue  # Ultralytics then picks optimizer and LR by itself
        found.append((rank, len(folders), -value, key))
    if own is not None:
        exact = named is not None and own.optimizer == named
        found.append((PEAK_SETTINGS.index("lr") - 0.5 if exact else len(PEAK_SETTINGS), 0, -own.lr, own.key))
    if not found:
        return None
    *_, negative, key = min(found)
    return -negative, key


def _still_rising(series: Series) -> bool:
    value = series.value[np.isfinite(series.value)]
    tail = value[-max(1, int(len(value) * WARM_UP_END)) :]
    return bool(len(value) > 1 and tail.max() >= value.max() and value[-1] > value[0])


def _lr_in_name(run: Run) -> tuple[float, str] | None:
    for text in (run.name, run.source.path.name, *_folders(run.source.path)):
        match = _LR_IN_NAME.search(text)
        named = None if match is None else _named_value(match[1].lower())
        if match is not None and named is not None:
            return named, f"the name {match[0].strip('_-. /')}"
    for text in (run.source.path.name, run.source.path.parent.name):
        alone = _LR_ALONE.fullmatch(text)
        if alone and LEAST_LR <= (value := float(alone[1])) <= 1:
            return value, f"the name {text}, taken for an LR"
    return None


def _folders(path: Path) -> Iterator[str]:
    """The names of the folder of a log and, while they say nothing, of those above."""
    for folder in list(path.parents)[:MAX_FOLDERS_UP]:
        yield folder.name
        if not _SAYS_NOTHING.fullmatch(folder.name):
            return


def _named_value(text: str) -> float | None:
    """The LR that a name's digits spell: `0.01`, `0_01`, `0p01`, `5e-4`, `5e_4`; None for a number such as `lr2`'s."""
    plain = re.sub(r"^0[_p-]", "0.", text).replace("e_", "e-").replace("_", ".")
    value = float(plain)
    return value if re.search(r"[.e]", plain) and LEAST_LR <= value <= MOST_LR else None


def _positive_integer(hparams: Mapping[str, HParam], names: Collection[str]) -> int | None:
    found = [
        (list(names).index(path[-1]), len(path), int(value))
        for key, raw in hparams.items()
        if (path := key_path(key))[-1] in names and (value := setting_number(raw)) is not None and 1 <= value < 2**40
    ]
    return min(found)[2] if found else None

"""Ray Tune: each trial's folder holds `result.json` (JSON lines), `progress.csv` and `params.json`.

    {"loss": 3.54, "training_iteration": 1, "time_total_s": 0.1, "trial_id": "b2350_00001", "config": {"lr": 0.1}, ...}

The files of a folder are one run; a folder of trials is a sweep.  `result.json` is read where it is there: it holds
the configuration in every row, and what was reported after the first, which the table has no columns for.  RLlib nests
its values (`info/learner/default_policy/learner_stats/cur_lr`).  Population-based training changes the LR between rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import JsonLines, JsonRow, first_rows, number, numbers
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings, flatten
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import HParam, Run, Series, Source
from lrdoctor.vocabulary.tags import is_lr_name

NAME = "ray-tune"
STEP = "training_iteration"
TELLING = frozenset({STEP, "time_total_s", "trial_id"})
OWN_STEPS = ("global_step", "step", "iteration", "iter")  # what the user's own loop may report, the finest clock first
FILES = ("result.json", "progress.csv")  # the best first
# What Ray says of the trial, the process and the machine: nothing to learn of the training.
BOOKKEEPING = frozenset(
    {"timestamp", "date", "time_this_iter_s", "time_total_s", "time_since_restore", "timesteps_since_restore"}
    | {"iterations_since_restore", "pid", "hostname", "node_ip", "trial_id", "experiment_id", "experiment_tag"}
    | {"done", "should_checkpoint", "checkpoint_dir_name", "timesteps_total", "episodes_total", STEP}
)


def recognise(head: Head) -> str | None:
    """By the clocks and the identity that Ray adds to what a trial reports."""
    rows = first_rows(head, most=3)
    layout = None if rows else sniff(head)
    names = set(rows[0]) if rows else set(layout.names if layout else ())
    return f"the keys {', '.join(sorted(TELLING))}" if names >= TELLING else None


def home(path: Path) -> Path:
    """The trial's folder for the files that Ray names."""
    return path.parent if path.name in FILES else path


def read(source: Source) -> list[Run]:
    """The run of one trial, from `result.json`, else from `progress.csv`; raises `UnreadableError`."""
    ranked = sorted(source.files, key=lambda file: file.name == FILES[1])
    for path in ranked:
        try:
            one = replace(source, files=(path,))
            run = _of_json(one, path) if look(path).text.lstrip().startswith("{") else _of_table(one)
        except UnreadableError:
            if path == ranked[-1]:
                raise
            continue
        return [replace(run, source=source)]
    raise UnreadableError("a trial without a result: give one that ran longer")


def _of_table(source: Source) -> Run:
    (run, *_) = table.read(source)
    series = {tag: points for tag, points in run.series.items() if tag not in BOOKKEEPING}
    if not series:
        raise UnreadableError("a trial that reported no value of its own: report the loss with tune.report")
    return replace(run, series=series)


def _of_json(source: Source, path: Path) -> Run:
    rows = JsonLines(path)
    config = dict[str, HParam]()
    points, scheduled = Points(), Points()
    for place, row in enumerate(rows):
        values = dict(numbers({key: value for key, value in row.items() if key != "config"}))
        step = values.get(STEP)
        if step is None:
            continue
        wall_time = values.get("timestamp", float("nan"))
        for tag, value in values.items():
            if tag not in BOOKKEEPING:
                points.add(tag, step, value, wall_time)
        for tag, value in _rates(row):
            scheduled.add(tag, step, value, wall_time)
        config = _settings(row) if place == 0 else config
    if not len(points):
        raise UnreadableError("a trial that reported no value of its own: report the loss with tune.report")
    series, notes = points.joined()
    changed = {tag: rate for tag, rate in scheduled.joined()[0].items() if (rate.value != rate.value[0]).any()}
    series, axis = _on_own_steps({**series, **changed})
    settings, unread = companion_settings(source.companions)
    return Run(run_name(source.path), series, source, settings | config, axis, [*unread, *rows.notes, *notes])


def _on_own_steps(series: Mapping[str, Series]) -> tuple[dict[str, Series], str]:
    """The series over the user's own count of steps, where every report has one and it rises; else as they are."""
    reports = np.unique(np.concatenate([points.step for points in series.values()]))
    for name in OWN_STEPS:
        own = series.get(name)
        if own is not None and np.array_equal(own.step, reports) and (np.diff(own.value) > 0).all():
            others = {tag: points for tag, points in series.items() if tag != name}
            if others and np.isfinite(own.value).all():
                at = {tag: own.value[np.searchsorted(reports, points.step)] for tag, points in others.items()}
                return {tag: replace(points, step=at[tag]) for tag, points in others.items()}, name
    return dict(series), STEP


def _rates(row: JsonRow) -> Sequence[tuple[str, float]]:
    """The learning rates in a row's configuration."""
    config = row.get("config")
    if not isinstance(config, dict):
        return ()
    return [
        (f"config/{key}", value)
        for key, raw in config.items()
        if isinstance(key, str) and is_lr_name(key) and (value := number(raw)) is not None
    ]


def _settings(row: JsonRow) -> dict[str, HParam]:
    return flatten(row.get("config"))


READER = Reader(NAME, "Ray Tune trials", recognise, read, group=by_home(home))

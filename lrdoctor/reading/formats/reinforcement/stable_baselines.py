"""The logger of OpenAI baselines, in Stable-Baselines3 and improved-diffusion: `progress.csv`, `.json` and `log.txt`.

    train/policy_gradient_loss,rollout/ep_rew_mean,time/total_timesteps,train/learning_rate,train/loss
    0.0,-77.66666666666667,10,0.0003,4601.0087890625

Columns are in no order; their x is `time/total_timesteps`, in baselines `misc/total_timesteps`, in diffusion `step`
(with `loss_q0` to `loss_q3`, means since the row before).  The three files of a folder are one run; `log.txt` holds
ASCII tables (see `ascii_tables`) with three digits, and is read where there is nothing better.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.formats.grouping import by_home
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.reinforcement import ascii_tables
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.reading.parsing.json_lines import JsonLines, first_rows, numbers
from lrdoctor.reading.parsing.points import Points
from lrdoctor.reading.parsing.restarts import Attempt, join_attempts
from lrdoctor.reading.parsing.row_steps import is_clock
from lrdoctor.reading.parsing.run_names import run_name
from lrdoctor.reading.parsing.settings_files import companion_settings
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.reading.parsing.text_lines import ends_in_a_line, text_lines
from lrdoctor.records.run import Note, Run, Source
from lrdoctor.vocabulary.tags import is_loss_name

NAME = "stable-baselines"
TIMESTEPS = ("time/total_timesteps", "misc/total_timesteps")
FILES = ("progress.csv", "progress.json", "log.txt")  # the best first
DIFFUSION = frozenset({"loss", "samples", "step"})

_EPISODE_REWARD = re.compile(r"(ep|episode)_?(rew|reward|return)_?(mean)?", re.IGNORECASE)


def recognise(head: Head) -> str | None:
    """By the timesteps' column, by diffusion's quartiles of the loss, or by whole ASCII tables."""
    rows = first_rows(head, most=3)
    if rows:
        return next((f"JSON lines with {name}" for name in TIMESTEPS if all(name in row for row in rows)), None)
    cells = next(ascii_tables.tables(head.text.splitlines()), None)
    if cells is not None:
        names = [name for name, _ in cells]
        telling = [name for name in names if is_clock(name) or is_loss_name(name)]
        return f"ASCII tables with {telling[0]}" if telling and len(names) > 1 else None
    layout = sniff(head)
    if layout is None:
        return None
    found = [name for name in TIMESTEPS if name in layout.names]
    if not found and {"loss_q0", "loss_q3"} & set(layout.names) and set(layout.names) >= DIFFUSION:
        found = ["step", "loss_q0"]
    if not found and head.path.name == FILES[0] and "frame" in layout.names:
        found = [name for name in layout.names if _EPISODE_REWARD.fullmatch(name)]
    return f"the columns {', '.join(found)}" if found else None


def home(path: Path) -> Path:
    """The logger's folder for the files that it names."""
    return path.parent if path.name in FILES else path


def read(source: Source) -> list[Run]:
    """The run, from the best file that can be read; raises `UnreadableError`."""
    ranked = sorted(source.files, key=lambda file: FILES.index(file.name) if file.name in FILES else 0)
    failed: list[Note] = []
    for path in ranked:
        try:
            run = _of_file(replace(source, files=(path,)), path)
        except UnreadableError as error:
            if path == ranked[-1] and not failed:
                raise
            failed.append(Note("skipped", f"{path.name}: {error}"))
            continue
        return [replace(run, source=source, notes=[*failed, *run.notes])]
    raise UnreadableError(failed[0].message)


def _of_file(source: Source, path: Path) -> Run:
    head = look(path)
    if next(ascii_tables.tables(head.text.splitlines()), None) is not None:
        return _of_text(source, path)
    if head.text.lstrip().startswith("{"):
        return _of_json(source, path)
    (run, *_) = table.read(source)
    if "loss_q0" in run.series or "loss_q3" in run.series:
        every = Note("aggregated", "each value is the mean over the steps since the row before")
        run = replace(run, notes=[*run.notes, every])
    return run


def _of_text(source: Source, path: Path) -> Run:
    found, axis, notes = ascii_tables.curves(ascii_tables.tables(text_lines(path)))
    if not found:
        raise UnreadableError("ASCII tables without a value beside the step: log the loss, or give progress.csv")
    series, more = join_attempts([Attempt(found)])
    settings, unread = companion_settings(source.companions)
    if not ends_in_a_line(path):
        notes.append(Note("torn-tail", "the last table is not whole: it was left out"))
    return Run(run_name(source.path), series, source, settings, axis, [*unread, *notes, *more])


def _of_json(source: Source, path: Path) -> Run:
    points, rows, axis = Points(), JsonLines(path), ""
    for row in rows:
        values = dict(numbers(row))
        axis = axis or next((name for name in TIMESTEPS if name in values), "")
        for tag, value in _metrics(values, axis):
            points.add(tag, values[axis], value)
    if not len(points):
        raise UnreadableError("JSON lines without a timestep and a value: give progress.csv")
    series, notes = points.joined()
    settings, unread = companion_settings(source.companions)
    return Run(run_name(source.path), series, source, settings, axis, [*unread, *rows.notes, *notes])


def _metrics(values: dict[str, float], axis: str) -> Iterator[tuple[str, float]]:
    if axis in values:
        yield from ((tag, value) for tag, value in values.items() if tag != axis)


READER = Reader(
    NAME,
    "the logger of Stable-Baselines3, OpenAI baselines and improved-diffusion",
    recognise,
    read,
    group=by_home(home),
)

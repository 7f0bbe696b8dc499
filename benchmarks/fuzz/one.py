"""One mutated log, made from its number alone and read: what came of it."""

import os
import shutil
import signal
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NamedTuple

import numpy as np

from benchmarks.fuzz.mutate import HARMLESS, mutated
from benchmarks.fuzz.seeds import CHECKED, Seed
from lrdoctor.batch import Choice, judge
from lrdoctor.errors import TRACEBACK, LrdoctorError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.load import load
from lrdoctor.report import render

SECONDS = 5.0  # of this process' time
JUDGED, DRAWN = 25, 500  # of so many inputs, one is diagnosed too, and one is drawn


class Points(NamedTuple):
    """Every tag, step and value of a log; whether some steps are a reader's invention."""

    points: frozenset[tuple[str, bytes, bytes]]
    invented: bool

    def beyond(self, other: "Points") -> set[tuple[str, bytes, bytes]]:
        """Those that the other log does not hold, steps left out of it where either's are invented."""
        if self.invented or other.invented:
            known = {(tag, value) for tag, _, value in other.points}
            return {point for point in self.points if (point[0], point[2]) not in known}
        return set(self.points - other.points)


class HangError(BaseException):
    """It took too long.  No `Exception`: nothing on the way may catch it."""


@dataclass(frozen=True)
class Outcome:
    """What reading one input gave.

    Args:
        reader: of the seed.
        kind: `read`, `refused`, or what went wrong: `traceback`, `hang`, `memory`, `changed`.
        detail: the error's last lines.
    """

    reader: str
    kind: str
    detail: str = ""


def chosen(all_seeds: Sequence[Seed], number: int, seed: int) -> tuple[Seed, bytes, Sequence[str]]:
    """The seed, the mutated bytes and the mutations of input `number`: readers take turns."""
    rng = Random(f"{seed}:{number}")  # noqa: S311 - reproducible, no secret
    names = sorted({one.reader for one in all_seeds})
    own = [one for one in all_seeds if one.reader == names[number % len(names)]]
    one = rng.choice(own)
    other = rng.choice(own if rng.random() < 0.5 else all_seeds)
    data, done = mutated(one.data, other.data, rng, harmless=one.reader in CHECKED and rng.random() < 0.5)
    return one, data, done


def put(seed: Seed, data: bytes, folder: Path) -> Path:
    """Write the log below `folder`; what a user would name."""
    for place, content in ((seed.place, data), *seed.beside):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder / seed.place if seed.named else folder


def outcome(all_seeds: Sequence[Seed], number: int, seed: int, folder: Path) -> Outcome:
    """Read input `number` from `folder`, which is emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    one, data, mutations = chosen(all_seeds, number, seed)
    path = put(one, data, folder)
    os.environ[TRACEBACK] = "1"
    signal.signal(signal.SIGPROF, _late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            formats = () if number % JUDGED else ("text", "json") if number % DRAWN else ("text", "json", "html")
            kind = _read(path, one, mutations, formats)
        return Outcome(one.reader, *kind)
    except HangError:
        return Outcome(one.reader, "hang", _last_lines())
    except MemoryError:
        return Outcome(one.reader, "memory", _last_lines())
    except Exception:  # noqa: BLE001 - this is what is looked for
        return Outcome(one.reader, "traceback", _last_lines())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read(path: Path, one: Seed, mutations: Sequence[str], formats: Sequence[str]) -> tuple[str, str]:
    loaded = load([path])
    for entry in loaded.unreadable:
        if "\n" in entry.reason or not entry.reason:
            return "traceback", f"a reason of several lines or none: {entry.reason!r}"
    if one.reader in CHECKED and HARMLESS.issuperset(mutations):
        new = points(path).beyond(_original(one))
        if new:
            return "changed", f"{len(new)} points that the log does not hold, such as {sorted(new)[0]}"
    if formats and loaded.runs:
        report = judge([str(path)], Choice())
        for name in formats:
            render(report, name)
    return ("read" if loaded.runs else "refused"), ""


def points(path: Path) -> Points:
    """What the readers alone return, without what is completed from it later."""
    readers = {reader.name: reader for reader in READERS}
    found: set[tuple[str, bytes, bytes]] = set()
    invented = False
    for source in discover(path).sources:
        try:
            runs = readers[source.format].read(source)
        except LrdoctorError:
            continue
        for run in runs:
            invented |= any(note.code == "steps-invented" for note in run.notes)
            for tag, series in run.series.items():
                found |= {(tag, s.tobytes(), v.tobytes()) for s, v in zip(series.step, series.value, strict=True)}
    return Points(frozenset(found), invented)


@cache
def _original(seed: Seed) -> Points:
    with TemporaryDirectory() as folder:
        return points(put(seed, seed.data, Path(folder)))


def _late(_signal: int, _frame: FrameType | None) -> None:
    raise HangError


def _last_lines() -> str:
    lines = traceback.format_exc(limit=-4).strip().splitlines()
    return "\n".join(line[:200] for line in lines[-9:])

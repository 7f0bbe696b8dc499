"""What a report says of a run's origin, short enough for a strip above the answer."""

from datetime import UTC, datetime

import numpy as np

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.run import Run, Source, path_as_named
from lrdoctor.report.wording.numbers import count, duration, learning_rate, position
from lrdoctor.version import __version__
from lrdoctor.vocabulary.settings import stated_values

DIGEST_SHOWN = 12


def making(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """How the report was made, as (name, value): version, date, command, as far as they are known."""
    made = provenance.generated_at.replace("T", " ").replace("Z", " UTC")
    facts = [
        ("Learning-rate diagnosis by", f"lrdoctor {__version__}" + (f", {made}" if made else "")),
        ("command", provenance.command),
    ]
    return tuple((name, clean(value)) for name, value in facts if value)


def origin(diagnosis: Diagnosis) -> tuple[tuple[str, str], ...]:
    """Where a run's log lies and what it holds, as (name, value)."""
    run = diagnosis.run
    facts = [
        ("log", clean(path_as_named(run.source.path))),
        ("content", content_words(run.source)),
        ("steps", steps_words(diagnosis)),
        ("time", time_words(diagnosis)),
        ("optimizer", clean(stated_values(run.hparams).optimizer or "")),
        ("learning rate", lr_words(diagnosis)),
    ]
    return tuple((name, value) for name, value in facts if value)


def content_words(source: Source) -> str:
    """Size and digest of a log: `SHA-256 1f3a90bc77de, 12.4 kB`; of several files their number and size."""
    held = source.contents
    if not held:
        return ""
    size = size_words(sum(one.size for one in held))
    if len(held) > 1:
        return f"{count(len(held), 'file')}, {size}, SHA-256 {held[0].sha256[:DIGEST_SHOWN]} (the first)"
    return f"SHA-256 {held[0].sha256[:DIGEST_SHOWN]}, {size}"


def size_words(size: int) -> str:
    """A size in bytes as people say it.

    >>> size_words(512), size_words(12_400), size_words(3_100_000)
    ('512 bytes', '12.4 kB', '3.1 MB')
    """
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"


def steps_words(diagnosis: Diagnosis) -> str:
    """From which step to which the loss was logged, and how often: `step 0 to 12,000, 241 losses`."""
    run = diagnosis.run
    series = run.find(diagnosis.roles.loss) or run.find(diagnosis.roles.val_loss)
    if series is None or not len(series):
        return ""
    axis = clean(run.step_axis)
    ends = f"{axis} {position(float(series.step[0]))} to {position(float(series.step[-1]))}"
    return f"{ends}, {count(len(series), 'loss', 'losses')}"


def wall_times(run: Run) -> tuple[float, float] | None:
    """Unix seconds of the first and the last point of all series; None where the log has none."""
    known = [s.wall_time[np.isfinite(s.wall_time)] for s in run.series.values() if s.wall_time is not None]
    known = [times for times in known if len(times)]
    if not known:
        return None
    return min(float(times.min()) for times in known), max(float(times.max()) for times in known)


def time_words(diagnosis: Diagnosis) -> str:
    """When the run began and how long it took: `2026-11-30 14:03 UTC, 2.1 h`."""
    times = wall_times(diagnosis.run)
    began = "" if times is None else clock(times[0])
    return "" if times is None or not began else f"{began}, {duration(times[1] - times[0])}"


def clock(seconds: float) -> str:
    """Unix seconds as a date and time; "" where they are none: some logs count from their own start.

    >>> clock(1795462388.2), clock(12.0)
    ('2026-11-23 19:33:08 UTC', '')
    """
    if not 1e8 < seconds < 1e11:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def lr_words(diagnosis: Diagnosis) -> str:
    """This run's LR and where it was found."""
    found = clean(diagnosis.lr_source)
    if diagnosis.lr is None:
        return f"unknown: {found or 'not in the log'}"
    return learning_rate(diagnosis.lr) + (f", from {found}" if found else "")

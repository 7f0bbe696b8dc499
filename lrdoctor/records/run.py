"""Values that readers make and the analysis takes: `Series`, `Run`, and where they came from."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrdoctor.records.presentation import presenter, short

if TYPE_CHECKING:
    import pandas as pd

Floats: TypeAlias = NDArray[np.float64]
HParam: TypeAlias = str | float | int | bool | None
LAYERED_FROM = 200  # settings in a file, from which on a log's own are laid over them rather than merged with them
Key = TypeVar("Key")
Value = TypeVar("Value")


def read_only(values: ArrayLike) -> Floats:
    """A one-dimensional float64 copy of `values` that nobody can write to."""
    array = np.array(values, dtype=np.float64).reshape(-1)
    array.flags.writeable = False
    return array


class Layered(Mapping[str, HParam]):
    """A log's own settings laid over those of a file, which a thousand runs may share; nobody can write to it.

    It is what merging the two as dicts gives, in the same order, and copies nothing of the file's.

    Args:
        own: they win.
        base: the file's, read-only.
        last: whether what only the log has comes last; first otherwise.
    """

    __slots__ = ("_length", "base", "last", "own")

    def __init__(self, own: Mapping[str, HParam], base: Mapping[str, HParam], *, last: bool = False) -> None:
        self.own, self.base, self.last = own, base, last
        self._length = len(base) + sum(key not in base for key in own)

    def __getitem__(self, key: str) -> HParam:
        return self.own[key] if key in self.own else self.base[key]

    def __iter__(self) -> Iterator[str]:
        first, then = (self.base, self.own) if self.last else (self.own, self.base)
        yield from first
        yield from (key for key in then if key not in first)

    def __len__(self) -> int:
        return self._length

    def __or__(self, other: Mapping[str, HParam]) -> "Layered":
        return Layered(dict(other), self._as_base(), last=True)

    def __ror__(self, other: Mapping[str, HParam]) -> "Layered":
        base = self._as_base()
        return Layered({key: base.get(key, value) for key, value in other.items()}, base)

    def _as_base(self) -> Mapping[str, HParam]:
        return MappingProxyType(dict(self)) if self.own else self.base

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[object, ...]:
        return _layered, (dict(self.own), dict(self.base), self.last)


def _layered(own: Mapping[str, HParam], base: Mapping[str, HParam], last: bool) -> Layered:
    return Layered(own, MappingProxyType(dict(base)), last=last)


def _frozen(mapping: Mapping[Key, Value]) -> Mapping[Key, Value]:
    """A read-only copy; one that is read-only already is shared: a thousand runs may have the same settings."""
    return mapping if isinstance(mapping, MappingProxyType) else MappingProxyType(dict(mapping))


def _frozen_settings(settings: Mapping[str, HParam]) -> Mapping[str, HParam]:
    """As `_frozen`; what is laid over a large file's settings stays so, which others are merged."""
    if isinstance(settings, Layered) and not settings.own:
        return _frozen(settings.base)
    return settings if isinstance(settings, Layered) and len(settings.base) >= LAYERED_FROM else _frozen(settings)


@dataclass(frozen=True, eq=False)
class Series:
    """One logged quantity: `value[i]` was written at `step[i]`.

    NaN and inf are kept: a non-finite value was *written* so.  A missing value is no point at all.
    Steps are floats, since some logs count epochs or seconds; they are in the run's `step_axis`.

    Args:
        step: non-decreasing, shape (n,).
        value: in whatever unit it was logged, shape (n,).
        wall_time: Unix seconds, shape (n,), or None where the log has none.

    Raises:
        ValueError: the arrays differ in length.
    """

    step: Floats
    value: Floats
    wall_time: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("step", "value", "wall_time"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, read_only(array))
        if self.step.shape != self.value.shape or (
            self.wall_time is not None and self.wall_time.shape != self.step.shape
        ):
            raise ValueError(f"a series needs arrays of one length, got {self.step.shape} and {self.value.shape}")

    def __len__(self) -> int:
        return len(self.step)

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        # Made anew, since an unpickled array is one that can be written to.
        return type(self), (self.step, self.value, self.wall_time)


@dataclass(frozen=True)
class Note:
    """Something a reader saw that bears on how far the log can be trusted.

    `code` is one of `NOTE_CODES`; `series` and `step` say where, when it is about one place.
    """

    code: str
    message: str
    series: str | None = None
    step: float | None = None


NOTE_CODES = (
    "torn-tail",  # the file ends inside a record; what comes before was read
    "corrupt-record",  # a checksum did not match; what comes before was read
    "restart",  # a later attempt logged steps again; the older ones were dropped
    "sampled",  # the export holds a sample of the logged points
    "aggregated",  # a value stands for a window of steps (mean, median, bucket)
    "non-finite-filtered",  # the trainer replaced NaN or inf before it logged
    "steps-invented",  # the log has no step column: points are numbered
    "one-step-many-values",  # several values share a step (averaged or kept, as the message says)
    "lr-printed-zero",  # the LR is printed as 0 wherever it stands
    "skipped",  # something in the files was left out on purpose
    "derived",  # a series was computed from what the log holds: a total of components, a schedule from its settings
    "twin",  # the same training is in another file too, which was left out
)


URL = "[A-Za-z][A-Za-z0-9+.-]+"
"""The scheme of a URL; a single letter is a Windows drive."""


def path_as_named(path: Path) -> str:
    """A source's path as the user named it: `Path` makes `s3:/bucket` of `s3://bucket`.

    >>> path_as_named(Path("s3://bucket/run/metrics.csv")), path_as_named(Path("runs/a"))
    ('s3://bucket/run/metrics.csv', 'runs/a')
    """
    return re.sub(rf"(^|::)({URL}):/(?=[^/])", r"\1\2://", str(path))


@dataclass(frozen=True)
class Traits:
    """What is known of a log from its format alone, whatever is in it; readers say it (`Reader.traits`).

    Args:
        fine_tunes: what writes such logs begins, as a rule, with weights that were trained before.
        names_runs: runs have names of their own in it: parts of one run are known by its name.
        quantity_a_file: a file may hold one quantity, named after the file; the run's others are in files beside it.
        counts_calls: steps may count the calls of the logger, whatever they are called.
        captures: files below the log's folder into which what the console showed is copied.
    """

    fine_tunes: bool = False
    names_runs: bool = False
    quantity_a_file: bool = False
    counts_calls: bool = False
    captures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Content:
    """What one file held when it was read, so that a report can be matched with its log.

    Args:
        size: in bytes.
        sha256: of the whole file, in hexadecimal digits.
    """

    size: int
    sha256: str


@dataclass(frozen=True)
class Source:
    """Which files together are one log, and how they were recognised.

    Args:
        path: what the user would name to get this log: a file or a directory; `path_as_named` of it for a URL.
        files: the files that hold the points, oldest first.
        companions: files beside them that hold settings (`hparams.yaml`, `config.yaml`).
        format: the reader's name, such as `tensorboard`.
        why: what in the content gave the format away.
        traits: what the format says of every log in it.
        contents: what each of `files` held, in their order; empty where that was not looked at.
    """

    path: Path
    files: tuple[Path, ...]
    format: str
    why: str
    companions: tuple[Path, ...] = ()
    traits: Traits = Traits()
    contents: tuple[Content, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that the log stands in, or is."""
        return self.path.parent if self.path in self.files else self.path


@dataclass(frozen=True, eq=False)
class Run:
    """One training run as it was logged.

    Args:
        name: short and unique among the runs read together; safe to show (never a user's home).
        series: tag or column name, as written in the log, to its points.
        hparams: settings found in the log or beside it, nested keys joined with `/`.
        source: where it was read.
        step_axis: what `step` counts: `step`, `epoch`, `iter`, `_step`, `row`, `seconds`, ...
        notes: what the reader noticed.
    """

    name: str
    series: Mapping[str, Series]
    source: Source
    hparams: Mapping[str, HParam] = field(default_factory=dict)
    step_axis: str = "step"
    notes: Sequence[Note] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "series", _frozen(self.series))
        object.__setattr__(self, "hparams", _frozen_settings(self.hparams))
        object.__setattr__(self, "notes", tuple(self.notes))

    def __repr__(self) -> str:
        points = max((len(series) for series in self.series.values()), default=0)
        return f"<Run {short(self.name)}: {len(self.series)} series, {points:,} points, {self.source.format}>"

    def _repr_html_(self) -> str:
        return str(presenter().html(self))

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        # A mapping that cannot be written to cannot be pickled either.
        fields = (dict(self.series), self.source, dict(self.hparams), self.step_axis, self.notes)
        return type(self), (self.name, *fields)

    def find(self, tag: str | None) -> Series | None:
        """The series of a tag; None where there is none, or where a role was given to no tag (the empty one is a tag).

        >>> run = Run("a", {"": Series([1], [2])}, Source(Path("a"), (), "table", ""))
        >>> run.find(None), len(run.find("") or ())
        (None, 1)
        """
        return None if tag is None else self.series.get(tag)

    def to_frame(self) -> "pd.DataFrame":
        """Every point of every series as one row: columns `tag`, `step`, `value`, `wall_time` (NaN where unknown)."""
        import pandas as pd

        parts = [
            pd.DataFrame(
                {
                    "tag": tag,
                    "step": s.step,
                    "value": s.value,
                    "wall_time": np.nan if s.wall_time is None else s.wall_time,
                }
            )
            for tag, s in self.series.items()
        ]
        return (
            pd.concat(parts, ignore_index=True)
            if parts
            else pd.DataFrame(columns=["tag", "step", "value", "wall_time"])
        )

"""A report as it may be passed on: every text and path in it goes through `redaction` before any renderer sees it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from lrdoctor import redaction
from lrdoctor.records.diagnosis import Belief
from lrdoctor.records.run import Layered, Run, Series
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.redaction import marker, settings
from lrdoctor.vocabulary.once import Settings, cached_by_mapping

__all__ = ["differing", "redacted", "settings"]

Record = TypeVar("Record")
Tags = Mapping[str, str]
Differs = Sequence[tuple[str, Sequence[str]]]

_NO_TAGS: Tags = {}


def redacted(record: Record) -> Record:
    """A report, or any record of one, as it may be passed on; what was one object in it stays one.

    Field by field, whatever the record, so that a new field cannot be forgotten: texts and paths are redacted, settings
    by their names too, series renamed wherever they are named.  Numbers, enumerations and curves stay as they are.
    """
    done: dict[int, Any] = {}
    result: Record = _of(record, _NO_TAGS, done)
    return result


def differing(differs: Differs, runs: Iterable[Run]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Settings that differ among runs with their values, as they may be passed on."""
    every = list(runs)
    return tuple(
        (
            redaction.text(key),
            tuple(
                marker.HIDDEN
                if any(redaction.is_argument(key, run.hparams) for run in every)
                else str(redaction.setting(key, value))
                for value in values
            ),
        )
        for key, values in differs
    )


def _of(value: Any, tags: Tags, done: dict[int, Any]) -> Any:
    """Any value of a record; `tags` are what its run's series are called, `done` the records seen by their identity."""
    if isinstance(value, Enum | Belief | Series):
        return value
    if isinstance(value, str):
        return tags.get(value) or redaction.text(value)
    if isinstance(value, Path):
        return redaction.path(value)
    if isinstance(value, list | tuple):
        items = [_of(item, tags, done) for item in value]
        return value if all(map(_same, items, value)) else tuple(items)
    if isinstance(value, Mapping):
        pairs = {_of(key, tags, done): _of(item, tags, done) for key, item in value.items()}
        return value if all(map(_same, [*pairs, *pairs.values()], [*value, *value.values()])) else pairs
    if is_dataclass(value) and not isinstance(value, type):
        if id(value) not in done:
            done[id(value)] = _run(value, done) if isinstance(value, Run) else _record(value, tags, done)
        return done[id(value)]
    return value


def _record(record: Any, tags: Tags, done: dict[int, Any]) -> Any:
    """Any frozen dataclass, with what changes in its fields."""
    run = getattr(record, "run", None)
    tags = redaction.distinct(run.series) if isinstance(run, Run) else tags
    own: dict[str, Any] = {}
    if isinstance(record, SweepDiagnosis):
        runs = [diagnosis.run for diagnosis in record.diagnoses]
        own["differs"] = differing(record.differs, runs)
        own["apart"] = tuple((key, value) for key, (value,) in differing([(k, [v]) for k, v in record.apart], runs))
    for field in fields(record):
        if field.name not in own:
            own[field.name] = _of(getattr(record, field.name), tags, done)
    changed = {name: new for name, new in own.items() if not _same(new, getattr(record, name))}
    return replace(record, **changed) if changed else record


def _run(run: Run, done: dict[int, Any]) -> Run:
    """A run: its series by what may be shown of their tags, its settings in order."""
    tags, redacted_settings = redaction.distinct(run.series), _settings(run.hparams)
    changed = {
        name: new
        for name in ("name", "source", "step_axis", "notes")
        if not _same(new := _of(getattr(run, name), tags, done), getattr(run, name))
    }
    if redacted_settings is not run.hparams:
        changed["hparams"] = redacted_settings
    if any(tag != new for tag, new in tags.items()):
        changed["series"] = {tags[tag]: series for tag, series in run.series.items()}
    return replace(run, **changed) if changed else run


def _settings(hparams: Settings) -> Settings:
    """A run's settings; of those that many runs share, what may be shown is worked out once."""
    if not isinstance(hparams, Layered):
        return _redacted_settings(hparams)
    own = redaction.settings(hparams, hparams.own)
    return Layered(MappingProxyType(own), _redacted_settings(hparams.base))


@cached_by_mapping
def _redacted_settings(hparams: Settings) -> Settings:
    new = redaction.settings(hparams)
    return hparams if new == dict(hparams) else MappingProxyType(new)


def _same(new: Any, old: Any) -> bool:
    return new is old or (isinstance(new, str) and type(new) is type(old) and new == old)

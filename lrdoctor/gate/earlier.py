"""An earlier JSON report as a baseline: whatever it holds, it is read, or refused in one short line."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from lrdoctor.errors import UsageError
from lrdoctor.gate.baseline import Baseline
from lrdoctor.gate.before import SMOOTH, Before, certainty, fingerprint, place_of, worst
from lrdoctor.records.diagnosis import Severity, Verdict
from lrdoctor.records.sweep import SweepMember
from lrdoctor.report.json.report import SCHEMA_VERSION
from lrdoctor.report.wording.run import shorten

LARGEST = 256 * 2**20  # bytes
SCHEMAS = range(2, SCHEMA_VERSION + 1)
SHOWN = 60  # characters of what is wrong


def is_report(path: Path) -> bool:
    """Whether a file begins as an earlier JSON report does."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        with path.open("rb") as file:
            return b'"schema_version"' in file.read(400)
    except (OSError, ValueError):
        return False


def of_report(path: Path) -> Baseline:
    """The baseline that an earlier JSON report holds.

    Raises:
        UsageError: it is none that can be read; what was found, and what to do.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"--baseline {path}: larger than {LARGEST // 2**20} MiB: write it anew with --no-curves")
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"--baseline {path}: {error.strerror or error}: name an earlier JSON report, or a run"
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"--baseline {path}: no JSON report: write one with `lrdoctor diagnose ... -o {path}`"
        ) from error
    version = report.get("schema_version") if isinstance(report, Mapping) else None
    if type(version) is not int or version not in SCHEMAS:
        known = " or ".join(map(str, SCHEMAS))
        raise UsageError(
            f"--baseline {path}: schema version {_short(version)}, not {known}: write it anew with this lrdoctor"
        )
    try:
        return Baseline(
            tuple(map(_run, _listed(report["runs"]))),
            tuple(map(_replay, _listed(report.get("replays") or []))),
            frozenset(place_of(_text(one["path"])) for one in _listed(report.get("unreadable") or [])),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = _short(f"{type(error).__name__}: {error}")
        raise UsageError(f"--baseline {path}: not as lrdoctor writes it ({what}): write it anew") from error


def _short(value: object) -> str:
    return shorten(" ".join(str(value).split()), SHOWN)


def _run(run: Mapping[str, Any]) -> Before:
    verdict, source = Verdict(run["verdict"]), run["source"]
    smooth = [one for one in run.get("fits") or [] if one["kind"] == SMOOTH]
    place = run.get("place")
    return Before(
        path=place_of(_text(source["path"])),
        name=_text(run["name"]),
        verdict=verdict,
        chance=_chance(verdict, run["probabilities"]),
        digests=frozenset(_text(one["sha256"]) for one in source.get("contents") or ()),
        settings=fingerprint(dict(cast("Mapping[str, Any]", run.get("hparams") or {}))),
        findings=worst((_text(one["code"]), Severity(one["severity"])) for one in _listed(run["findings"])),
        lr=_number(run.get("lr")),
        end=_number(smooth[0]["last_value"]) if smooth else None,
        place=None if place is None else _member(place, broke=verdict is Verdict.DIVERGENT),
    )


def _replay(replay: Mapping[str, Any]) -> Before:
    name, lr = _text(replay["name"]), _number(replay.get("lr"))
    if replay.get("suggested_lr") is None:
        return Before(name, name, Verdict.INCONCLUSIVE, 1.0, lr=lr)
    verdict = Verdict(replay["verdict"])
    return Before(name, name, verdict, _chance(verdict, replay["probabilities"]), lr=lr)


def _member(place: Mapping[str, Any], *, broke: bool) -> SweepMember:
    below, inside, above = (_share(place[key]) for key in ("below", "inside", "above"))
    return SweepMember(0, float("nan"), float("nan"), below, inside, above, diverged=broke)


def _chance(verdict: Verdict, probabilities: Mapping[str, Any]) -> float:
    return certainty(verdict, {v: _share(probabilities[v.value]) for v in Verdict if v.value in probabilities})


def _listed(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{_short(value)} is no list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{_short(value)} is no text")
    return value


def _number(value: object) -> float | None:
    """A number; those that are not finite are texts in JSON."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"{_short(value)} is no number")
    return float(value)


def _share(value: object) -> float:
    number = _number(value)
    if number is None or not 0 <= number <= 1:
        raise ValueError(f"{_short(value)} is no probability")
    return number

"""A run, or a replay, as it was: what a baseline knows of it, whether from its log or from an earlier report."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from os.path import normpath

from lrdoctor.gate.fail_on import Condition, Kind
from lrdoctor.records.diagnosis import Diagnosis, Severity, Verdict
from lrdoctor.records.replay import Replay
from lrdoctor.records.run import path_as_named
from lrdoctor.records.sweep import SweepMember
from lrdoctor.report.json.values import Json, plain
from lrdoctor.report.redacted import redacted
from lrdoctor.report.wording.settings_listed import listed

SEEN = frozenset({Verdict.DIVERGENT, Verdict.INCONCLUSIVE})
"""Verdicts that are seen in the log, or none: they have no certainty."""

SMOOTH = "smooth"  # the kind of fit that ends where the loss does
# Fewer settings than these are no fingerprint: many runs have the same two or three.
LEAST_SETTINGS = 5
_SEVERITIES = tuple(Severity)  # from the least on


@dataclass(frozen=True)
class Before:
    """A run, or a replay, as it was.

    Args:
        path, name: as reports show them, without secrets.
        verdict: of its log alone.
        chance: the verdict's probability; 1 where it is seen or none.
        digests: SHA-256 of its files.
        settings: its settings as one text; "" where they are too few to know it by.
        findings: code -> severity, the worst.
        lr: its LR, or None.
        end: the smoothed loss at its end, or None.
        place: where it stood in its sweep; None where it was in none.
        diagnosis: where the log itself was read; None where only its report was.
    """

    path: str
    name: str
    verdict: Verdict
    chance: float
    digests: frozenset[str] = frozenset()
    settings: str = ""
    findings: Mapping[str, Severity] = field(default_factory=dict)
    lr: float | None = None
    end: float | None = None
    place: SweepMember | None = None
    diagnosis: Diagnosis | None = None

    def has_verdict(self, condition: Condition) -> bool:
        """Whether it would have failed by its verdict; what broke had as high an LR as any."""
        broke = self.verdict is Verdict.DIVERGENT and condition.word == Verdict.TOO_HIGH.value
        return broke or (self.verdict.value == condition.word and self.chance >= condition.least)

    def has_findings(self, condition: Condition, now: Mapping[str, Severity]) -> bool:
        """Whether it had every finding that fails a run now, none of them less severe: one more is new."""
        wanted = condition.word
        failing = {c: s for c, s in now.items() if wanted == (c if condition.kind is Kind.FINDING else s.value)}
        return all(
            code in self.findings and _SEVERITIES.index(self.findings[code]) >= _SEVERITIES.index(severity)
            for code, severity in failing.items()
        )


def of_diagnosis(d: Diagnosis, place: SweepMember | None = None) -> Before:
    """A run by its diagnosis, and by its place in a sweep."""
    run = redacted(d.run)
    smooth = next((fit for fit in d.fits if fit.kind == SMOOTH and len(fit.value)), None)
    return Before(
        path=place_of(path_as_named(run.source.path)),
        name=run.name,
        verdict=d.verdict,
        chance=certainty(d.verdict, d.probabilities),
        digests=frozenset(one.sha256 for one in run.source.contents),
        settings=fingerprint({name: plain(value) for name, value in listed(run.hparams).by_name.items()}),
        findings=worst((f.code, f.severity) for f in d.findings),
        lr=d.lr,
        end=None if smooth is None else float(smooth.value[-1]),
        place=place,
        diagnosis=d,
    )


def of_replay(replay: Replay) -> Before:
    """A replay by what it says of its recipe's own LR."""
    name = redacted(replay.name)
    if replay.suggested_lr is None:
        return Before(name, name, Verdict.INCONCLUSIVE, 1.0, lr=replay.lr)
    return Before(name, name, replay.verdict, replay.probabilities.get(replay.verdict, 0.0), lr=replay.lr)


def certainty(verdict: Verdict, probabilities: Mapping[Verdict, float]) -> float:
    """The probability of a verdict; 1 where it has none."""
    return 1.0 if verdict in SEEN else probabilities.get(verdict, 0.0)


def worst(findings: Iterable[tuple[str, Severity]]) -> Mapping[str, Severity]:
    """Each code with the worst of its severities, from (code, severity) pairs."""
    found: dict[str, Severity] = {}
    for code, severity in findings:
        found[code] = max(found.get(code, severity), severity, key=_SEVERITIES.index)
    return found


def fingerprint(settings: Mapping[str, Json]) -> str:
    """Settings as one text, the same for the same settings; "" where they are too few to tell runs apart.

    >>> fingerprint({"lr": 0.1}), fingerprint(dict.fromkeys("edcba", 1))
    ('', '{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}')
    """
    return json.dumps(settings, sort_keys=True) if len(settings) >= LEAST_SETTINGS else ""


def place_of(path: str) -> str:
    """A path spelled in one way: `./runs//a` is `runs/a`; URLs stay.

    >>> place_of("./runs//a/"), place_of("s3://bucket/a")
    ('runs/a', 's3://bucket/a')
    """
    return path if "://" in path else normpath(path)

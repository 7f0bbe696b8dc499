"""What was there before: an earlier report, or runs; only what is new or worse than that fails."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrdoctor.errors import UsageError
from lrdoctor.gate.departure import first_departure
from lrdoctor.gate.fail_on import Condition, Kind
from lrdoctor.gate.subjects import Item
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.report import Report
from lrdoctor.records.run import path_as_named
from lrdoctor.report.wording.numbers import number, position

LARGEST = 256 * 2**20  # bytes of an earlier report
SCHEMAS = (2, 3)


@dataclass(frozen=True)
class Before:
    """A run as it was.

    Args:
        path, name: as its report had them.
        digests: SHA-256 of its files.
        verdict: the word.
        chance: its probability; 1 where it is seen or none.
        codes, severities: of its findings.
        diagnosis: where the run itself was read; None where only its report was.
    """

    path: str
    name: str
    digests: frozenset[str]
    verdict: str
    chance: float
    codes: frozenset[str]
    severities: frozenset[str]
    diagnosis: Diagnosis | None = None

    def fails(self, condition: Condition) -> bool:
        """Whether it would have failed; what broke was as bad as any verdict can be."""
        if condition.kind is Kind.VERDICT:
            broke = self.verdict == Verdict.DIVERGENT.value and condition.word == Verdict.TOO_HIGH.value
            return broke or (self.verdict == condition.word and self.chance >= condition.least)
        return condition.word in (self.codes if condition.kind is Kind.FINDING else self.severities)


@dataclass(frozen=True)
class Baseline:
    """What an earlier report says of its runs, and which paths it could not read; `one` run stands for every other."""

    runs: Sequence[Before]
    unreadable: frozenset[str] = frozenset()

    def of(self, d: Diagnosis) -> Before | None:
        """The run as it was: by path and name, by content, by name, or the only one there is."""
        path, digests = path_as_named(d.run.source.path), {one.sha256 for one in d.run.source.contents}
        for same in (
            lambda b: (b.path, b.name) == (path, d.run.name),
            lambda b: bool(digests & b.digests) and b.name == d.run.name,
            lambda b: b.name == d.run.name,
            lambda b: b.path == path,
        ):
            found = [one for one in self.runs if same(one)]
            if len(found) == 1:
                return found[0]
        return self.runs[0] if len(self.runs) == 1 and self.runs[0].diagnosis is not None else None

    def has(self, report: Report, item: Item, condition: Condition) -> bool:
        """Whether an item failed a condition before already; of a sweep whether each of its runs is known to have."""
        if item.subject is Subject.UNREADABLE:
            return item.path[0] in self.unreadable
        before = [self.of(report.diagnoses[i]) for i in item.runs]
        if item.subject is Subject.SWEEP and condition.kind is Kind.VERDICT:
            # What a sweep lacks, a good LR, none of its runs had before either.
            return all(one is not None and one.verdict != Verdict.WELL_TUNED.value for one in before)
        return bool(before) and any(one is not None and one.fails(condition) for one in before)

    def where_apart(self, report: Report, item: Item) -> str:
        """How a run differs from what it was, from `; ` on; "" where that is not known."""
        if item.subject is not Subject.RUN:
            return ""
        d = report.diagnoses[item.index]
        before = self.of(d)
        if before is None:
            return "; not in the baseline"
        was = f"; it was {before.verdict.replace('-', ' ')}"
        mine = d.run.find(d.roles.loss)
        other = None if before.diagnosis is None else before.diagnosis.run.find(before.diagnosis.roles.loss)
        if mine is None or other is None:
            return was
        apart = first_departure(mine, other)
        if apart is None:
            return f"{was}; the loss curves do not part"
        step, now, then = apart
        return f"{was}; the loss curves part at {d.run.step_axis} {position(step)} ({number(now)}, was {number(then)})"


def of_diagnoses(diagnoses: Sequence[Diagnosis]) -> Baseline:
    """The baseline that runs are."""
    return Baseline(tuple(_of_diagnosis(d) for d in diagnoses))


def _of_diagnosis(d: Diagnosis) -> Before:
    seen = d.verdict in {Verdict.DIVERGENT, Verdict.INCONCLUSIVE}
    return Before(
        path_as_named(d.run.source.path),
        d.run.name,
        frozenset(one.sha256 for one in d.run.source.contents),
        d.verdict.value,
        1.0 if seen else d.probabilities.get(d.verdict, 0.0),
        frozenset(f.code for f in d.findings),
        frozenset(f.severity.value for f in d.findings),
        d,
    )


def is_report(path: Path) -> bool:
    """Whether a file begins as an earlier JSON report does."""
    try:
        with path.open("rb") as file:
            return path.is_file() and b'"schema_version"' in file.read(400)
    except OSError:
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
    if version not in SCHEMAS:
        raise UsageError(
            f"--baseline {path}: schema version {version!r}, not {' or '.join(map(str, SCHEMAS))}: write it anew with "
            "this lrdoctor"
        )
    try:
        runs = tuple(_of_json(one) for one in report["runs"])
        lost = frozenset(str(one["path"]) for one in report.get("unreadable", ()))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"--baseline {path}: not as lrdoctor writes it ({error!r}): write it anew") from error
    return Baseline(runs, lost)


def _of_json(run: Mapping[str, Any]) -> Before:
    findings = run["findings"]
    verdict = Verdict(run["verdict"]).value
    seen = verdict in {Verdict.DIVERGENT.value, Verdict.INCONCLUSIVE.value}
    source = run["source"]
    return Before(
        str(source["path"]),
        str(run["name"]),
        frozenset(str(one["sha256"]) for one in source.get("contents") or ()),
        verdict,
        1.0 if seen else float(run["probabilities"].get(verdict, 0.0)),
        frozenset(str(one["code"]) for one in findings),
        frozenset(str(one["severity"]) for one in findings),
    )

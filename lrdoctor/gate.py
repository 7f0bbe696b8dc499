"""Verdicts and findings -> exit code: what `--fail-on` means, and nothing else."""

from collections.abc import Collection, Iterable, Sequence

from lrdoctor.diagnosis import Diagnosis, Report, Verdict
from lrdoctor.errors import UsageError
from lrdoctor.exit_codes import BROKEN, CLEAN, FAILED

UNREADABLE = "unreadable"


def known_words(rules: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Every word `--fail-on` takes, given the findings' (code, name): verdicts, `unreadable`, codes, names.

    >>> known_words([("LR101", "diverged")])
    ('too-slow', 'well-tuned', 'too-high', 'divergent', 'inconclusive', 'unreadable', 'LR101', 'diverged')
    """
    pairs = list(rules)
    return (*(verdict.value for verdict in Verdict), UNREADABLE, *(c for c, _ in pairs), *(n for _, n in pairs))


def parse(texts: Iterable[str], known: Sequence[str]) -> frozenset[str]:
    """The words of comma-separated lists, as `known` spells them; raises `UsageError` that names the known ones."""
    spelled = {word.lower(): word for word in known}
    wanted = [word.strip() for text in texts for word in text.split(",")]
    unknown = [word for word in wanted if word and word.lower() not in spelled]
    if unknown:
        raise UsageError(f"--fail-on does not know {', '.join(map(repr, unknown))}: it takes {', '.join(known)}")
    return frozenset(spelled[word.lower()] for word in wanted if word)


def matches(report: Report, fail_on: Collection[str]) -> tuple[str, ...]:
    """What `fail_on` names and the report holds, a short line for each run and for the unreadable paths."""
    lines = [f"{d.run.name}: {', '.join(words)}" for d in report.diagnoses if (words := named(d, fail_on))]
    if report.unreadable and UNREADABLE in fail_on:
        lines.append(f"{len(report.unreadable)} unreadable")
    return tuple(lines)


def named(diagnosis: Diagnosis, fail_on: Collection[str]) -> tuple[str, ...]:
    """The verdict and the findings of one run that `fail_on` names, findings by code and name."""
    words = [diagnosis.verdict.value] if diagnosis.verdict.value in fail_on else []
    words += [f"{f.code} {f.name}" for f in diagnosis.findings if f.code in fail_on or f.name in fail_on]
    return tuple(words)


def exit_code(report: Report, fail_on: Collection[str]) -> int:
    """0, 1 or 2; that nothing could be analysed outranks what was asked to fail."""
    if not report.diagnoses:
        return BROKEN
    return FAILED if matches(report, fail_on) else CLEAN

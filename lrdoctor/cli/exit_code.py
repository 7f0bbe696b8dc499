"""Verdicts and findings -> exit code: what `--fail-on` means, and nothing else."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from lrdoctor.cli.codes import EXIT_CLEAN, EXIT_ERROR, EXIT_FAILED
from lrdoctor.errors import UsageError
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.report import Report
from lrdoctor.records.run import Run, path_as_named
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.wording.numbers import learning_rate
from lrdoctor.report.wording.run import verdict_percent, verdict_words

UNREADABLE = "unreadable"


def known_words(rules: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Every word `--fail-on` takes, given the findings' (code, name): verdicts, `unreadable`, codes, names.

    >>> known_words([("LR101", "diverged")])
    ('too-slow', 'well-tuned', 'too-high', 'divergent', 'inconclusive', 'unreadable', 'LR101', 'diverged')
    """
    pairs = list(rules)
    return (*(verdict.value for verdict in Verdict), UNREADABLE, *(c for c, _ in pairs), *(n for _, n in pairs))


def parse(texts: Iterable[str], known: Sequence[str]) -> frozenset[str]:
    """The words of comma-separated lists, as `known` spells them.

    Raises:
        UsageError: a word is not among `known`; the message lists those.
    """
    spelled = {word.lower(): word for word in known}
    wanted = [word.strip() for text in texts for word in text.split(",")]
    unknown = [word for word in wanted if word and word.lower() not in spelled]
    if unknown:
        raise UsageError(f"--fail-on does not know {', '.join(map(repr, unknown))}: it takes {', '.join(known)}")
    return frozenset(spelled[word.lower()] for word in wanted if word)


def matches(report: Report, fail_on: Collection[str]) -> tuple[str, ...]:
    """What `fail_on` names and the report holds, a short line for each run and for the unreadable paths."""
    paths = Counter(d.run.source.path for d in report.diagnoses)
    lines = [
        f"{_place(d.run, alone=paths[d.run.source.path] == 1)}: {_answer(d)}; matched {', '.join(words)}"
        for d in report.diagnoses
        if (words := words_matched(d, fail_on))
    ]
    if report.unreadable and UNREADABLE in fail_on:
        lines.append(f"{len(report.unreadable)} unreadable")
    return tuple(lines)


def _place(run: Run, *, alone: bool) -> str:
    path = path_as_named(run.source.path)
    return path if alone else f"{path} ({run.name})"


def _answer(diagnosis: Diagnosis) -> str:
    verdict = f"{verdict_words(diagnosis.verdict)} {verdict_percent(diagnosis)}".strip()
    return f"{verdict}, LR {'not known' if diagnosis.lr is None else learning_rate(diagnosis.lr)}"


def words_matched(diagnosis: Diagnosis, fail_on: Collection[str]) -> tuple[str, ...]:
    """The verdict and the findings of one run that `fail_on` names, findings by code and name."""
    words = [diagnosis.verdict.value] if diagnosis.verdict.value in fail_on else []
    words += [f"{f.code} {f.name}" for f in diagnosis.findings if f.code in fail_on or f.name in fail_on]
    return tuple(words)


def exit_code(report: Report, fail_on: Collection[str]) -> int:
    """0, 1 or 2; that something named could not be analysed outranks what was asked to fail."""
    code = exit_code_of_reading(len(report.diagnoses), report.unreadable)
    return EXIT_FAILED if code == EXIT_CLEAN and matches(report, fail_on) else code


def exit_code_of_reading(runs: int, unreadable: Iterable[Unreadable]) -> int:
    """0, or 2 where there is no run, or something that the user named could not be had."""
    return EXIT_ERROR if not runs or any(one.named for one in unreadable) else EXIT_CLEAN

"""What `--fail-on` asks for: verdicts with a least certainty, findings, severities, what was not read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from lrdoctor.errors import UsageError
from lrdoctor.records.diagnosis import Severity, Verdict

UNREADABLE = "unreadable"
LEAST_CERTAINTY = 0.8
"""Of a verdict that is inferred, where nothing else is asked for: a gate that fails at 44 % is soon turned off."""

# Seen in the log, or none: they have no certainty.
_SEEN = frozenset({Verdict.DIVERGENT.value, Verdict.INCONCLUSIVE.value})
_CONDITION = re.compile(r"([^\s><=]+)\s*(?:>=\s*(\d{1,3}(?:\.\d{0,6})?|\.\d{1,6})\s*(%?))?")
# A certainty without a percent sign is a share up to here, and a percentage beyond.
_SHARE = 1.0


class Kind(StrEnum):
    """What a condition looks at."""

    VERDICT = "verdict"
    FINDING = "finding"
    SEVERITY = "severity"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Condition:
    """One of the things that fail.

    Args:
        kind: what it looks at.
        word: a verdict, a finding's code, a severity, or `unreadable`.
        least: the certainty from which on a verdict counts; 0 where it has none.
    """

    kind: Kind
    word: str
    least: float = 0.0

    def __str__(self) -> str:
        return self.word if not self.least else f"{self.word}>={100 * self.least:g}%"


def parse(texts: Iterable[str], findings: Sequence[tuple[str, str]]) -> tuple[Condition, ...]:
    """The conditions of comma-separated lists such as `divergent,too-high>=80%,LR102,fault`.

    Args:
        texts: the lists; upper and lower case are one.
        findings: (code, name) of every finding.

    Raises:
        UsageError: a word that is none of them, or a certainty that is none or has no place; what to write instead.

    >>> [str(one) for one in parse(["divergent, Too-High >= 0.9", "lr102"], [("LR102", "diverged-rising")])]
    ['divergent', 'too-high>=90%', 'LR102']
    """
    known = _known(findings)
    found: dict[Condition, None] = {}
    for text in texts:
        for word in filter(None, map(str.strip, text.split(","))):
            found[_condition(word, known)] = None
    return tuple(found)


def _known(findings: Sequence[tuple[str, str]]) -> Mapping[str, tuple[Kind, str]]:
    """Every word by its lower case; a verdict comes before a finding of the same name."""
    words: dict[str, tuple[Kind, str]] = {}
    for code, name in findings:
        words |= {code.lower(): (Kind.FINDING, code), name.lower(): (Kind.FINDING, code)}
    words |= {severity.value: (Kind.SEVERITY, severity.value) for severity in Severity}
    words |= {verdict.value: (Kind.VERDICT, verdict.value) for verdict in Verdict}
    return words | {UNREADABLE: (Kind.UNREADABLE, UNREADABLE)}


def _condition(text: str, known: Mapping[str, tuple[Kind, str]]) -> Condition:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise UsageError(f"--fail-on does not understand {text!r}: write a word, or a verdict with >=80%")
    if match[1].lower() not in known:
        near = get_close_matches(match[1].lower(), known, n=1)
        hint = f"did you mean {known[near[0]][1]}? " if near else ""
        verdicts, severities = ", ".join(Verdict), ", ".join(Severity)
        raise UsageError(
            f"--fail-on does not know {match[1]!r}: {hint}It takes {verdicts}, {UNREADABLE}, {severities}, and "
            "findings by code or name (`lrdoctor explain` lists them)"
        )
    kind, word = known[match[1].lower()]
    has_certainty = kind is Kind.VERDICT and word not in _SEEN
    if match[2] is None:
        return Condition(kind, word, LEAST_CERTAINTY if has_certainty else 0.0)
    least = float(match[2])
    least = least / 100 if match[3] or least > _SHARE else least
    if not has_certainty:
        raise UsageError(f"--fail-on {text}: {word} has no certainty; write {word} alone")
    if not 0 <= least <= 1:
        raise UsageError(f"--fail-on {text}: a certainty lies between 0 % and 100 %")
    return Condition(kind, word, least)

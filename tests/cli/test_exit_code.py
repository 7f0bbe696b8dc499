"""The gate: a table of edge cases."""

import dataclasses

import pytest

from lrdoctor.cli import exit_code
from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.records.report import Report
from lrdoctor.records.unreadable import Unreadable
from tests.report import examples as ex

KNOWN = exit_code.known_words((rule.code, rule.name) for rule in FINDINGS)
SLOW, WELL, NONE = ex.too_slow(), ex.well_tuned(), ex.no_lr()
LOST = (Unreadable("a", "b"),)


@pytest.mark.parametrize(
    ("report", "fail_on", "code"),
    [
        (Report((SLOW,)), set(), 0),
        (Report((SLOW,)), {"too-slow"}, 1),
        (Report((SLOW,)), {"too-high", "divergent"}, 0),
        (Report((WELL, SLOW)), {"too-slow"}, 1),
        (Report((SLOW,)), {"LR201"}, 1),
        (Report((SLOW,)), {"still-falling"}, 1),
        (Report((WELL,)), {"LR201", "still-falling"}, 0),
        (Report((NONE,)), {"inconclusive"}, 1),
        (Report((NONE,)), {"too-slow"}, 0),
        (Report((WELL,)), {"well-tuned"}, 1),
        (Report((WELL,), LOST), set(), 0),
        (Report((WELL,), LOST), {"unreadable"}, 1),
        (Report((WELL,)), {"unreadable"}, 0),
        (Report((), LOST), set(), 2),
        (Report((), LOST), {"unreadable"}, 2),
        (Report(()), set(), 2),
    ],
)
def test_exit_codes(report: Report, fail_on: set[str], code: int) -> None:
    assert exit_code.exit_code(report, fail_on) == code


def test_a_match_names_run_verdict_and_finding() -> None:
    report = Report((SLOW, WELL), LOST)
    assert exit_code.matches(report, {"too-slow", "LR201", "unreadable"}) == (
        "logs/adam_lr1e-5: too slow 91 %, LR 1e-5; matched too-slow, LR201 still-falling",
        "1 unreadable",
    )


def test_a_finding_named_like_a_verdict_is_not_one() -> None:
    run = dataclasses.replace(WELL, findings=(Finding("LR9", "divergent", Severity.INFO, "m"),))
    assert exit_code.words_matched(run, {"divergent"}) == ("LR9 divergent",)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], set()),
        ([""], set()),
        (["divergent"], {"divergent"}),
        (["divergent, too-slow,"], {"divergent", "too-slow"}),
        (["divergent", "unreadable"], {"divergent", "unreadable"}),
        (["Divergent,lr201"], {"divergent", "LR201"}),
        (["still-falling"], {"still-falling"}),
    ],
)
def test_lists_are_parsed(texts: list[str], words: set[str]) -> None:
    assert exit_code.parse(texts, KNOWN) == words


def test_an_unknown_word_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'divergnt', 'x'.*inconclusive, unreadable, .*LR201.*still-falling"):
        exit_code.parse(["divergnt,too-slow", "x"], KNOWN)

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


def test_the_known_words_are_verdicts_then_unreadable_then_codes_then_names() -> None:
    verdicts = ("too-slow", "well-tuned", "too-high", "divergent", "inconclusive")
    rules = iter([("LR1", "one"), ("LR2", "two")])
    assert exit_code.known_words(rules) == (*verdicts, "unreadable", "LR1", "LR2", "one", "two")


def test_runs_of_one_file_are_told_apart_by_name_and_an_unknown_lr_is_called_so() -> None:
    other = dataclasses.replace(SLOW, run=dataclasses.replace(SLOW.run, name="second"), lr=None)
    assert exit_code.matches(Report((SLOW, other, NONE)), {"too-slow", "inconclusive"}) == (
        "logs/adam_lr1e-5 (adam_lr1e-5): too slow 91 %, LR 1e-5; matched too-slow",
        "logs/adam_lr1e-5 (second): too slow 91 %, LR not known; matched too-slow",
        f"{NONE.run.source.path}: inconclusive, LR not known; matched inconclusive",
    )


@pytest.mark.parametrize(
    ("runs", "unreadable", "code"),
    [
        (0, (), 2),
        (1, (), 0),
        (1, (Unreadable("a", "b"),), 0),
        (1, (Unreadable("a", "b"), Unreadable("c", "d", named="c")), 2),
        (0, (Unreadable("c", "d", named="c"),), 2),
    ],
)
def test_what_the_user_named_must_be_read_and_what_was_met_on_the_way_need_not(
    runs: int, unreadable: tuple[Unreadable, ...], code: int
) -> None:
    assert exit_code.exit_code_of_reading(runs, unreadable) == code
    report = Report((SLOW,) * runs, unreadable)
    assert exit_code.exit_code(report, {"too-slow"}) == (code or 1), "that it is missing outranks what matched"

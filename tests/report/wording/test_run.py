"""The sentences: what a reader is told to do, and why."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Evidence, Finding, Severity, Verdict
from lrdoctor.records.roles import Roles
from lrdoctor.report.wording import run
from tests.report import examples as ex


def test_the_advice_names_the_lr_the_factor_and_the_interval() -> None:
    do = run.advice(ex.too_slow())
    assert do.order == "Use LR 1e-4 next"
    assert do.detail == "this run's 1e-5 x 10, then toward 3.2e-4; good LRs probably 6.3e-5 to 2e-3"


@pytest.mark.parametrize(
    ("diagnosis", "order", "detail"),
    [
        (ex.well_tuned(), "Keep the LR 3e-4", "good LRs probably 1.1e-4 to 7.2e-4"),
        (ex.negative(), "Multiply the LR by 5 next", "the log names no LR; good LRs probably x 0.63 to x 40"),
        (ex.no_lr(), "Not enough evidence to change the LR", ""),
        (
            dataclasses.replace(ex.negative(), factor=50.0),
            "Multiply the LR by 10 next",
            "the log names no LR, then toward x 50; good LRs probably x 0.63 to x 40",
        ),
        (
            dataclasses.replace(ex.negative(), factor=1.0),
            "Keep the LR for now",
            "no other LR is clearly likelier to be good; good LRs probably x 0.63 to x 40",
        ),
        (ex.divergent(), "Use LR 0.05 next", "this run's 0.5 / 10, then toward 0.016; good LRs probably 1.3e-3 to 0.1"),
    ],
)
def test_the_advice_for_every_kind_of_answer(diagnosis: Diagnosis, order: str, detail: str) -> None:
    do = run.advice(diagnosis)
    assert (do.order, do.detail) == (order, detail)


def test_a_reason_is_the_diagnosis_own_or_what_speaks_for_the_verdict() -> None:
    own = ex.too_slow()
    assert run.reason(own) == own.reason
    unsaid = dataclasses.replace(own, reason="")
    assert run.reason(unsaid) == (
        "What speaks for it most: the steep end of the curve (-0.43 per doubling); an LR far below the customary one "
        "(0.01); little noise against what is left to learn (0.07)."
    )
    assert run.reason(dataclasses.replace(ex.divergent(), reason="")) == "the loss ended non-finite"
    assert run.reason(ex.negative()) == ""


def sign(value: float | None, unit: str, slow: float = 2.0) -> Evidence:
    return Evidence("s", "the sign", value, unit, ex.odds(slow, 1.0, 0.5, 1.0), 0.0)


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        (sign(-2.0, "decades"), "0.01"),
        (sign(3.0, "decades"), "1000"),
        (sign(0.25, "share"), "0.25"),
        (sign(1.2, "signed log"), ""),
        (sign(7.0, "steps"), "7 steps"),
        (sign(None, "decades"), ""),
        (sign(1e9, "decades"), "1e9 decades"),
        (sign(float("nan"), ""), "NaN"),
    ],
)
def test_a_sign_shows_the_value_a_reader_knows(evidence: Evidence, shown: str) -> None:
    assert run.sign_value(evidence) == shown


@pytest.mark.parametrize(
    ("odds", "text"),
    [
        (ex.odds(3.2, 1, 1, 1), "the sign: makes too-slow 3.2 times more likely"),
        (ex.odds(0.25, 1, 1, 1), "the sign: makes too-slow 4 times less likely"),
        (ex.odds(4, 3, 0.5, 1), "the sign: makes too-slow 4 times more likely, too-high 2 times less likely"),
        (ex.odds(1.01, 0.99, 1, 1), "the sign: hardly moves any verdict"),
        (
            ex.odds(0, 1, 1, math.inf),
            "the sign: makes too-slow over 1000 times less likely, divergent over 1000 times more likely",
        ),
        (ex.odds(math.nan, -1, 1, 1), "the sign: hardly moves any verdict"),
    ],
)
def test_evidence_is_worded_by_what_it_tells_apart(odds: dict[Verdict, float], text: str) -> None:
    assert run.evidence_words(Evidence("s", "the sign", None, "", odds, 0.0)) == text


@pytest.mark.parametrize(
    ("value", "limit", "unit", "steps", "text"),
    [
        (0.21, 0.05, "decades", (1200.0, 5000.0), "0.21 decades, limit 0.05; step 1200 to 5000"),
        (3.0, None, "", None, "3"),
        (None, 2.0, "", (7.0, 7.0), "limit 2; step 7"),
        (None, None, "", None, ""),
        (math.inf, 1.0, "", None, "inf, limit 1"),
    ],
)
def test_a_finding_shows_value_and_limit_together(
    value: float | None, limit: float | None, unit: str, steps: tuple[float, float] | None, text: str
) -> None:
    finding = Finding("LR1", "name", Severity.INFO, "m", value, limit, unit, steps)
    assert run.measured_words(finding, "step") == text


def test_every_part_is_listed_with_its_reason_or_what_stood_in_the_way() -> None:
    rows = run.taken(Roles(loss="a", why={"loss": "name", "lr": "no such series"}))
    assert rows[0] == ("training loss", "a", "name")
    assert ("learning rate", "", "no such series") in rows
    assert len(rows) == len(run.ROLE_WORDS)


def test_every_role_has_a_word() -> None:
    assert {part for part, _ in run.ROLE_WORDS} == {f.name for f in dataclasses.fields(Roles)} - {"why"}


@given(st.text())
def test_cleaned_text_is_one_writable_line_without_control(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert len(cleaned.splitlines()) <= 1
    assert cleaned == clean(cleaned)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in cleaned)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "M"])))
def test_cleaning_keeps_what_is_harmless(text: str) -> None:
    assert clean(text) == text


def test_tally_counts_in_the_order_of_the_verdicts() -> None:
    assert run.tally([ex.divergent(), ex.too_slow(), ex.negative()]) == "2 too slow, 1 divergent"


@pytest.mark.parametrize(
    ("diagnosis", "cells"),
    [
        (ex.too_slow(), ("1e-5", "1e-4", "x 10")),
        (ex.negative(), ("", "", "x 5")),
        (dataclasses.replace(ex.no_lr(), lr=0.1), ("0.1", "", "")),
    ],
)
def test_a_table_gives_no_order_where_there_is_no_verdict(diagnosis: Diagnosis, cells: tuple[str, str, str]) -> None:
    assert run.lr_cells(diagnosis) == cells


@pytest.mark.parametrize(("width", "name"), [(20, "a" * 50), (40, "short"), (21, "x/y" * 30)])
def test_shortened_names_keep_their_ends(width: int, name: str) -> None:
    short = run.shorten(name, width)
    assert len(short) <= width
    assert short[:3] == name[:3]
    assert short[-3:] == name[-3:]

"""Reasons as sentences: one for everything that is measured, true of the value, in words that a stranger reads."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.measurement.signs import LATE_SIGNS, SIGNS
from lrdoctor.measurement.signs.scales import signed_log
from lrdoctor.records.diagnosis import Diagnosis, Evidence, Verdict
from lrdoctor.report.wording.reasons import NEEDS_MEANING, reasons
from lrdoctor.report.wording.sign_sentences import BEYOND_THE_CURVE, FAMILIES, SENTENCES
from tests.report import examples as ex

NAMES = sorted({sign.name for sign in (*SIGNS, *LATE_SIGNS)})
JARGON = re.compile(
    r"\b(sign|signs|descent|e-fold|custom|band|arm|arms|robust level|log-spaced|decades|LR-time)\b", re.IGNORECASE
)


def test_everything_measured_has_a_sentence() -> None:
    assert set(NAMES) <= set(SENTENCES)
    assert set(FAMILIES) <= set(SENTENCES)
    assert set(SENTENCES) >= BEYOND_THE_CURVE
    assert set(FAMILIES.values()) | set(SENTENCES) >= NEEDS_MEANING


@pytest.mark.parametrize("name", NAMES)
@given(value=st.floats(-6, 6))
def test_a_sentence_is_one_and_in_plain_words(name: str, value: float) -> None:
    said = SENTENCES[name](value)
    assert re.fullmatch(r"[A-Z0-9<>].*\.", said.text)
    assert not JARGON.search(said.text)
    assert "nan" not in said.text.replace("NaN or infinite", "").lower()
    if said.place is not None:
        assert 0 <= said.place[0] <= said.place[1] <= 1


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("t80", math.log10(0.03), "80 % of all progress came in the first 3 % of the run, then it slowed."),
        ("t80", math.log10(0.7), "80 % of all progress took 70 % of the run."),
        ("t50_steps", 2.0, "Half of all progress took 100 steps."),
        ("done_10", 0.42, "After 10 % of the run 42 % of all progress was made."),
        ("done_10", -0.2, "After 10 % of the run the loss had not come down yet."),
        (
            "end_slope",
            signed_log(0.1),
            "In the second half the loss fell by 7 % of all progress per doubling of the steps.",
        ),
        (
            "end_slope",
            signed_log(-0.1),
            "In the second half the loss rose by 7 % of all progress per doubling of the steps.",
        ),
        ("end_slope", signed_log(0.001), "In the second half the loss hardly moved."),
        (
            "end_slope_t",
            math.log10(1 + 12),
            "In the second half the loss falls for certain: 12 times beyond what noise does.",
        ),
        ("end_slope_t", math.log10(1 + 1), "In the second half the loss neither falls nor rises beyond its noise."),
        ("rise_from_lowest", 0.31, "At the end the loss had given back 31 % of its progress."),
        ("rise_from_lowest", 0.0, "The loss ends at its lowest level."),
        ("law_next", signed_log(0.042), "Training twice as long would gain another 4 % of the progress so far."),
        ("noise_of_level", math.log10(0.05), "At the end the loss jumps by 5 % of its level from step to step."),
        ("spikes", -4.0, "There are no spikes at the end."),
        ("highest", math.log10(18), "The highest single loss was 18 times the start."),
        ("highest", 0.0, "No loss stood clearly above the start."),
        ("goal_noise", math.log10(2.8), "Validation jumps at the end by 2.8 times what a good LR may cost."),
        (
            "goal_late",
            signed_log(3.0, 0.1),
            "In the second half validation improved by 3 times what a good LR may cost.",
        ),
        (
            "goal_late",
            signed_log(-3.0, 0.1),
            "In the second half validation got worse by 3 times what a good LR may cost.",
        ),
        (
            "gap",
            signed_log(0.29),
            "At the end the validation loss stands above the training loss, by 29 % of all progress.",
        ),
        ("over_customary_adaptive", math.log10(30), "The LR is 30 times what people usually take for this optimizer."),
        ("over_customary_adaptive", 0.1, "The LR is about what people usually take for this optimizer."),
    ],
)
def test_a_sentence_says_the_value(name: str, value: float, text: str) -> None:
    assert SENTENCES[name](value).text == text


def told(verdict: Verdict, *signs: tuple[str, float, float]) -> Diagnosis:
    """A run with that verdict and signs of (name, value, odds of the verdict)."""
    evidence = [Evidence(name, name, value, "", {verdict: odds}, 0.0) for name, value, odds in signs]
    return replace(ex.too_slow(), verdict=verdict, reason="", evidence=evidence)


def test_the_strongest_come_first_one_of_a_family_and_the_curve_before_what_is_usual() -> None:
    d = told(
        Verdict.TOO_HIGH,
        ("log_lr", -5.0, 9.0),
        ("t80", -1.5, 5.0),
        ("t95", -1.4, 4.5),
        ("end_slope", 0.0, 3.0),
        ("goal_late", 0.0, 2.0),
        ("spread", -1.0, 0.2),
    )
    assert [one.sign for one in reasons(d)] == ["t80", "end_slope", "log_lr"]


def test_what_says_nothing_by_itself_says_what_it_goes_with() -> None:
    (one,) = reasons(told(Verdict.TOO_SLOW, ("slow_noise", -2.3, 3.0)))
    assert one.text.endswith("of all progress, as where the LR is too low.")


def test_a_reason_has_its_place_on_the_runs_steps() -> None:
    (one,) = reasons(told(Verdict.TOO_HIGH, ("t80", math.log10(0.1), 3.0)))
    first, last = one.steps or (math.nan, math.nan)
    assert first == 0.0
    assert last == pytest.approx(599.7)


def test_against_what_is_usual_names_the_optimizer() -> None:
    d = told(Verdict.TOO_SLOW, ("log_lr", -5.0, 9.0))
    assert reasons(d)[0].text == "An LR of 1e-5 is 100 times below what people usually take with Adam."


def test_a_run_that_broke_gives_its_faults_and_a_refused_log_why() -> None:
    broke = replace(ex.divergent(), reason="")
    assert [one.sign for one in reasons(broke)] == [f.code for f in broke.findings if f.severity == "fault"]
    assert reasons(ex.no_lr())[0].text.endswith(".")
    assert len(reasons(ex.no_lr())) == 1


def test_what_was_measured_and_cannot_be_undone_keeps_its_label() -> None:
    (one,) = reasons(told(Verdict.TOO_SLOW, ("t80", np.nan, 3.0)))
    assert one.text == "T80."

"""Reasons as sentences: one for everything that is measured, true of the value, in words that a stranger reads."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.measurement.signs import LATE_SIGNS, SIGNS
from lrdoctor.measurement.signs.scales import signed_log
from lrdoctor.records.diagnosis import Diagnosis, Evidence, Finding, Severity, Verdict
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Series
from lrdoctor.report.wording.elapsed import PLAIN, Elapsed, elapsed
from lrdoctor.report.wording.reasons import NEEDS_MEANING, reasons
from lrdoctor.report.wording.sign_families import BEYOND_THE_CURVE, FAMILIES
from lrdoctor.report.wording.sign_sentences import SENTENCES
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
    said = SENTENCES[name](value, PLAIN)
    assert re.fullmatch(r"[A-Z0-9<>].*\.", said.text)
    assert not JARGON.search(said.text)
    assert "nan" not in said.text.replace("NaN or infinite", "").lower()
    if said.place is not None:
        assert 0 <= said.place[0] <= said.place[1] <= 1


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("t80", math.log10(0.03), "80 % of all progress came in the first 3 % of the steps, then it slowed."),
        ("t80", math.log10(0.7), "80 % of all progress took 70 % of the steps."),
        ("t50_steps", 2.0, "Half of all progress took 100 steps."),
        ("done_10", 0.42, "After 10 % of the steps 42 % of all progress was made."),
        ("done_10", -0.2, "After 10 % of the steps the loss had not come down yet."),
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
            "In the second half the loss falls, by 12 times the uncertainty of its slope.",
        ),
        ("end_slope_t", math.log10(1 + 1), "In the second half the loss neither falls nor rises beyond its noise."),
        ("rise_from_lowest", 0.31, "At the end the loss had given back 31 % of its progress."),
        ("rise_from_lowest", 0.0, "The loss ends at its lowest level."),
        ("law_next", signed_log(0.042), "Training twice as long would gain another 4 % of the progress so far."),
        ("noise_of_level", math.log10(0.05), "At the end the loss jumps by 5 % of its level from step to step."),
        (
            "rising_share",
            0.2,
            "From one stretch of the run to the next, a third longer each, the loss rose in 20 % of the cases.",
        ),
        ("t50_steps", 0.0, "Half of all progress took 1 step."),
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
    assert SENTENCES[name](value, PLAIN).text == text


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
    assert [one.sign for one in reasons(replace(d, lr=0.3))] == ["t80", "end_slope", "log_lr"]


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


@pytest.mark.parametrize(
    ("verdict", "lr", "told_of"),
    [
        (Verdict.TOO_SLOW, 1e-5, True),
        (Verdict.TOO_SLOW, 1e-2, False),
        (Verdict.WELL_TUNED, 2e-3, True),
        (Verdict.WELL_TUNED, 3e-2, False),
        (Verdict.TOO_HIGH, 0.2, True),
        (Verdict.TOO_HIGH, 1e-3, False),
    ],
)
def test_what_is_usual_is_a_reason_only_where_it_points_to_the_verdict(
    verdict: Verdict, lr: float, told_of: bool
) -> None:
    d = replace(told(verdict, ("log_lr", math.log10(lr), 9.0), ("end_slope", 0.0, 3.0)), lr=lr)
    assert [one.sign for one in reasons(d)] == (["end_slope", "log_lr"] if told_of else ["end_slope"])


def test_a_loss_that_blew_up_is_no_reason_for_a_good_lr() -> None:
    blew_up = ("highest", math.log10(18), 3.0)
    assert reasons(told(Verdict.WELL_TUNED, blew_up)) == ()
    assert len(reasons(told(Verdict.TOO_HIGH, blew_up))) == 1
    assert len(reasons(told(Verdict.WELL_TUNED, ("highest", 0.0, 3.0)))) == 1


def scheduled(course: Callable[[Floats], Floats], verdict: Verdict, *signs: tuple[str, float, float]) -> Diagnosis:
    """As `told`, of a run of steps 0 to 1000 whose LR followed `course`, of shares of the run."""
    step = np.arange(0.0, 1001.0, 10.0)
    loss, lr = Series(step, 1.0 / (1.0 + step)), Series(step, 1e-5 * course(step / 1000))
    d = told(verdict, *signs)
    run = replace(d.run, series={"loss": loss, "lr": lr}, step_axis="step")
    return replace(d, run=run, roles=Roles(loss="loss", lr="lr"))


def cosine(done: Floats) -> Floats:
    return 0.5 * (1 + np.cos(np.pi * done))


def area(done: float) -> float:
    """The share of a cosine's LR-time that is over at a share of the steps, by its integral."""
    return done + math.sin(math.pi * done) / math.pi


@pytest.mark.parametrize("done", [0.05, 0.2, 0.36, 0.6])
def test_shares_are_of_the_steps_whatever_the_lr_did(done: float) -> None:
    d = scheduled(cosine, Verdict.TOO_HIGH, ("t80", math.log10(area(done)), 3.0))
    (one,) = reasons(d)
    assert one.steps == pytest.approx((0.0, 1000 * done), abs=10)
    (percents,) = re.findall(r"(\d+) % of the steps", one.text)
    assert int(percents) == pytest.approx(100 * done, abs=1)


def test_the_end_of_a_scheduled_run_is_told_and_marked_where_it_was_measured() -> None:
    # Half of a cosine's LR-time is over after 26.5 % of the steps.
    assert area(0.2647) == pytest.approx(0.5, abs=2e-3)
    (one,) = reasons(scheduled(cosine, Verdict.TOO_HIGH, ("end_slope", signed_log(0.1), 3.0)))
    said = re.fullmatch(r"In the last (\d+) % of the steps the loss fell by 7 % of all progress per (.*)\.", one.text)
    assert said is not None
    assert int(said[1]) == pytest.approx(73.5, abs=1)
    assert said[2] == "doubling of the LR-weighted steps"
    assert one.steps == pytest.approx((265, 1000), abs=10)
    (one,) = reasons(scheduled(np.ones_like, Verdict.TOO_HIGH, ("end_slope", signed_log(0.1), 3.0)))
    assert one.text == "In the second half the loss fell by 7 % of all progress per doubling of the steps."
    assert one.steps == pytest.approx((500, 1000), abs=10)


def test_a_short_log_has_its_last_fifth_where_five_points_are() -> None:
    clock = Elapsed(np.arange(1.0, 11.0), np.arange(1.0, 11.0))
    assert SENTENCES["end_slope_80"](0.0, clock).text.startswith("In the last 40 % of the steps")


def test_a_log_without_its_beginning_has_its_places_in_the_log() -> None:
    step = np.arange(9000.0, 10001.0, 10.0)
    lacks = Finding("LR914", "no-beginning", Severity.WARNING, "no beginning")
    d = scheduled(np.ones_like, Verdict.TOO_HIGH, ("end_slope_t", 0.0, 3.0))
    series = {name: replace(one, step=step) for name, one in d.run.series.items()}
    late = replace(d, run=replace(d.run, series=series), findings=[lacks])
    assert not elapsed(late).weighted
    (one,) = reasons(late)
    assert one.text.startswith("Over the whole log the loss neither falls nor rises")
    assert one.steps == (9000, 10000)


@given(st.floats(0, 1), st.sampled_from([np.ones_like, cosine, lambda done: 1 - 0.99 * done]))
def test_shares_stay_in_the_run_and_in_order(share: float, course: Callable[[Floats], Floats]) -> None:
    clock = elapsed(scheduled(course, Verdict.TOO_HIGH))
    assert 0 <= clock.share(share / 2) <= clock.share(share) <= 1
    if course is np.ones_like:
        assert clock.share(share) == pytest.approx(share)


@pytest.mark.parametrize(
    ("step", "value"),
    [([0.0, 0.0, 0.0], [1.0, 0.9, 0.8]), ([0.0, 1.0], [1.0, math.nan]), ([0.0, 5.0, 9.0], [math.nan, 1.0, math.inf])],
)
def test_a_log_that_has_no_time_is_told_without(step: list[float], value: list[float]) -> None:
    d = told(Verdict.TOO_HIGH, ("t80", -1.0, 3.0), ("end_slope", 0.0, 2.0))
    run = replace(d.run, series={"loss": Series(np.array(step), np.array(value))})
    for one in reasons(replace(d, run=run, roles=Roles(loss="loss"))):
        assert "nan" not in one.text
        assert one.steps is not None
        assert step[0] <= one.steps[0] <= one.steps[1] <= step[-1]

"""What is said of replays."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.replay import Arm, Cost, Curvature, Drift, Replay
from lrdoctor.report.wording.replay import (
    arm_rows,
    best_arm,
    chance,
    cost_words,
    curvature_words,
    drift_words,
    history,
    noise_words,
    own_words,
    range_words,
    reach_words,
    replay_advice,
    replay_order,
    replay_sentences,
    round_cells,
    sentence,
)
from tests.report import examples as ex
from tests.report import replay_examples as rx


def test_an_order_names_the_lr_its_factor_chance_and_interval() -> None:
    do = replay_advice(rx.usual(), "×")
    assert do.order == replay_order(rx.usual()) == "Use LR 0.034"
    assert do.detail == "the recipe's 2e-3 × 17; 97 % likely to be good; good LRs probably 0.019 to 0.062"
    assert own_words(rx.usual()) == "its LR 2e-3 is too slow (96 %)"


def test_a_good_recipe_is_kept() -> None:
    assert replay_advice(rx.settled()).order == "Keep the LR 0.032"
    near = replay_advice(replace(rx.settled(), suggested_lr=0.045))
    assert near.order == "Use LR 0.045"
    assert near.detail.endswith("the recipe's own is good as well")
    unsure = replay_advice(replace(rx.settled(), verdict=Verdict.TOO_SLOW))
    assert unsure.order == "Keep the LR 0.032 for now"
    assert unsure.detail.startswith("no other LR is clearly likelier to be good; good LRs probably")


def test_no_answer_comes_with_its_reason() -> None:
    assert replay_order(rx.no_answer()) == (
        "No answer: no LR that was tried trains this model: check the loss and the data"
    )
    assert replay_order(replace(rx.no_answer(), reason="")).startswith("No answer: the reruns do not tell")
    assert own_words(rx.no_answer()) == "its LR 2e-3 is not settled"
    assert not any("ended early" in text for text in replay_sentences(rx.no_answer()))


def test_a_replay_that_ended_early_says_why() -> None:
    assert replay_sentences(rx.settled())[0] == "It ended early: the budget of 300 steps was spent."
    assert [sentence(text) for text in ("a", "a.", "a!", " ")] == ["a.", "a.", "a!", ""]


def test_a_chance_beyond_the_belief_is_not_told() -> None:
    assert chance(rx.usual(), 0.034) == pytest.approx(0.97, abs=0.01)
    assert math.isnan(chance(rx.usual(), 1e9))
    assert math.isnan(chance(rx.usual(), 0.0))
    assert "NaN" not in replay_advice(replace(rx.usual(), suggested_lr=1e9, interval=None)).detail


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        ((0.04, 0.93, 0.03), "At 120 steps the best LR lies among those tried (93 %)."),
        ((0.7, 0.3, 0.0), "At 120 steps the best LR looks to lie below the lowest one tried (70 %)."),
        ((0.0, 0.2, 0.8), "At 120 steps the best LR looks to lie above the highest one tried (80 %)."),
        ((0.2, 0.6, 0.2), "may lie beyond those tried: below them 20 %, among them 60 %, above them 20 %."),
        ((math.nan, math.nan, math.nan), ""),
    ],
)
def test_where_the_best_lr_of_the_last_round_lies(reach: tuple[float, float, float], words: str) -> None:
    base = rx.usual()
    assert base.sweep is not None
    assert reach_words(replace(base, sweep=replace(base.sweep, reach=reach))).endswith(words)


@pytest.mark.parametrize(
    ("drift", "words"),
    [
        (Drift(-0.2, 0.1, -0.36, -0.3), "The best LR falls as runs get longer: -0.20 ± 0.10 decades"),
        (
            Drift(-0.2, 0.1, -0.36, -0.3),
            "(these rounds alone: -0.30). From 120 steps to the real run's 7800 that is / 2.3",
        ),
        (Drift(0.2, 0.1, 0.36, 0.3), "The best LR rises as runs get longer: +0.20"),
        (Drift(0.05, 0.1, 0.01, None), "The best LR hardly moves as runs get longer: +0.05"),
        (
            Drift(0.05, 0.1, 0.01, None),
            "since one round measures nothing). From 120 steps to the real run's 7800 that chan",
        ),
    ],
)
def test_how_the_best_lr_moves(drift: Drift, words: str) -> None:
    assert words in drift_words(rx.usual(), drift)


def test_a_drift_that_is_no_number_is_not_told() -> None:
    assert drift_words(rx.usual(), Drift(math.nan, math.inf, 0.1)) == ""


def curvature(limit: float | None = 0.092, sharpness: float = 41.3) -> Curvature:
    return Curvature(sharpness, limit, preconditioned=False, step=60, residual=0.012, products=22)


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (curvature(), "(to within 1 %): on a quadratic that sharp SGD+momentum is stable up to LR 0.092. "),
        (curvature(), "The suggested LR is 2.7 times below that."),
        (curvature(0.017), "The suggested LR is 2 times above that: a run can still train there"),
        (curvature(0.034), "The suggested LR stands at that limit."),
        (curvature(None), "is 41.3 (to within 1 %): no limit for SGD+momentum is known from it."),
        (curvature(None, -0.3), "is -0.3 (to within 1 %): it sets no limit."),
        (curvature(math.inf), "no limit for SGD+momentum is known from it."),
    ],
)
def test_what_the_curvature_allows(measured: Curvature, words: str) -> None:
    assert words in curvature_words(rx.usual(), measured)


def test_without_an_answer_the_limit_stands_alone() -> None:
    assert curvature_words(rx.no_answer(), curvature()).endswith("is stable up to LR 0.092.")


@pytest.mark.parametrize(
    ("scale", "batch", "words"),
    [
        (1430.0, 128, "about 1,400 examples, 11 times the batch of 128: noise limits the LR, and a larger batch"),
        (40.0, 512, "about 40 examples, 13 times below the batch of 512: a smaller batch would cost few more steps."),
        (130.0, 128, "near the batch of 128: the batch size is about right."),
        (0.4, 1, "less than one example, near the batch of 1"),
        (900.0, None, "about 900 examples: beyond batches of that size, more examples a step save few steps."),
    ],
)
def test_the_noise_scale_is_held_against_the_batch_size(scale: float, batch: int | None, words: str) -> None:
    assert words in noise_words(replace(curvature(), noise_scale=scale, batch_size=batch))


@pytest.mark.parametrize("scale", [None, math.nan, math.inf, 0.0, -3.0])
def test_a_noise_scale_that_is_none_is_not_told(scale: float | None) -> None:
    assert noise_words(replace(curvature(), noise_scale=scale, batch_size=8)) == ""


def test_what_the_range_test_showed() -> None:
    assert range_words(rx.range_test()) == (
        "3 ramps of 93, 129 and 113 steps, LR 1e-5 to 1.98; the loss falls from LR 2.4e-3; it breaks at 0.58 "
        "(in 2 of 3 ramps); a good LR is expected between 0.011 and 0.19 (80 %, from this alone)"
    )
    flat = rx.no_answer().range_test
    assert flat is not None
    assert range_words(flat) == (
        "1 ramp of 30 steps, LR 1e-6 to 1; the loss never falls beyond its noise; no ramp broke; "
        "no answer: the loss does not move at any LR"
    )
    assert range_words(replace(flat, ramps=())).startswith("0 ramps; ")


def test_rounds_and_arms_are_told_in_cells() -> None:
    usual, settled = rx.usual(), rx.settled()
    first, _, last = usual.rounds
    assert round_cells(first) == ("15", "7", "1e-3 to 1", "2.31", "1.67", "0.069", "1")
    assert arm_rows(usual, first)[-1] == ("1", "broke at step 6")
    assert arm_rows(usual, last)[3] == ("0.056", "1.18 (best)", "2 %", "90 %", "8 %")
    assert arm_rows(settled, settled.rounds[-1])[0] == ("0.01", "1.74")


def test_arms_that_all_broke_have_no_best() -> None:
    odd, broken = rx.no_answer().rounds
    assert best_arm(broken) is None
    assert round_cells(broken)[4:7] == ("", "none", "3")
    # A loss below zero is as good as any; NaN and infinity are none.
    assert best_arm(odd) is odd.arms[0]
    assert [row[1] for row in arm_rows(rx.no_answer(), odd)] == ["-0.5 (best)", "broke", "broke"]
    nothing = replace(broken, arms=())
    assert round_cells(nothing)[:3] == ("40", "0", "")
    assert best_arm(replace(broken, arms=(Arm(0.1, np.empty(0), math.nan),))) is None


def test_what_it_cost() -> None:
    assert cost_words(Cost(1_346, 212, 45, 1_506.7, 38.6), 7800) == (
        "1,346 steps, 212 batches evaluated, 45 curvature products: as much work as 1,507 training steps, "
        "19 % of the real run"
    )
    assert cost_words(Cost(1, 0, 0, 1.0, 0.1), 0) == "1 step: as much work as 1 training step"
    assert cost_words(Cost(1, 1, 0, math.nan, 0.1), 9) == "1 step, 1 batch evaluated"


def facts(one: Replay) -> dict[str, str]:
    return dict(history(one))


def test_how_it_was_found() -> None:
    usual, settled = facts(rx.usual(ex.too_slow())), facts(rx.settled())
    assert usual["recipe"] == "7800 steps with SGD+momentum, LR 2e-3 at the peak of its schedule"
    assert usual["log alone"] == "adam_lr1e-5: Use LR 1e-4 next (good LRs probably 6.3e-5 to 2e-3)"
    assert usual["wall time"] == "39 s on cuda:0 (NVIDIA H100), reruns one after the other, 1.3 GB of memory"
    assert settled["recipe"].startswith("7800 steps with AdamW, taken as Adam, LR")
    assert settled["range test"] == "not run: it was known well enough where to begin"
    assert settled["wall time"] == "5.2 min on cpu, reruns 16 at once"
    assert "log alone" not in settled
    assert facts(replace(rx.usual(), rounds=(), optimizer=None))["rounds"] == "none"
    assert facts(replace(rx.usual(), optimizer=None))["recipe"].startswith("7800 steps with SGD, LR")

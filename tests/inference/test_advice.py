"""From a distribution to words: what is observed, what cannot be told apart, what to do."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import limits
from lrdoctor.inference.advice import prescribe
from lrdoctor.inference.band import shortest_interval as interval
from lrdoctor.inference.tables import load_tables
from lrdoctor.inference.verdict import choose, verdict_probabilities
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import Verdict

SEEN = Quality(points=100, non_finite=0, diverged=Divergence(None, 0.3), filtered=None, refusal="")


def peaked(low: float, high: float) -> np.ndarray:
    """All mass on one cell: the band's edges lie at `low` and `high` decades from this run."""
    tables = load_tables()
    joint = np.zeros((tables.cells, tables.cells))
    joint[tuple(np.searchsorted(tables.borders, [low, high]) - 1)] = 1.0
    return joint


@pytest.mark.parametrize(
    ("diverged", "ratio", "below", "above", "likeliest"),
    [
        (None, 0.3, 0.7, 0.1, Verdict.TOO_SLOW),
        (None, 0.3, 0.1, 0.1, Verdict.WELL_TUNED),
        (None, 0.3, 0.1, 0.7, Verdict.TOO_HIGH),
        (DivergenceKind.RISING, 3.0, 0.9, 0.05, Verdict.DIVERGENT),
        (DivergenceKind.NON_FINITE, float("nan"), 0.5, 0.5, Verdict.DIVERGENT),
    ],
)
def test_divergence_is_seen_and_the_rest_inferred(
    diverged: DivergenceKind | None, ratio: float, below: float, above: float, likeliest: Verdict
) -> None:
    p = verdict_probabilities(below, above, replace(SEEN, diverged=Divergence(diverged, ratio)))
    assert sum(p.values()) == pytest.approx(1.0)
    assert max(p, key=lambda verdict: p[verdict]) is likeliest
    if not diverged:
        assert p[Verdict.DIVERGENT] == 0.0, "the end stands far below the start"


def test_two_humps_are_inconclusive_and_say_so() -> None:
    p = verdict_probabilities(0.41, 0.41, SEEN)
    verdict, reason = choose(p, SEEN)
    assert verdict is Verdict.INCONCLUSIVE
    assert "flat loss" in reason
    assert choose(p, replace(SEEN, refusal="three points"))[1] == "three points"


@pytest.mark.parametrize(
    ("low", "high", "least", "most"), [(0.6, 1.9, 4, 60), (-1.9, -0.6, 1 / 60, 1 / 4), (-0.6, 0.6, 1, 1)]
)
def test_advice_leads_into_the_band_and_good_runs_stay(low: float, high: float, least: float, most: float) -> None:
    verdict = Verdict.TOO_SLOW if low > 0 else Verdict.TOO_HIGH if high < 0 else Verdict.WELL_TUNED
    advice = prescribe(peaked(low, high), load_tables(), SEEN, verdict)
    assert least <= advice.factor <= most
    assert advice.interval_decades[0] <= 0.5 * (low + high) <= advice.interval_decades[1]


def test_the_interval_holds_its_mass() -> None:
    decades = np.linspace(-4, 4, 801)
    mass = np.exp(-0.5 * decades**2)
    low, high = interval(mass / mass.sum(), decades)
    assert limits.INTERVAL == 0.8
    assert (low, high) == pytest.approx((-1.2816, 1.2816), abs=0.02)
    leaning = np.where(decades >= 0, np.exp(-decades), 0.0)
    low, high = interval(leaning / leaning.sum(), decades)
    assert (low, high) == pytest.approx((0.0, 1.54), abs=0.02)  # the central one is 0.1 to 2.2


def test_advice_may_lead_farther_than_a_report_draws() -> None:
    tables = load_tables()
    cells = np.zeros((tables.cells, tables.cells))
    far = int(np.searchsorted(tables.borders, -5.2)) - 1
    cells[far, far] = 1.0
    advice = prescribe(cells, tables, SEEN, Verdict.TOO_HIGH)
    assert advice.factor < 10**-4.5
    assert advice.interval_decades[0] < -5


@pytest.mark.parametrize(
    ("ratio", "share"), [(0.9, 0.0), (0.95, 0.0), (1.05, 0.25), (1.15, 0.5), (1.3, 0.5), (float("nan"), 0.0)]
)
def test_an_end_about_where_the_start_was_may_have_diverged(ratio: float, share: float) -> None:
    p = verdict_probabilities(0.1, 0.6, replace(SEEN, diverged=Divergence(None, ratio)))
    assert p[Verdict.DIVERGENT] == pytest.approx(0.6 * share)
    assert p[Verdict.TOO_HIGH] == pytest.approx(0.6 * (1 - share))
    earning = verdict_probabilities(0.1, 0.6, replace(SEEN, diverged=Divergence(None, ratio), moving_target=True))
    assert earning[Verdict.DIVERGENT] == 0, "a loss that rises with what a policy earns"


def split(share: float) -> np.ndarray:
    """`share` of the mass where this run is in the band, the rest where it lies well below it."""
    return np.asarray(share * peaked(-0.4, 0.4) + (1 - share) * peaked(1.0, 1.9))


@pytest.mark.parametrize(("share", "moves"), [(0.2, True), (0.44, True), (0.6, False), (0.7, False), (0.9, False)])
def test_a_run_stays_where_it_is_likely_in_the_band_or_little_is_gained(share: float, moves: bool) -> None:
    advice = prescribe(split(share), load_tables(), SEEN, Verdict.TOO_SLOW)
    assert (advice.factor != 1.0) == moves


@pytest.mark.parametrize(("share", "moves"), [(0.62, True), (0.68, False)])
def test_two_in_three_is_enough_to_stay(share: float, moves: bool) -> None:
    # Bands that overlap beside this run: a step up is in all of them, and staying in most.
    joint = share * peaked(-0.4, 0.6) + (1 - share) * peaked(0.13, 0.9)
    advice = prescribe(joint, load_tables(), SEEN, Verdict.TOO_SLOW)
    assert (advice.factor != 1.0) == moves


def test_a_run_that_diverged_never_stays_and_a_refused_log_always_does() -> None:
    diverged = replace(SEEN, diverged=Divergence(DivergenceKind.RISING, 3.0))
    assert prescribe(peaked(-1.9, -0.4), load_tables(), diverged, Verdict.DIVERGENT).factor < 1
    refused = replace(SEEN, refusal="three points")
    assert prescribe(peaked(1.0, 1.9), load_tables(), refused, Verdict.INCONCLUSIVE).factor == 1.0


@pytest.mark.parametrize("verdict", [Verdict.TOO_SLOW, Verdict.TOO_HIGH, Verdict.DIVERGENT])
def test_advice_never_leads_against_its_verdict(verdict: Verdict) -> None:
    # The likeliest single place lies on the other side.
    wrong = peaked(-1.4, -0.6) if verdict is Verdict.TOO_SLOW else peaked(0.6, 1.4)
    factor = prescribe(wrong, load_tables(), SEEN, verdict).factor
    assert factor >= 1 if verdict is Verdict.TOO_SLOW else factor <= 1


def test_pretrained_weights_are_not_sent_far() -> None:
    tuned = replace(SEEN, pretrained="the setting lora_r")
    joint = 0.3 * peaked(0.3, 0.7) + 0.7 * peaked(1.6, 2.4)
    near, far = (prescribe(joint, load_tables(), seen, Verdict.TOO_SLOW).factor for seen in (tuned, SEEN))
    assert 1 < near <= 10**limits.PRETRAINED_REACH * 1.001 < far

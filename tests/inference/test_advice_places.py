"""Advice on a small posterior whose answer can be worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.inference.advice import CANDIDATE_DECADES, DRAWN_DECADES, Prescription, belief, prescribe
from lrdoctor.inference.band import inside_of_cells, normalise, on_cells
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import Verdict

SEEN = Quality(points=100, non_finite=0, diverged=Divergence(None, 0.3), filtered=None, refusal="")
BROKE = replace(SEEN, diverged=Divergence(DivergenceKind.RISING, 3.0))
BORDERS = np.round(np.arange(-7.0, 7.01, 0.1), 2)
N = len(BORDERS) - 1
TABLES = Tables(BORDERS, np.where(np.triu(np.ones((N, N))) > 0, 0.0, -np.inf), {}, 1.0, {})


def bands(*places: tuple[float, float, float]) -> np.ndarray:
    """P(low, high) of bands given as (low, high, probability), each edge in the cell that begins there."""
    joint = np.zeros((N, N))
    for low, high, p in places:
        joint[np.abs(BORDERS - low).argmin(), np.abs(BORDERS - high).argmin()] += p
    return joint


def factor(joint: np.ndarray, verdict: Verdict, quality: Quality = SEEN) -> float:
    return float(np.log10(prescribe(joint, TABLES, quality, verdict).factor))


def test_what_is_looked_at_is_even_and_holds_this_runs_own_place() -> None:
    for places, end in ((DRAWN_DECADES, 4.0), (CANDIDATE_DECADES, 6.5)):
        assert (places[0], places[-1]) == (-end, end)
        assert 0.0 in places
        assert np.diff(places) == pytest.approx(0.05)


def test_the_advice_is_the_lowest_of_the_places_that_are_surely_inside() -> None:
    joint = bands((1.0, 2.0, 1.0))
    assert factor(joint, Verdict.TOO_SLOW) == pytest.approx(1.1)
    assert (
        prescribe(joint, TABLES, SEEN, Verdict.TOO_SLOW).interval_decades
        == on_cells(joint, BORDERS, CANDIDATE_DECADES).interval()
    )
    assert factor(bands((-2.0, -1.1, 1.0)), Verdict.TOO_HIGH) == pytest.approx(-1.9)


@pytest.mark.parametrize("verdict", [Verdict.TOO_HIGH, Verdict.DIVERGENT])
def test_above_the_band_the_advice_is_the_best_place_below_this_one(verdict: Verdict) -> None:
    joint = bands((-2.0, -1.1, 0.4), (1.0, 2.0, 0.6))
    assert factor(joint, verdict) == pytest.approx(-1.9)
    assert factor(joint, Verdict.TOO_SLOW) == pytest.approx(1.1)
    assert factor(joint, Verdict.INCONCLUSIVE) == pytest.approx(1.1), "either way where there is no verdict"
    assert factor(bands((-2.0, -1.1, 0.6), (1.0, 2.0, 0.4)), Verdict.WELL_TUNED) == pytest.approx(-1.9)


@pytest.mark.parametrize(("there", "up", "down"), [(0.29, 0, 0), (0.315, 0, -0.7), (0.385, 0, -0.7), (0.41, 0.7, -0.7)])
def test_moving_must_gain_a_twentieth_and_what_lies_above_costs(there: float, up: float, down: float) -> None:
    # 0.3 that this run is in the band.  A step up leaves that band behind: there - 0.15 * 0.3 - 0.3 >= 0.05 from 0.395
    # on.  Of a band below, this run pays for lying above it: there - (0.3 - 0.15 * there) >= 0.05 from 0.304 on.
    rest = (5.0, 6.0, 0.7 - there)
    assert factor(bands((-0.3, 0.3, 0.3), (0.6, 1.5, there), rest), Verdict.TOO_SLOW) == pytest.approx(up)
    assert factor(bands((-0.3, 0.3, 0.3), (-1.5, -0.7, there), rest), Verdict.TOO_HIGH) == pytest.approx(down and -1.4)


@pytest.mark.parametrize(("here", "stays"), [(0.63, False), (0.67, True)])
def test_a_run_in_the_band_with_two_in_three_stays_whatever_is_gained(here: float, stays: bool) -> None:
    joint = bands((-0.3, 0.6, here), (0.2, 0.6, 1 - here))
    assert (factor(joint, Verdict.TOO_SLOW) == 0) == stays
    assert factor(joint, Verdict.TOO_SLOW, BROKE) == pytest.approx(0.3), "one that diverged is never told to stay"
    assert factor(joint, Verdict.TOO_SLOW, replace(BROKE, refusal="why")) == 0, "nothing is advised on a refused log"


@pytest.mark.parametrize(
    ("low", "high", "led"),
    [(0.9, 1.9, 1.0), (0.3, 0.8, 0.4), (-1.1, -0.6, -1.0), (-3.0, -1.1, -1.0), (-0.8, -0.3, -0.7)],
)
def test_a_fine_tuning_is_led_a_decade_at_most(low: float, high: float, led: float) -> None:
    verdict = Verdict.TOO_SLOW if low > 0 else Verdict.TOO_HIGH
    tuned = replace(BROKE, pretrained="the setting lora_r")
    assert factor(bands((low, high, 1.0)), verdict, tuned) == pytest.approx(led)


def test_a_report_draws_four_decades_and_more_where_the_advice_leads_farther() -> None:
    joint = bands((1.0, 2.0, 0.7), (2.0, 3.0, 0.3))
    drawn = belief(joint, TABLES, Prescription(10.0, (0.5, 2.5)))
    assert drawn.decades is DRAWN_DECADES
    band = on_cells(joint, BORDERS, DRAWN_DECADES)
    assert drawn.in_band.tolist() == band.inside.tolist()
    assert drawn.middle.tolist() == band.middle.tolist()
    prior = inside_of_cells(normalise(TABLES.prior), BORDERS, DRAWN_DECADES)
    assert drawn.prior_in_band.tolist() == prior.tolist()
    assert belief(joint, TABLES, Prescription(10.0, (-3.95, 3.0))).decades is DRAWN_DECADES
    for interval in ((-4.0, 3.0), (-5.0, 1.0), (1.0, 5.0)):
        far = belief(joint, TABLES, Prescription(10.0, interval))
        assert far.decades is CANDIDATE_DECADES
        assert len(far.in_band) == len(far.prior_in_band) == len(CANDIDATE_DECADES)

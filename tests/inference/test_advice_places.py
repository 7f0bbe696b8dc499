"""Advice on a small posterior whose answer can be worked out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.inference.advice import CANDIDATE_DECADES, DRAWN_DECADES, Prescription, belief, prescribe
from lrdoctor.inference.band import inside_of_cells, normalise, on_cells
from lrdoctor.inference.tables import Tables
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.fine_tuning import FineTuning
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import VERDICTS, Verdict

SEEN = Quality(points=100, non_finite=0, diverged=Divergence(None, 0.3), filtered=None, refusal="")
BROKE = replace(SEEN, diverged=Divergence(DivergenceKind.RISING, 3.0))
LATE = replace(SEEN, no_beginning="this log begins at step 140,749")
TUNED = replace(SEEN, fine_tuning=FineTuning(0.2))
BORDERS = np.round(np.arange(-7.0, 7.01, 0.1), 2)
N = len(BORDERS) - 1
TABLES = Tables(BORDERS, np.where(np.triu(np.ones((N, N))) > 0, 0.0, -np.inf), {}, 1.0, {})


def bands(*places: tuple[float, float, float]) -> np.ndarray:
    """P(low, high) of bands given as (low, high, probability), each edge in the cell that begins there."""
    joint = np.zeros((N, N))
    for low, high, p in places:
        joint[np.abs(BORDERS - low).argmin(), np.abs(BORDERS - high).argmin()] += p
    return joint


def chances(sure: float, verdict: Verdict) -> dict[Verdict, float]:
    """Probabilities of the four verdicts: `sure` for one, the rest shared."""
    return {one: sure if one is verdict else (1 - sure) / 3 for one in VERDICTS}


def factor(joint: np.ndarray, verdict: Verdict, quality: Quality = SEEN, sure: float = 0.95) -> float:
    """log10 of the factor that is prescribed."""
    found = prescribe(joint, TABLES, quality, verdict, chances(sure, verdict)).factor
    assert found is not None
    return float(np.log10(found))


def test_what_is_looked_at_is_even_and_holds_this_runs_own_place() -> None:
    for places, end in ((DRAWN_DECADES, 4.0), (CANDIDATE_DECADES, 6.5)):
        assert (places[0], places[-1]) == (-end, end)
        assert 0.0 in places
        assert np.diff(places) == pytest.approx(0.05)


def test_advice_leads_into_the_band_by_the_shortest_way_that_costs_nothing() -> None:
    joint = bands((1.0, 2.0, 1.0))
    assert 1.1 <= factor(joint, Verdict.TOO_SLOW) <= 2.0
    said = prescribe(joint, TABLES, SEEN, Verdict.TOO_SLOW, chances(0.95, Verdict.TOO_SLOW))
    assert said.interval_decades == on_cells(joint, BORDERS, CANDIDATE_DECADES).interval()
    assert -2.0 <= factor(bands((-2.0, -1.1, 1.0)), Verdict.TOO_HIGH) <= -1.1


@pytest.mark.parametrize("verdict", [Verdict.TOO_SLOW, Verdict.TOO_HIGH, Verdict.DIVERGENT])
def test_advice_never_leads_against_its_verdict(verdict: Verdict) -> None:
    wrong = bands((-2.0, -1.1, 1.0)) if verdict is Verdict.TOO_SLOW else bands((1.0, 2.0, 1.0))
    led = factor(wrong, verdict)
    assert led >= 0 if verdict is Verdict.TOO_SLOW else led <= 0


@pytest.mark.parametrize(
    ("sure", "quality", "most"),
    [
        (0.95, SEEN, math.inf),
        (0.89, SEEN, 1.0),  # more than ten times takes a very likely verdict
        (0.7, SEEN, 1.0),
        (0.69, SEEN, 0.5),  # and a verdict that is not likely leads no further than three times
        (0.95, LATE, 1.0),  # a log without its beginning is no whole log
        (0.95, replace(SEEN, doubts=("a sample",)), 1.0),
        (0.95, TUNED, 1.0),
    ],
)
def test_up_leads_as_far_as_one_would_dare(sure: float, quality: Quality, most: float) -> None:
    led = factor(bands((2.0, 3.0, 1.0)), Verdict.TOO_SLOW, quality, sure)
    assert led == pytest.approx(min(most, 2.1), abs=0.11)


@pytest.mark.parametrize(
    ("verdict", "quality", "sure", "most"),
    [
        (Verdict.TOO_HIGH, SEEN, 0.7, math.inf),  # down costs time alone
        (Verdict.TOO_HIGH, SEEN, 0.69, 0.5),
        (Verdict.TOO_HIGH, LATE, 0.95, 1.0),
        (Verdict.DIVERGENT, BROKE, 0.6, math.inf),  # an absurd LR is not left in steps of ten
        (Verdict.DIVERGENT, replace(BROKE, no_beginning="late"), 0.6, math.inf),
        (Verdict.DIVERGENT, replace(BROKE, fine_tuning=FineTuning(0.9)), 0.95, 1.0),
    ],
)
def test_down_leads_further(verdict: Verdict, quality: Quality, sure: float, most: float) -> None:
    led = factor(bands((-2.2, -1.3, 1.0)), verdict, quality, sure)
    assert -2.2 <= led <= -1.3 if most > 2 else led == pytest.approx(-most)


def test_no_candidate_reaches_the_lr_at_which_the_run_blew_up() -> None:
    joint = bands((-2.0, -0.5, 1.0))
    said = prescribe(joint, TABLES, BROKE, Verdict.DIVERGENT, chances(0.95, Verdict.DIVERGENT), blew_up_at=-1.5)
    assert said.factor is not None
    assert np.log10(said.factor) < -1.5


@pytest.mark.parametrize(("there", "moves"), [(0.02, False), (0.9, True)])
def test_moving_must_be_worth_it(there: float, moves: bool) -> None:
    joint = bands((-0.5, 0.5, 1 - there), (0.4, 1.4, there))
    assert (factor(joint, Verdict.TOO_SLOW) != 0) == moves


def test_harm_is_kept_unlikely_by_a_shorter_way_or_by_staying() -> None:
    # In one case of three the band ends right above this run: the step that is best on average harms it.
    joint = bands((-0.5, 0.1, 0.34), (1.5, 2.5, 0.66))
    assert factor(joint, Verdict.TOO_SLOW) < 0.2
    assert factor(bands((-0.5, 0.1, 0.05), (1.5, 2.5, 0.95)), Verdict.TOO_SLOW) > 1.5


@pytest.mark.parametrize(("sure", "quality", "stays"), [(0.7, SEEN, True), (0.69, SEEN, False), (0.5, TUNED, True)])
def test_a_good_run_stays(sure: float, quality: Quality, stays: bool) -> None:
    joint = bands((-0.5, 0.5, 0.3), (0.3, 1.5, 0.7))
    assert (factor(joint, Verdict.WELL_TUNED, quality, sure) == 0) == stays


def test_a_run_that_diverged_never_stays_and_no_verdict_prescribes_nothing() -> None:
    assert factor(bands((-0.3, 0.3, 0.9), (-2.0, -1.0, 0.1)), Verdict.DIVERGENT, BROKE) < 0
    said = prescribe(bands((1.0, 2.0, 1.0)), TABLES, SEEN, Verdict.INCONCLUSIVE, chances(0.4, Verdict.TOO_SLOW))
    assert said.factor is None


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

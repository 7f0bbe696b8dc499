"""From a distribution to words: what is observed, what cannot be told apart, what to do."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import limits
from lrdoctor.band import shortest_interval as interval
from lrdoctor.diagnosis import Verdict
from lrdoctor.divergence import Divergence, DivergenceKind
from lrdoctor.judge import choose, prescribe, verdict_probabilities
from lrdoctor.posterior import load_tables
from lrdoctor.quality import Quality

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

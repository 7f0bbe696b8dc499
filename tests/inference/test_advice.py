"""From a distribution to words: what is observed, what cannot be told apart, what to do."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import limits
from lrdoctor.inference.band import shortest_interval as interval
from lrdoctor.inference.verdict import choose, verdict_probabilities
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import Verdict

SEEN = Quality(points=100, non_finite=0, diverged=Divergence(None, 0.3), filtered=None, refusal="")


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


def test_the_interval_holds_its_mass() -> None:
    decades = np.linspace(-4, 4, 801)
    mass = np.exp(-0.5 * decades**2)
    low, high = interval(mass / mass.sum(), decades)
    assert limits.INTERVAL == 0.8
    assert (low, high) == pytest.approx((-1.2816, 1.2816), abs=0.02)
    leaning = np.where(decades >= 0, np.exp(-decades), 0.0)
    low, high = interval(leaning / leaning.sum(), decades)
    assert (low, high) == pytest.approx((0.0, 1.54), abs=0.02)  # the central one is 0.1 to 2.2


@pytest.mark.parametrize(
    ("ratio", "share"), [(0.9, 0.0), (0.95, 0.0), (1.05, 0.125), (1.15, 0.25), (1.3, 0.25), (float("nan"), 0.0)]
)
def test_an_end_about_where_the_start_was_may_have_diverged(ratio: float, share: float) -> None:
    p = verdict_probabilities(0.1, 0.6, replace(SEEN, diverged=Divergence(None, ratio)))
    assert p[Verdict.DIVERGENT] == pytest.approx(0.6 * share)
    assert p[Verdict.TOO_HIGH] == pytest.approx(0.6 * (1 - share))
    earning = verdict_probabilities(0.1, 0.6, replace(SEEN, diverged=Divergence(None, ratio), moving_target=True))
    assert earning[Verdict.DIVERGENT] == 0, "a loss that rises with what a policy earns"

"""From the distribution to a verdict: every branch, at its border."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import limits
from lrdoctor.inference.tables import Tables
from lrdoctor.inference.verdict import choose, divergence_log_factors, verdict_probabilities
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.records.diagnosis import VERDICTS, Verdict

SLOW, WELL, HIGH, DIVERGENT, INCONCLUSIVE = Verdict
SEEN = Quality(points=100, non_finite=0, diverged=Divergence(None, 0.3), filtered=None, refusal="")
BROKE = replace(SEEN, diverged=Divergence(DivergenceKind.RISING, 3.0))
EARNING = replace(SEEN, moving_target=True)
NAN = float("nan")


@pytest.mark.parametrize(
    ("below", "above", "ratio", "four"),
    [
        (0.2, 0.3, 0.3, (0.2, 0.5, 0.3, 0.0)),
        (0.5, 0.5, 0.3, (0.5, 0.0, 0.5, 0.0)),
        (0.6, 0.5, 0.3, (0.6, 0.0, 0.5, 0.0)),  # rounding never makes a probability negative
        (0.2, 0.4, 1.05, (0.2, 0.4, 0.35, 0.05)),  # halfway from 0.95 to 1.15: an eighth
        (0.2, 0.4, 1.0, (0.2, 0.4, 0.375, 0.025)),
        (0.2, 0.4, 9.0, (0.2, 0.4, 0.3, 0.1)),
        (0.2, 0.4, NAN, (0.2, 0.4, 0.4, 0.0)),
    ],
)
def test_the_four_probabilities_of_a_run_that_was_not_seen_to_diverge(
    below: float, above: float, ratio: float, four: tuple[float, ...]
) -> None:
    p = verdict_probabilities(below, above, replace(SEEN, diverged=Divergence(None, ratio)))
    assert list(p) == list(VERDICTS)
    assert list(p.values()) == pytest.approx(four)
    earning = verdict_probabilities(below, above, replace(EARNING, diverged=Divergence(None, ratio)))
    assert earning[DIVERGENT] == 0, "the loss of a policy may end anywhere"
    assert earning[HIGH] == above


@pytest.mark.parametrize(("below", "slow"), [(0.9, 0.05), (0.05, 0.05), (0.01, 0.01), (0.0, 0.0)])
def test_a_run_that_diverged_was_below_the_band_in_one_case_of_twenty_at_most(below: float, slow: float) -> None:
    p = verdict_probabilities(below, 0.1, BROKE)
    assert p == {SLOW: slow, WELL: 0.0, HIGH: 0.0, DIVERGENT: 1 - slow}


def test_having_diverged_puts_the_run_above_the_band_with_a_little_doubt() -> None:
    # Six cells, the run's LR between the second and the third.
    tables = Tables(np.array([-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]), np.zeros((6, 6)), {}, 1.0, {})
    doubt = np.log(limits.DIVERGED_BELOW)
    low, high = [0, 0, *[doubt] * 4], [0, 0, *[doubt] * 4]
    assert divergence_log_factors(tables, BROKE).tolist() == [*low, *high]
    assert divergence_log_factors(tables, SEEN).tolist() == [0.0] * 12


def probabilities(
    slow: float = 0.0, well: float = 0.0, high: float = 0.0, divergent: float = 0.0
) -> dict[Verdict, float]:
    return {SLOW: slow, WELL: well, HIGH: high, DIVERGENT: divergent}


FLAT = "a flat loss is what a far too low and a far too high LR both leave"
BOTH = "the log fits both about as well"
MOVING = "the loss of reinforcement learning follows a moving target and is no measure of progress"


@pytest.mark.parametrize(
    ("p", "quality", "verdict", "reason"),
    [
        (probabilities(slow=0.9, high=0.1), SEEN, SLOW, ""),
        (probabilities(well=0.5, high=0.3, slow=0.2), SEEN, WELL, ""),
        (probabilities(high=0.42, slow=0.38, well=0.2), SEEN, HIGH, ""),  # 0.42 is enough
        (probabilities(slow=0.1, divergent=0.9), SEEN, DIVERGENT, ""),
        (
            probabilities(slow=0.41, high=0.39, well=0.2),
            SEEN,
            INCONCLUSIVE,
            f"too-slow (41%) or too-high (39%): {FLAT}",
        ),
        (
            probabilities(slow=0.35, high=0.41, well=0.24),
            SEEN,
            INCONCLUSIVE,
            f"too-high (41%) or too-slow (35%): {FLAT}",
        ),
        (
            probabilities(slow=0.25, high=0.35, well=0.4),
            SEEN,
            INCONCLUSIVE,
            f"well-tuned (40%) or too-high (35%): {BOTH}",
        ),
        (
            probabilities(slow=0.41, high=0.2, well=0.39),
            SEEN,
            INCONCLUSIVE,
            f"too-slow (41%) or well-tuned (39%): {BOTH}",
        ),
        (probabilities(slow=0.9, well=0.1), EARNING, INCONCLUSIVE, f"too-slow (90%) at best: {MOVING}"),
        (
            probabilities(slow=0.05, divergent=0.95),
            replace(BROKE, moving_target=True),
            DIVERGENT,
            "",
        ),
        (probabilities(slow=0.9, well=0.1), replace(SEEN, refusal="three points"), INCONCLUSIVE, "three points"),
        (probabilities(slow=0.9, well=0.1), replace(BROKE, refusal="three points"), INCONCLUSIVE, "three points"),
    ],
)
def test_the_verdict_and_its_reason(p: dict[Verdict, float], quality: Quality, verdict: Verdict, reason: str) -> None:
    assert choose(p, quality) == (verdict, reason)

"""How the budget is cut: shares that add up, horizons that fit, LRs that span what is believed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UsageError
from lrdoctor.replay import plan
from lrdoctor.replay.belief.edges import GRID, Edges
from lrdoctor.replay.safeguards.budget import EVALUATION


def believed(middle: float, spread: float, half: float = 0.3) -> Edges:
    low, high = GRID[:, None], GRID[None, :]
    log_p = -((low + half - middle) ** 2 + (high - half - middle) ** 2) / (2 * spread**2)
    return Edges(np.where(high >= low, log_p, -np.inf))


@pytest.mark.parametrize("steps", [60, 100, 119, 120, 300, 599, 600, 1000, 10_000])
@pytest.mark.parametrize("spread", [0.1, 1.5])
def test_rounds_get_longer_and_fit_into_the_budget(steps: int, spread: float) -> None:
    stages = plan.stages(steps, believed(-3, spread))
    assert stages
    left, before, arms = float(steps), 0, 0
    for k, stage in enumerate(stages):
        horizon = plan.horizon(stage, stages[k + 1 :], left, 10**9)
        assert horizon >= before
        assert horizon >= plan.LEAST_HORIZON
        each = horizon + plan.held_out(horizon) * EVALUATION
        assert (stage.arms * each <= left) or k < len(stages) - 1
        if stage.arms == 2:  # one is the best and stands at an end: a third goes beyond it
            assert 3 * each <= left
            arms += plan.SPARE
        left -= stage.arms * each
        before, arms = horizon, arms + stage.arms
    assert 0 <= left < 0.5 * steps
    assert arms >= 3


def test_no_horizon_is_longer_than_the_run() -> None:
    stage = plan.stages(1000, believed(-3, 1.5))[-1]
    assert plan.horizon(stage, (), 1000, 40) == 40


def test_what_is_believed_narrowly_needs_no_first_look() -> None:
    wide, narrow = believed(-3, 1.5), believed(-3, 0.1)
    assert plan.needs_range_test(wide)
    assert not plan.needs_range_test(narrow)
    for steps in (300, 1000):
        assert len(plan.stages(steps, narrow)) < len(plan.stages(steps, wide))


@given(
    middle=st.floats(-8, 1), spread=st.floats(0.05, 2), shift=st.floats(-2, 2), steps=st.sampled_from([60, 300, 1000])
)
def test_candidates_span_what_is_believed(middle: float, spread: float, shift: float, steps: int) -> None:
    edges = believed(middle, spread)
    for stage in plan.stages(steps, edges):
        lrs = plan.candidates(edges, stage, shift)
        x = np.log10(lrs)
        assert len(lrs) == stage.arms
        gaps = np.diff(np.sort(x))
        assert gaps == pytest.approx(np.full(len(gaps), gaps[0]))
        assert stage.least - 1e-9 <= gaps[0] <= stage.most + 1e-9
        assert abs(x[0] - x.mean()) <= gaps[0], "the middle one comes first"
        centre = sum(edges.band.central_interval(0.9)) / 2 - shift
        assert abs(x.mean() - centre) <= max(np.ptp(edges.band.central_interval(0.9)) / 2, 0.1)


@given(horizon=st.integers(1, 100_000))
def test_an_arm_ends_on_some_unseen_batches_but_not_many(horizon: int) -> None:
    count = plan.held_out(horizon)
    assert 4 <= count <= 24
    assert count <= max(4, horizon / 3)


@pytest.mark.parametrize("steps", [60, 120, 300, 600, 1000, 100_000])
def test_other_parts_leave_most_to_the_arms(steps: int) -> None:
    assert plan.range_test_steps(steps) + plan.curvature_steps(steps) < 0.3 * steps
    assert plan.curvature_steps(steps) >= 0


def test_too_few_steps_are_refused() -> None:
    plan.check_steps(plan.FEWEST_STEPS)
    for steps in (plan.FEWEST_STEPS - 1, 0, -5):
        with pytest.raises(UsageError, match=f"{steps} steps are too few"):
            plan.check_steps(steps)

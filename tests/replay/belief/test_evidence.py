"""What cost curves with a known optimum say about the band."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.limits import REPLAY_TEMPERATURE, REPLAY_UNSURE
from lrdoctor.records.replay import Arm, Curvature, Drift, RangeTest, Round
from lrdoctor.replay.belief.edges import GRID, Edges, softened
from lrdoctor.replay.belief.evidence import (
    Seen,
    blows_up_from,
    did_harm,
    drift_of,
    from_blow_ups,
    from_curvature,
    from_ramps,
    harmful,
    learned,
    log_likelihood,
    regrets,
    rose,
    rounds_seen,
    seen,
    slow,
    temperature,
    weights,
)
from lrdoctor.replay.belief.other_tasks import CENTRE_TO_MIDDLE, WIDENS

UNTRAINED = 2.3
STILL = Drift(0.0, 0.0, 0.0)


def arm(log_lr: float, cost: float) -> Arm:
    return Arm(10**log_lr, np.array([UNTRAINED, cost]), cost, broke=math.isinf(cost))


def bowl(best: float, floor: float = 1.0, width: float = 1.0) -> Callable[[float], float]:
    return lambda x: floor + (UNTRAINED - floor) * min(((x - best) / width) ** 2 / 4, 1.0)


def arms(cost: Callable[[float], float], at: Iterable[float]) -> list[Arm]:
    return [arm(x, float(cost(x))) for x in at]


GRID_OF_SEVEN = np.linspace(-4.5, -1.5, 7)


class TestRegrets:
    @given(
        costs=st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(math.inf)), min_size=1, max_size=8),
        start=st.floats(-1e6, 1e6),
    )
    def test_they_are_shares(self, costs: list[float], start: float) -> None:
        found = regrets([arm(-3 + k / 2, cost) for k, cost in enumerate(costs)], start)
        assert ((found >= 0) & (found <= 1)).all()
        for cost, regret in zip(costs, found, strict=True):
            assert regret == 1 or math.isfinite(cost)
        if any(map(math.isfinite, costs)):
            assert found[int(np.argmin(costs))] == 0

    def test_of_what_the_best_one_gained(self) -> None:
        found = regrets([arm(-3, 2.3), arm(-2, 1.3), arm(-1, 1.8), arm(0, math.inf), arm(1, 9.0)], UNTRAINED)
        assert found == pytest.approx([1, 0, 0.5, 1, 1])

    @given(shift=st.floats(-100, 100), power=st.floats(-3, 3))
    def test_neither_a_constant_nor_the_scale_matters(self, shift: float, power: float) -> None:
        plain = arms(bowl(-3), GRID_OF_SEVEN)
        other = [arm(math.log10(a.lr), (a.cost + shift) * 10**power) for a in plain]
        assert regrets(other, (UNTRAINED + shift) * 10**power) == pytest.approx(regrets(plain, UNTRAINED), abs=1e-6)


class TestWhatArmsDid:
    def test_learned(self) -> None:
        assert learned(arms(bowl(-3), GRID_OF_SEVEN), UNTRAINED)
        assert not learned([arm(-3, UNTRAINED)], UNTRAINED)
        assert not learned([arm(-3, math.inf)], UNTRAINED)
        assert not learned([], UNTRAINED)
        assert learned([arm(-3, -2.0)], -1.0)
        assert not learned([arm(-3, -1.0)], -1.0)

    def test_harmful(self) -> None:
        assert harmful(arm(-3, math.inf), UNTRAINED)
        assert harmful(arm(-3, math.nan), UNTRAINED)
        assert harmful(arm(-3, 3.0), UNTRAINED)
        assert not harmful(arm(-3, UNTRAINED), UNTRAINED)
        assert not harmful(arm(-3, 1.0), UNTRAINED)
        assert harmful(arm(-3, 0.5), -1.0)

    def test_an_arm_that_broke_does_harm_whatever_the_untrained_loss_is(self) -> None:
        assert harmful(arm(-3, math.inf), math.inf)

    def test_where_every_arm_from_an_lr_on_ended_far_up(self) -> None:
        costs = [1.0, 0.5, 2.2, 9.0, math.inf]
        made = Round(10, [arm(x, cost) for x, cost in zip((-4, -3, -2, -1, 0), costs, strict=True)], UNTRAINED, None)
        assert blows_up_from(made) == pytest.approx(-1)
        assert blows_up_from(Round(10, made.arms[:3], UNTRAINED, None)) == math.inf
        assert blows_up_from(Round(10, [arm(-4, 9.0), arm(-3, 1.0)], UNTRAINED, None)) == math.inf, "luck, not a bound"
        assert blows_up_from(Round(10, [], UNTRAINED, None)) == math.inf

    def test_slow(self) -> None:
        assert slow(Round(10, arms(bowl(-3, floor=2.29), GRID_OF_SEVEN), UNTRAINED, None))
        assert not slow(Round(10, arms(bowl(-3), GRID_OF_SEVEN), UNTRAINED, None))

    def test_rounds_that_hardly_gained_are_less_sure(self) -> None:
        little, hardly, much = (
            Round(10, arms(bowl(-3, floor=floor), GRID_OF_SEVEN), UNTRAINED, None) for floor in (2.22, 2.29, 1.0)
        )
        assert slow(little)
        assert temperature([]) == temperature([much]) == temperature([hardly, little]) == REPLAY_TEMPERATURE
        assert temperature([much, hardly]) == REPLAY_TEMPERATURE * REPLAY_UNSURE

    def test_a_round_of_broken_arms_tells_nothing_apart(self) -> None:
        assert slow(Round(10, arms(lambda _: math.inf, GRID_OF_SEVEN), UNTRAINED, None))


LEARNED, LITTLE, NOTHING = bowl(-3), bowl(-3, floor=2.17), bowl(-3, floor=UNTRAINED)


class TestWeights:
    def of(self, *rounds: tuple[int, Callable[[float], float]]) -> list[float]:
        return list(weights([Round(h, arms(cost, GRID_OF_SEVEN), UNTRAINED, None) for h, cost in rounds]))

    def test_the_longest_round_that_learned_most_counts_fully(self) -> None:
        assert self.of((40, LEARNED)) == [1]
        assert self.of((10, LEARNED), (40, LEARNED)) == pytest.approx([0.5, 1])

    def test_a_round_that_saw_a_tenth_of_the_descent_counts_a_tenth(self) -> None:
        assert self.of((40, LITTLE), (40, LEARNED)) == pytest.approx([0.1, 1])

    def test_rounds_that_learned_nothing_count_only_among_their_like(self) -> None:
        assert self.of((40, NOTHING), (40, LEARNED)) == [0, 1]
        assert self.of((10, NOTHING), (40, NOTHING)) == pytest.approx([0.5, 1])
        assert self.of() == []


class TestBlowUps:
    def test_the_lowest_of_any_round_bounds_the_high_edge(self) -> None:
        blown = [Round(h, [arm(-4, 1.0), arm(x, math.inf)], UNTRAINED, None) for h, x in ((10, -1.0), (40, -2.0))]
        found = from_blow_ups(blown)
        assert found == pytest.approx(from_blow_ups(blown[1:]))
        assert np.all(np.diff(found) <= 0)
        far, near = np.interp([-4.0, 0.0], GRID, found)
        assert far == pytest.approx(0, abs=0.01)
        assert near < -5

    def test_without_one_nothing_is_said(self) -> None:
        assert not from_blow_ups([]).any()
        assert not from_blow_ups([Round(10, arms(bowl(-3), GRID_OF_SEVEN), UNTRAINED, None)]).any()


class TestSeen:
    @given(best=st.floats(-4, -2), width=st.floats(0.5, 1.2))
    def test_the_optimum_of_a_bowl(self, best: float, width: float) -> None:
        found = seen(arms(bowl(best, width=width), GRID_OF_SEVEN), UNTRAINED)
        assert found.learned
        assert found.best == pytest.approx(best, abs=0.3)
        assert found.low - found.gap / 2 <= found.best <= found.high + found.gap / 2
        assert found.gap == pytest.approx(0.5)

    @given(shift=st.floats(-3, 3))
    def test_it_moves_with_the_lrs(self, shift: float) -> None:
        plain = seen(arms(bowl(-3.1), GRID_OF_SEVEN), UNTRAINED)
        moved = seen(arms(bowl(-3.1 + shift), GRID_OF_SEVEN + shift), UNTRAINED)
        assert (moved.low, moved.best, moved.high) == pytest.approx(
            (plain.low + shift, plain.best + shift, plain.high + shift), abs=0.03
        )

    @pytest.mark.parametrize(("best", "low", "high"), [(-1.5, False, True), (-4.5, True, False), (-0.5, False, True)])
    def test_beyond_an_end_that_is_best_nothing_is_known(self, best: float, low: bool, high: bool) -> None:
        found = seen(arms(bowl(best), GRID_OF_SEVEN), UNTRAINED)
        assert (math.isinf(found.low), math.isinf(found.high)) == (low, high)
        assert found.best == pytest.approx(-1.5 if high else -4.5)

    def test_a_plateau_is_a_band(self) -> None:
        found = seen(arms(lambda x: 1.0 if -3.6 < x < -2.4 else 2.0, GRID_OF_SEVEN), UNTRAINED)
        assert -4 < found.low <= -3.5
        assert -2.5 <= found.high < -2
        assert found.best == pytest.approx(-3, abs=0.1)

    def test_arms_that_broke_bound_it_from_above(self) -> None:
        found = seen([arm(-4, 2.2), arm(-3, 1.5), arm(-2, 1.2), arm(-1, math.inf)], UNTRAINED)
        assert -2 <= found.high < -1
        assert found.best < -1.5

    def test_one_arm_says_only_that_it_learned(self) -> None:
        found = seen([arm(-3, 1.0)], UNTRAINED)
        assert found.best == pytest.approx(-3)
        assert (found.low, found.high) == (-math.inf, math.inf)
        assert found.gap > 1

    @pytest.mark.parametrize(
        ("costs", "low", "high"),
        [
            ([math.inf, math.inf, math.inf], -math.inf, -4),
            ([UNTRAINED] * 3, -2, math.inf),
            ([UNTRAINED, UNTRAINED, math.inf], -3, -2),
            ([UNTRAINED, 5.0, math.inf], -4, -3),
        ],
    )
    def test_arms_that_learned_nothing_bracket_it(self, costs: list[float], low: float, high: float) -> None:
        found = seen([arm(x, cost) for x, cost in zip((-4, -3, -2), costs, strict=True)], UNTRAINED)
        assert not found.learned
        assert low <= found.best <= high
        assert math.isfinite(found.best)

    def test_rounds_by_their_horizon(self) -> None:
        made = [Round(h, arms(bowl(-3), GRID_OF_SEVEN), UNTRAINED, None) for h in (10, 40)]
        assert [h for h, _ in rounds_seen(made)] == [10, 40]


def flat(low: float = -9.0, high: float = 2.0) -> Edges:
    inside = (GRID[:, None] >= low) & (GRID[None, :] <= high) & (GRID[None, :] >= GRID[:, None])
    narrow = np.clip(1 - (GRID[None, :] - GRID[:, None]) / 2, 1e-3, 1)
    return Edges(np.where(inside, np.log(narrow), -np.inf))


class TestLogLikelihood:
    def test_edges_that_were_seen_are_likeliest(self) -> None:
        low, high = log_likelihood(Seen(-4, -2.5, -3.2, 0.3), 0.0, STILL, 1.0)
        assert GRID[low.argmax()] == pytest.approx(-4, abs=0.15)
        assert GRID[high.argmax()] == pytest.approx(-2.5, abs=0.15)
        assert flat().given(low, high).best == pytest.approx(-3.25, abs=0.3)

    @given(slope=st.floats(-1, 1), length=st.floats(0, 3))
    def test_it_moves_with_the_drift(self, slope: float, length: float) -> None:
        one = Seen(-4, -2.5, -3.2, 0.3)
        low, high = log_likelihood(one, length, Drift(slope, 0.0, 0.0), 1.0)
        by_hand = log_likelihood(
            replace(
                one,
                low=-4 + (slope + WIDENS[0]) * length,
                high=-2.5 + (slope + WIDENS[1]) * length,
                best=-3.2 + slope * length,
            ),
            0.0,
            STILL,
            1.0,
        )
        assert low == pytest.approx(by_hand[0])
        assert high == pytest.approx(by_hand[1])

    def test_doubt_of_the_drift_and_wide_gaps_make_it_wider(self) -> None:
        def width(gap: float, error: float, length: float) -> float:
            found = Seen(-4, -2.5, -3.2, gap)
            edges = flat().given(*log_likelihood(found, length, Drift(0.0, error, 0.0), 1.0))
            left, right = edges.band.central_interval(0.8)
            return right - left

        assert width(0.3, 0.0, 2.0) < width(0.3, 0.2, 2.0) < width(0.3, 0.5, 2.0)
        assert width(0.3, 0.3, 0.5) < width(0.3, 0.3, 2.0)
        assert width(0.2, 0.0, 0.0) < width(1.5, 0.0, 0.0)

    def test_its_weight_is_an_exponent(self) -> None:
        one = Seen(-4, -2.5, -3.2, 0.3)
        (low, high), (half, other) = (log_likelihood(one, 1.0, STILL, w) for w in (1.0, 0.5))
        assert half == pytest.approx(low / 2)
        assert other == pytest.approx(high / 2)
        assert (low <= 0).all()

    def test_open_ends_leave_their_edge_open(self) -> None:
        low, high = log_likelihood(Seen(-4, math.inf, -2.0, 0.3), 0.0, STILL, 1.0)
        assert high[GRID > 0] == pytest.approx(np.zeros((GRID > 0).sum()), abs=1e-3)
        assert high[GRID < -4].max() < -3, "but the best LR lies below it"
        assert low.argmax() < high.argmax()

    def test_it_never_rules_anything_out(self) -> None:
        for found in (Seen(-4, -2.5, -3.2, 0.3), Seen(-math.inf, -4, -4.7, 1.5, learned=False)):
            for part in log_likelihood(found, 2.0, Drift(-0.4, 0.1, 0.0), 1.0):
                assert np.isfinite(part).all()

    @pytest.mark.parametrize("best", [-8.0, -5.0, -1.0, 1.0])
    def test_arms_win_against_custom(self, best: float) -> None:
        """A round that goes on well beyond what was believed carries the answer with it."""
        middle = 0.5 * (GRID[:, None] + GRID[None, :])
        edges = softened(Edges(np.where(GRID[None, :] >= GRID[:, None], -((middle + 3) ** 2) / 0.02, -np.inf)))
        assert edges.best == pytest.approx(-3, abs=0.2)
        x = np.linspace(best - 1, best + 1, 5)
        for length in (1.5, 0.9, 0.3):
            edges = edges.given(*log_likelihood(seen(arms(bowl(best, width=0.4), x), UNTRAINED), length, STILL, 1.0))
        assert edges.best == pytest.approx(best, abs=0.3)

    def test_the_middle_of_the_band_lies_above_the_centre_of_the_good(self) -> None:
        low, high = log_likelihood(Seen(-math.inf, math.inf, -3.0, 0.3), 0.0, STILL, 1.0)
        assert CENTRE_TO_MIDDLE > 0
        assert GRID[np.abs(low - high).argmin()] == pytest.approx(-3 + CENTRE_TO_MIDDLE, abs=1e-9)


def test_a_dead_models_lr_was_too_high() -> None:
    """Thrown far up by its first update, it then gives the same for everything: about the untrained loss."""
    untrained = 2.30
    dead = Arm(1.0, np.r_[2.31, 62_000.0, 40.0, np.full(20, 2.31)], 2.29)
    still = Arm(1e-3, np.full(23, 2.31), 2.30)
    assert rose(dead)
    assert did_harm(dead, untrained)
    assert not harmful(dead, untrained)
    assert not did_harm(still, untrained)
    found = seen([still, replace(dead, cost=2.2999)], untrained)
    assert (found.low, found.high) == (-math.inf, 0.0)


class TestOtherEvidence:
    def test_ramps_point_to_both_edges(self) -> None:
        empty = np.empty(0)
        part = from_ramps(RangeTest((), empty, empty, empty, 1e-3, 1.0, (1e-3, 1e-1)))
        assert GRID[part.argmax()] == pytest.approx(-2)
        assert part[np.argmin(np.abs(GRID + 3))] == pytest.approx(part[np.argmin(np.abs(GRID + 1))])
        assert from_ramps(RangeTest((), empty, empty, empty, None, None, None, "flat")).tolist() == [0] * len(GRID)

    def test_curvature_points_below_its_limit(self) -> None:
        measured = Curvature(10.0, 0.2, preconditioned=False, step=10, residual=0.01, products=6)
        part = from_curvature(measured, (-0.8, 0.5))
        assert -4 < GRID[part.argmax()] < 0.3
        moved = from_curvature(replace(measured, limit=2.0), (-0.8, 0.5))
        assert GRID[moved.argmax()] - GRID[part.argmax()] == pytest.approx(1, abs=0.051)
        assert from_curvature(replace(measured, limit=None), (-0.8, 0.5)).tolist() == [0] * len(GRID)


class TestDrift:
    CUSTOM = (-0.2, 0.2)

    def moving(self, slope: float, horizons: Sequence[int], gap: float = 0.1) -> list[tuple[int, Seen]]:
        return [(h, Seen(-4, -2, -3 + slope * math.log10(h), gap)) for h in horizons]

    @given(slope=st.floats(-1, 1))
    def test_a_slope_is_measured_and_weighed_with_custom(self, slope: float) -> None:
        found = drift_of(self.moving(slope, (10, 100, 1000)), 10_000, self.CUSTOM)
        assert found.measured == pytest.approx(slope)
        low, high = sorted((slope, self.CUSTOM[0]))
        assert low - 1e-9 <= found.slope <= high + 1e-9
        assert abs(found.slope - self.CUSTOM[0]) <= abs(found.slope - slope) + 1e-9, "the next stretch may differ"
        # The wider the horizons lie apart, the more the measured slope counts.
        near = drift_of(self.moving(slope, (10, 20, 40)), 10_000, self.CUSTOM)
        assert abs(found.slope - slope) <= abs(near.slope - slope) + 1e-9
        assert 0 < found.error < self.CUSTOM[1]
        assert found.shift == pytest.approx(found.slope * 1.0)

    def test_one_round_measures_nothing(self) -> None:
        found = drift_of(self.moving(0.5, (100,)), 1000, self.CUSTOM)
        assert found.measured is None
        assert (found.slope, found.error, found.shift) == pytest.approx((-0.2, 0.2, -0.2))

    def test_rounds_of_one_length_measure_nothing(self) -> None:
        assert drift_of(self.moving(0.5, (100, 100)), 1000, self.CUSTOM).measured is None

    def test_a_longer_lever_and_finer_arms_weigh_more(self) -> None:
        def error(horizons: Sequence[int], gap: float) -> float:
            return drift_of(self.moving(0.5, horizons, gap), 10_000, self.CUSTOM).error

        assert error((10, 1000), 0.5) < error((10, 100), 0.5) < error((10, 20), 0.5) < self.CUSTOM[1]
        assert error((10, 100), 0.4) < error((10, 100), 1.0)

    def test_a_run_no_longer_than_the_reruns_moves_nothing(self) -> None:
        for steps in (1000, 50):
            assert drift_of(self.moving(0.5, (100, 1000)), steps, self.CUSTOM).shift == 0

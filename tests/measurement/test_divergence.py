"""The definition of divergence, to its borders: which part is the end, what it is compared with, what noise excuses."""

import math

import numpy as np
import pytest

from lrdoctor.measurement.divergence import Divergence, DivergenceKind, divergence, loss_of_chance, tail

NAN = math.nan


@pytest.mark.parametrize(("n", "last"), [(3, 3), (5, 5), (100, 5), (299, 5), (300, 6), (1000, 20), (1049, 20)])
def test_the_end_is_two_per_cent_and_five_points_at_least(n: int, last: int) -> None:
    assert tail(np.arange(float(n))).tolist() == list(range(n - last, n))


def test_a_run_is_only_true_where_it_diverged() -> None:
    assert not Divergence()
    assert not Divergence(None, 3.0)
    assert math.isnan(Divergence().end_ratio)
    assert all(Divergence(kind) for kind in DivergenceKind)


@pytest.mark.parametrize(
    ("losses", "kind", "ratio"),
    [
        ([1.0] + [4.0] * 6, None, NAN),  # seven losses: nothing is said of a rise
        ([1.0] + [4.0] * 7, DivergenceKind.RISING, 4.0),
        ([2.0] + [1.0] * 19, None, 0.5),
        ([NAN, 2.0, 7.0] + [3.0] * 20, DivergenceKind.RISING, 1.5),  # the first finite loss is the start
        ([-2.0] + [-1.0] * 20, DivergenceKind.RISING, 1.5),  # of losses that can be negative: by the start's size
        ([-2.0] + [-3.0] * 20, None, 0.5),
        ([3.0] + [1.0] * 20, None, 0.3333),
        ([3.0] + [5.0] * 20, DivergenceKind.RISING, 1.6667),
        ([0.0] + [1e-301] * 20, DivergenceKind.RISING, 1.1),  # a start of 0 has no size of its own
        ([1.0] + [1.05] * 20, None, 1.05),  # as high as the rule allows
        ([1.0] + [1.0501] * 20, DivergenceKind.RISING, 1.0501),
        ([2.0] * 10 + [NAN] + [1.0] * 4, DivergenceKind.NON_FINITE, NAN),  # one of the last five
        ([2.0] * 10 + [NAN] + [1.0] * 5, None, 0.5),
        ([2.0] * 6 + [NAN], DivergenceKind.NON_FINITE, NAN),
        ([2.0] * 5 + [NAN, 1.0], None, NAN),  # of a short log the last loss alone is asked
    ],
)
def test_the_end_against_the_start(losses: list[float], kind: DivergenceKind | None, ratio: float) -> None:
    found = divergence(np.array(losses))
    assert found.kind == kind
    assert found.end_ratio == pytest.approx(ratio, nan_ok=True, abs=0)


RNG = np.random.default_rng(5)


@pytest.mark.parametrize("noise", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("points", [8, 20, 300])
@pytest.mark.parametrize("fall", [0.0, 0.2])
def test_noise_about_a_level_has_not_diverged(noise: float, points: int, fall: float) -> None:
    level = 2.3 * (1 - fall * np.linspace(0, 1, points))
    drawn = [level * (1 + noise * RNG.standard_normal(points)) for _ in range(100)]
    assert sum(bool(divergence(series)) for series in drawn) <= 3


@pytest.mark.parametrize(
    "losses",
    [
        np.r_[2.3, 40 + RNG.standard_normal(200)],  # broke within the first interval
        np.r_[2.3 * np.exp(-np.arange(50) / 30), 3 + 0.2 * RNG.standard_normal(100)],  # fell, then rose and stayed
        np.r_[2.3, np.exp(6 + 1.5 * RNG.standard_normal(99))],  # wild, far above its start
        np.r_[np.full(8, 2.0) + 0.1 * RNG.standard_normal(8), np.full(8, 2.6) + 0.1 * RNG.standard_normal(8)],
    ],
)
def test_a_rise_beyond_the_noise_of_both_ends_is_seen(losses: np.ndarray) -> None:
    assert divergence(losses).kind is DivergenceKind.RISING


def test_validation_is_a_second_witness() -> None:
    loss = np.r_[2.3, 2.6 + 0.4 * RNG.standard_normal(60)]
    assert not divergence(loss)
    assert divergence(loss, np.r_[2.3, np.full(9, 2.8) + 0.05 * RNG.standard_normal(9)])
    assert not divergence(loss, np.linspace(2.3, 1.5, 10))


@pytest.mark.parametrize(
    ("level", "untrained", "rises"), [(9.0, math.log(10), True), (2.31, math.log(10), False), (9.0, None, False)]
)
def test_without_the_beginning_the_untrained_loss_alone_says_what_was_risen_above(
    level: float, untrained: float | None, rises: bool
) -> None:
    losses = level + 0.05 * RNG.standard_normal(40)
    assert bool(divergence(losses, begins=False, untrained=untrained)) == rises


@pytest.mark.parametrize(
    ("accuracy", "classes"),
    [
        ([0.1] * 5, 10),
        ([0.0101, 0.0099, 0.01], 100),
        ([0.5, 0.5], 2),
        ([0.1, 0.2], None),
        ([0.34, 0.31, 0.36], None),
        ([], None),
    ],
)
def test_an_accuracy_at_chance_names_the_number_of_classes(accuracy: list[float], classes: int | None) -> None:
    found = loss_of_chance(np.array(accuracy))
    assert found == (None if classes is None else pytest.approx(math.log(classes)))

"""The distribution over the band's edges, whichever grid it lives on: one meaning of every figure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.inference.band import Band, normalise, on_cells, on_grid, shortest_interval

GRID = np.round(np.arange(-3.0, 3.01, 0.1), 2)


def certain(low: float, high: float, weight: float = 1.0) -> np.ndarray:
    """All of `weight` on one pair of edges, shape (n, n)."""
    p = np.zeros((len(GRID), len(GRID)))
    p[np.abs(GRID - low).argmin(), np.abs(GRID - high).argmin()] = weight
    return p


def mirrored(band: Band) -> Band:
    """The same band on the axis turned round."""
    below = 1 - band.inside - band.above
    return Band(-band.at[::-1], band.inside[::-1], below[::-1], band.middle[::-1], (-band.edges[1], -band.edges[0]))


def test_a_certain_band_is_what_it_is() -> None:
    band = on_grid(certain(-1.0, 0.5), GRID)
    assert band.edges == pytest.approx((-1.0, 0.5), abs=0.1)
    assert band.inside.tolist() == [float(-1.01 < x < 0.51) for x in GRID]
    assert band.above.tolist() == [float(x > 0.51) for x in GRID]
    assert float(band.middle @ GRID) == pytest.approx(-0.25)
    assert [band.chances(x) for x in (-2.0, 0.0, 2.0)] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def test_of_two_bands_as_likely_the_lower_one_is_tried() -> None:
    band = on_grid(certain(-1.5, -1.0, 0.5) + certain(1.0, 1.5, 0.5), GRID)
    assert band.inside.max() == 0.5
    assert -1.6 < GRID[band.gain.argmax()] < -0.9, "what lies above a band costs more than what lies below it"
    likelier = on_grid(certain(-1.5, -1.0, 0.48) + certain(1.0, 1.5, 0.52), GRID)
    assert -1.6 < GRID[likelier.gain.argmax()] < -0.9, "little more likely does not pay for the risk"
    much = on_grid(certain(-1.5, -1.0, 0.45) + certain(1.0, 1.5, 0.55), GRID)
    assert 0.9 < GRID[much.gain.argmax()] < 1.6


def test_turned_round_the_upper_one_would_be_tried() -> None:
    band = on_grid(certain(-1.5, -1.0, 0.5) + certain(1.0, 1.5, 0.5), GRID)
    assert mirrored(band).gain[::-1] != pytest.approx(band.gain)


@given(st.floats(-2, 1.5), st.floats(0.5, 1.5), st.floats(0.4, 1.0))
def test_cells_and_grid_mean_the_same(low: float, width: float, spread: float) -> None:
    x, y = GRID[:, None], GRID[None, :]
    log_p = np.where(y >= x, -(((x - low) / spread) ** 2) - ((y - low - width) / spread) ** 2, -np.inf)
    p = normalise(log_p)
    fine = on_grid(p, GRID)
    borders = np.r_[GRID - 0.05, GRID[-1] + 0.05]
    cells = on_cells(p, borders, GRID)
    assert cells.inside == pytest.approx(fine.inside, abs=0.2)
    assert cells.above == pytest.approx(fine.above, abs=0.2)
    assert cells.edges == pytest.approx(fine.edges, abs=0.06)
    assert cells.interval() == pytest.approx(fine.interval(), abs=0.35)


@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_the_middle_of_a_band_is_not_rounded_down(n: int, seed: int) -> None:
    p = np.triu(np.random.default_rng(seed).random((n, n)) + 0.01)
    p /= p.sum()
    at = np.arange(float(n))
    middle = on_grid(p, at).middle
    assert middle.sum() == pytest.approx(1)
    assert float(middle @ at) == pytest.approx(float((p * (at[:, None] + at[None, :]) / 2).sum()))


def test_intervals_hold_what_they_say() -> None:
    band = on_grid(normalise(np.where(GRID[None, :] >= GRID[:, None], -(GRID[:, None] ** 2), -np.inf)), GRID)
    low, high = band.interval()
    assert float(band.middle[(low <= GRID) & (high >= GRID)].sum()) == pytest.approx(0.8, abs=0.05)
    left, right = band.central_interval(0.5)
    assert float(np.interp(left, GRID, np.cumsum(band.middle))) == pytest.approx(0.25, abs=0.01)
    assert float(np.interp(right, GRID, np.cumsum(band.middle))) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize(
    ("mass", "expected"),
    [
        # Four places, each standing for half a step to either side; 0.8 of the mass, as short as it can be had.
        ([0.0, 1.0, 0.0, 0.0], (0.6, 1.4)),
        ([0.25, 0.25, 0.25, 0.25], (-0.1, 3.1)),
        ([0.4, 0.4, 0.1, 0.1], (-0.5, 1.5)),
        ([0.1, 0.1, 0.4, 0.4], (1.5, 3.5)),
        ([4.0, 4.0, 1.0, 1.0], (-0.5, 1.5)),  # whatever it sums to
    ],
)
def test_the_shortest_interval_of_a_coarse_distribution(mass: list[float], expected: tuple[float, float]) -> None:
    assert shortest_interval(np.array(mass), np.arange(4.0)) == pytest.approx(expected, abs=0.06)


def test_mass_in_one_cell_is_spread_over_its_width() -> None:
    at = np.round(np.arange(-1.0, 1.01, 0.05), 2)
    p = np.zeros((4, 4))
    p[1, 2] = 1.0  # the middles of these cells are -0.25 and 0.25
    middle = on_cells(p, np.array([-1.0, -0.5, 0.0, 0.5, 1.0]), at).middle
    triangle = np.maximum(1 - np.abs(at) / 0.25, 0)
    assert middle == pytest.approx(triangle / triangle.sum())
    outside = np.zeros((2, 2))
    outside[0, 0], outside[1, 1] = 0.75, 0.25
    ends = on_cells(outside, np.array([-9.0, 0.0, 9.0]), at).middle
    assert (at[ends.argmax()], at[-1 - ends[::-1].argmax()]) == (-1.0, -1.0)
    assert ends[0] == pytest.approx(3 * ends[-1]), "what lies beyond the places is kept at their ends"
    wide = on_cells(outside, np.array([-9.0, 0.0, 9.0]), np.arange(-10.0, 10.5, 0.5)).middle
    assert wide[[11, 29]] == pytest.approx([0.75, 0.25]), "coarse places keep what they hold"


def test_even_very_unlikely_pairs_have_probabilities() -> None:
    assert normalise(np.array([[-1000.0, -1000.0], [-np.inf, -1000.0]])) == pytest.approx(
        np.array([[1, 1], [0, 1]]) / 3
    )
    assert normalise(np.array([[1000.0, 1000.0], [-np.inf, 1000.0]])) == pytest.approx(np.array([[1, 1], [0, 1]]) / 3)

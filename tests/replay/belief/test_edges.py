"""The distribution over the band's edges: it is one, it moves with evidence, and nothing is beyond contradiction."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.inference.tables import Tables, load_tables
from lrdoctor.pipeline import diagnose
from lrdoctor.records.run import Run, Series, Source
from lrdoctor.replay.belief.edges import GRID, STEP, Edges, from_custom, from_log, softened
from lrdoctor.vocabulary.optimizers import CUSTOMARY

VALID = GRID[None, :] >= GRID[:, None]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return load_tables()


def bell(low: float, high: float, spread: float = 0.2) -> Edges:
    log_p = -((GRID[:, None] - low) ** 2 + (GRID[None, :] - high) ** 2) / (2 * spread**2)
    return Edges(np.where(VALID, log_p, -np.inf))


def point(low: float, high: float) -> Edges:
    i, j = (int(np.argmin(np.abs(GRID - x))) for x in (low, high))
    log_p = np.full((len(GRID), len(GRID)), -np.inf)
    log_p[i, j] = 0.0
    return Edges(log_p)


def test_a_known_band_is_read_off_exactly() -> None:
    edges = point(-3.0, -2.0)
    assert edges.p.sum() == pytest.approx(1)
    assert GRID[edges.band.middle.argmax()] == pytest.approx(-2.5, abs=STEP)
    assert edges.band.inside.tolist() == [float(-3.0001 < x < -1.9999) for x in GRID]
    assert edges.band.above.tolist() == [float(x > -1.9999) for x in GRID]
    assert edges.best == pytest.approx(-2.5, abs=STEP)
    assert edges.band.edges == pytest.approx((-3.0, -2.0), abs=STEP)
    for x, stand in ((-4.0, (1, 0, 0)), (-2.5, (0, 1, 0)), (-1.0, (0, 0, 1))):
        assert edges.band.chances(x) == pytest.approx(stand)
    assert edges.band.chances(-30.0) == pytest.approx((1, 0, 0))
    assert edges.band.chances(30.0) == pytest.approx((0, 0, 1))


@given(low=st.floats(-9, 1), width=st.floats(0, 3), spread=st.floats(0.03, 2), x=st.floats(-12, 6))
def test_it_is_a_distribution(low: float, width: float, spread: float, x: float) -> None:
    edges = bell(low, low + width, spread)
    assert edges.p.sum() == pytest.approx(1)
    assert edges.p[~VALID].sum() == 0
    assert edges.band.middle.sum() == pytest.approx(1)
    assert edges.band.inside.min() >= -1e-12
    assert (edges.band.inside + edges.band.above).max() <= 1 + 1e-9
    assert (np.diff(edges.band.above) >= -1e-12).all()
    assert sum(edges.band.chances(x)) == pytest.approx(1)
    assert min(edges.band.chances(x)) >= 0
    start, end = edges.band.edges
    assert start <= end + 1e-9
    left, right = edges.band.interval()
    assert left < right
    inner, outer = edges.band.central_interval(0.5), edges.band.central_interval(0.9)
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]
    assert edges.band.inside[int(np.argmin(np.abs(GRID - edges.best)))] >= edges.band.inside.max() - 0.2


@given(low=st.floats(-8, 0), width=st.floats(0.1, 2), spread=st.floats(0.05, 0.5))
def test_the_best_lies_in_its_interval(low: float, width: float, spread: float) -> None:
    edges = bell(low, low + width, spread)
    left, right = edges.band.interval()
    assert left - 0.1 <= edges.best <= right + 0.1


def test_the_interval_holds_four_fifths_of_the_middle() -> None:
    edges = bell(-4, -2.5, 0.4)
    left, right = edges.band.interval()
    held = edges.band.middle[(left - STEP / 2 <= GRID) & (right + STEP / 2 >= GRID)].sum()
    assert held == pytest.approx(0.8, abs=0.05)


def test_evidence_of_one_edge_moves_that_edge() -> None:
    edges = bell(-4, -3, 1.0)
    given = edges.given(-((GRID + 5) ** 2) / 0.02, 0.0)
    assert given.band.edges[0] == pytest.approx(-5, abs=0.1)
    assert given.band.edges[1] == pytest.approx(edges.band.edges[1], abs=0.4)
    assert edges.band.edges[0] == pytest.approx(-4, abs=0.3), "the one before is left as it was"


def test_the_order_of_evidence_does_not_matter() -> None:
    parts = [-((GRID + x) ** 2) for x in (2.0, 3.0, 5.0)]
    one, other = bell(-4, -3), bell(-4, -3)
    for part in parts:
        one = one.given(part, 0.5 * part)
    for part in reversed(parts):
        other = other.given(part, 0.5 * part)
    assert one.p == pytest.approx(other.p)


@pytest.mark.parametrize("far", [-9.0, -7.0, 1.0])
def test_evidence_far_from_what_was_believed_wins(far: float) -> None:
    certain = softened(bell(-3.5, -2.5, 0.05))
    seen = -2.5 * np.log1p(((GRID - far) / 0.2) ** 2 / 4)
    edges = certain
    for _ in range(6):
        edges = edges.given(seen, seen)
    assert edges.best == pytest.approx(far, abs=0.3)
    assert softened(edges).best == pytest.approx(far, abs=0.3)


def test_a_little_mass_is_everywhere_and_little_is_moved() -> None:
    before = bell(-3.5, -2.5, 0.05)
    after = softened(before)
    assert after.p.sum() == pytest.approx(1)
    assert (after.p[VALID] > 0).all()
    assert after.p[~VALID].sum() == 0
    assert after.best == pytest.approx(before.best, abs=0.1)
    assert after.band.inside.max() > 0.9


@pytest.mark.parametrize("edge", [GRID[0], GRID[-1]])
def test_at_the_grids_edge(edge: float) -> None:
    edges = point(edge, edge)
    assert edges.best == pytest.approx(edge)
    assert edges.band.middle.sum() == pytest.approx(1)
    left, right = edges.band.interval()
    assert left <= edge + STEP
    assert right >= edge - STEP
    assert sum(edges.band.chances(edge)) == pytest.approx(1)


class TestCustom:
    @pytest.mark.parametrize("optimizer", CUSTOMARY)
    def test_begins_near_what_is_customary_wherever_the_recipe_stands(self, optimizer: str, tables: Tables) -> None:
        (one, words), (other, _) = (from_custom(optimizer, lr, tables) for lr in (-9.0, 1.0))
        assert one.p == pytest.approx(other.p)
        assert words == f"what is customary for {optimizer}"
        assert one.p.sum() == pytest.approx(1)
        usual = float(np.log10(CUSTOMARY[optimizer]))
        left, right = one.band.central_interval(0.9)
        assert left < usual < right
        assert one.band.chances(-9.5)[0] > 0.8
        assert one.band.chances(2.5)[2] > 0.8

    @pytest.mark.parametrize("optimizer", [None, "HomeMade"])
    def test_without_a_custom_it_begins_from_the_recipes_lr(self, optimizer: str | None, tables: Tables) -> None:
        edges, words = from_custom(optimizer, -6.0, tables)
        assert words == "the recipe's own learning rate"
        left, right = edges.band.central_interval(0.9)
        assert left < -6 < right

    @pytest.mark.parametrize("log_lr", [-30.0, 6.0])
    def test_an_absurd_lr_is_still_a_distribution(self, log_lr: float, tables: Tables) -> None:
        edges, _ = from_custom(None, log_lr, tables)
        assert edges.p.sum() == pytest.approx(1)
        assert np.isfinite(edges.best)


def a_log(lr: float | None, points: int = 300, pace: float = 4000.0) -> Run:
    step = np.arange(0, 5 * points, 5, dtype=np.float64)
    loss = np.asarray(2 * np.exp(-step / pace) + 0.01 * np.random.default_rng(0).normal(size=points))
    series = {"train/loss": Series(step, loss)}
    if lr is not None:
        series["lr"] = Series(step, np.full(points, lr))
    return Run("last", series, Source(Path("last"), (), "csv", "by hand"), {"optimizer": "AdamW"})


class TestLog:
    def test_it_is_the_diagnosis_on_an_absolute_axis(self, tables: Tables) -> None:
        made = from_log(a_log(1e-5), tables)
        assert made is not None
        edges, words = made
        assert words == "the log last"
        told = diagnose(a_log(1e-5)).probabilities
        below, inside, above = edges.band.chances(-5.0)
        assert (below, inside, above) == pytest.approx(
            tuple(told[v] for v in ("too-slow", "well-tuned", "too-high")), abs=0.06  # type: ignore[index]
        )  # fmt: skip

    def test_a_slow_run_moves_it_up_and_the_lr_moves_it_along(self, tables: Tables) -> None:
        slow, other = from_log(a_log(1e-6), tables), from_log(a_log(1e-2), tables)
        assert slow is not None
        assert other is not None
        assert slow[0].best > -6
        assert other[0].best > slow[0].best

    def test_a_log_that_names_no_lr_says_nothing(self, tables: Tables) -> None:
        assert from_log(a_log(None), tables) is None


def test_what_a_report_draws() -> None:
    before, edges = bell(-4, -3), bell(-3, -2)
    drawn = edges.as_belief(-5.0, before)
    at = int(np.argmin(np.abs(drawn.decades - 2.5)))
    assert drawn.in_band[at] == pytest.approx(edges.band.inside.max(), abs=0.02)
    assert drawn.middle.sum() == pytest.approx(1)
    assert drawn.decades[drawn.prior_in_band.argmax()] == pytest.approx(1.5, abs=0.2)

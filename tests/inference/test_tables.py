"""The posterior's arithmetic, on small tables whose answer can be worked out by hand."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UsageError
from lrdoctor.inference.band import below_and_above, normalise, on_cells
from lrdoctor.inference.tables import Table, Tables, load_tables

BORDERS = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


def tables(**signs: Table) -> Tables:
    prior = np.where(np.triu(np.ones((4, 4))) > 0, 0.0, -np.inf)
    return Tables(BORDERS, prior, signs, 1.0, {"fitted": "by hand"})


UP = Table(np.array([0.0, 1.0]), np.array([np.zeros(8), np.r_[0, 0, 2, 2, 0, 0, 0, 0]], dtype=float), np.full(8, 0.25))


def test_a_table_is_read_by_interpolation_and_clamped() -> None:
    assert UP(0.5)[2] == pytest.approx(1.0)
    assert UP(-3.0)[2] == 0.0
    assert UP(9.0)[2] == 2.0
    assert UP(float("nan")).tolist() == [0.25] * 8


def test_probabilities_of_a_flat_prior_count_the_cells() -> None:
    joint = tables().joint(np.zeros(8))
    assert joint.sum() == pytest.approx(1.0)
    assert joint[1, 0] == 0.0, "the upper edge is never below the lower one"
    assert below_and_above(joint, tables().zero) == pytest.approx((0.3, 0.3))


def test_a_sign_multiplies_the_odds_exactly() -> None:
    before = tables(up=UP).joint(np.zeros(8))
    after = tables(up=UP).joint(sum(tables(up=UP).contributions({"up": 1.0}).values(), np.zeros(8)))
    odds = [p / (1 - p) for p in (below_and_above(joint, 2)[0] for joint in (before, after))]
    assert odds[1] / odds[0] == pytest.approx(np.exp(2.0))


def test_inside_the_band_is_between_the_edges() -> None:
    joint = np.zeros((4, 4))
    joint[1, 2] = 1.0  # low edge in (-1, 0), high edge in (0, 1)
    decades = np.linspace(-1.5, 1.0, 6)
    band = on_cells(joint, BORDERS, decades)
    assert band.inside == pytest.approx([0.0, 0.0, 0.5, 1.0, 0.5, 0.0])
    assert band.above == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.5, 1.0])
    assert band.edges == pytest.approx((-0.5, 0.5))


@given(st.lists(st.floats(-5, 5), min_size=16, max_size=16))
def test_probabilities_are_probabilities(weights: list[float]) -> None:
    log_p = np.where(np.triu(np.ones((4, 4))) > 0, np.array(weights).reshape(4, 4), -np.inf)
    joint = normalise(log_p)
    grid = np.linspace(-2, 2, 81)
    band = on_cells(joint, BORDERS, grid)
    assert band.inside.min() >= -1e-12
    assert (band.inside + band.above).max() <= 1 + 1e-9
    assert band.middle.sum() == pytest.approx(1.0)
    # At a border of the cells, what is read off between them is what the cells themselves hold.
    below, above = below_and_above(joint, 2)
    assert band.chances(0.0) == pytest.approx((below, 1 - below - above, above))


def test_the_shipped_tables_are_sound() -> None:
    shipped = load_tables()
    assert 0.0 in shipped.borders
    assert shipped.provenance
    assert all(np.isfinite(t.rows).all() and (np.diff(t.knots) > 0).all() for t in shipped.signs.values())


def test_tables_of_another_format_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"format": 99}))
    with pytest.raises(UsageError, match="format 99"):
        load_tables(file)

"""The file of fitted tables: every number arrives where it belongs, and a file that is none is refused."""

import json
import tracemalloc
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lrdoctor.errors import UsageError
from lrdoctor.inference import tables as module
from lrdoctor.inference.tables import Custom, Table, Tables, load_tables

NEVER = None  # how JSON says minus infinity


def a_file() -> dict[str, Any]:
    """The smallest whole file: two cells, a sign, a prior on the LR, and compared pairs."""
    return {
        "format": 3,
        "kinds": ["other"],
        "regret": {"distance": [0, 1], "below": [0, 0.5], "above": [0, 0.75]},
        "late": {
            "temperature": 3,
            "prior": [[2, 1], [NEVER, 0]],
            "signs": {"level": {"knots": [0, 1], "rows": [[0, 0, 0, 0], [1, 1, 1, 1]], "missing": [0, 0, 0, 0]}},
            "customs": {},
        },
        "provenance": {"fitted": "by hand"},
        "temperature": 2,
        "borders": [-1, 0, 1],
        "prior": [[0, 1], [NEVER, 0.5]],
        "signs": {"depth": {"knots": [0, 1], "rows": [[0, 0, 0, 0], [1, 2, 3, 4]], "missing": [4, 3, 2, 1]}},
        "customs": {"log_lr": {"knots": [-3, -1], "low": [0, 2], "high": [4, 8]}},
        "pairs": {"below": [0, 1], "above": [0, 2], "borders": [-1, 1], "log_p": {"training": [[[7]]]}},
    }


def put(folder: Path, data: object) -> Path:
    """`data` as a file of tables."""
    path = folder / "posterior.json"
    path.write_text(json.dumps(data))
    return path


def test_every_number_of_a_file_arrives_where_it_belongs(tmp_path: Path) -> None:
    read = load_tables(put(tmp_path, a_file()))
    assert read.borders.tolist() == [-1, 0, 1]
    assert read.prior.tolist() == [[0, 1], [-np.inf, 0.5]]
    assert read.temperature == 2.0
    assert read.provenance == {"fitted": "by hand"}
    sign, custom = read.signs["depth"], read.customs["log_lr"]
    assert [sign.knots.tolist(), sign.rows.tolist(), sign.missing.tolist()] == [
        [0, 1],
        [[0, 0, 0, 0], [1, 2, 3, 4]],
        [4, 3, 2, 1],
    ]
    assert [custom.knots.tolist(), custom.low.tolist(), custom.high.tolist()] == [[-3, -1], [0, 2], [4, 8]]
    assert read.pairs is not None
    grids = read.pairs.below, read.pairs.above, read.pairs.borders, read.pairs.log_p["training"]
    assert [grid.tolist() for grid in grids] == [[0, 1], [0, 2], [-1, 1], [[[7]]]]
    everything = [read.borders, sign.knots, sign.rows, sign.missing, custom.knots, custom.low, custom.high, *grids]
    assert {array.dtype for array in everything} == {np.dtype(float)}, "whole numbers in the file are no integers here"
    assert read.prior.dtype == float
    assert read.kinds == {"other"}
    assert [read.regret.distance.tolist(), read.regret.below.tolist(), read.regret.above.tolist()] == [
        [0, 1],
        [0, 0.5],
        [0, 0.75],
    ]
    assert read.late is not None
    assert (read.late.temperature, list(read.late.signs)) == (3.0, ["level"])
    assert (read.late.borders.tolist(), read.late.regret, read.late.kinds) == ([-1, 0, 1], read.regret, read.kinds)


def test_tables_without_pairs_are_tables(tmp_path: Path) -> None:
    data = a_file()
    del data["pairs"], data["late"]
    read = load_tables(put(tmp_path, data))
    assert (read.pairs, read.late) == (None, None)


def test_the_shipped_file_has_what_the_analysis_needs() -> None:
    shipped = load_tables()
    assert shipped.pairs is not None
    assert set(shipped.pairs.log_p) == {"accuracy", "validation", "training"}
    assert {"log_lr"} <= set(shipped.customs)
    assert not set(shipped.customs) & set(shipped.signs)


def changed(*path: str, to: object) -> dict[str, Any]:
    """A whole file with one value put in the place of another."""
    data = a_file()
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (changed("signs", "depth", "knots", to=[1, 0]), "the knots and rows of depth do not fit together"),
        (changed("signs", "depth", "knots", to=[1, 1]), "the knots and rows of depth"),
        (changed("signs", "depth", "knots", to=[0, None]), "the knots and rows of depth"),
        (changed("signs", "depth", "knots", to=[None, 0]), "the knots and rows of depth"),
        (changed("signs", "depth", "knots", to=[]), "the knots and rows of depth"),
        (changed("signs", "depth", "knots", to=[0, 1, 2]), "the knots and rows of depth"),
        (changed("signs", "depth", "rows", to=[[0] * 3, [1] * 3]), "the knots and rows of depth"),
        (changed("signs", "depth", "rows", to=[[0] * 6, [1] * 6]), "the knots and rows of depth"),
        (changed("signs", "depth", "rows", to=[[0] * 4, [1, 1, 1, float("inf")]]), "the knots and rows of depth"),
        (changed("pairs", "below", to=[[0, 1]]), "(the grids of its pairs are no lists of numbers)"),
        (changed("pairs", "above", to=0), "the grids of its pairs"),
        (changed("pairs", "borders", to=[[0, 1]]), "the grids of its pairs"),
        (changed("prior", to=[[NEVER, NEVER], [NEVER, NEVER]]), "(its numbers give no distribution)"),
        (changed("prior", to=[[0, 1, 2], [0, 1, 2]]), "posterior.json"),
        (changed("prior", to=[[[0, 1], [0, 1]]]), "no distribution"),
        (changed("signs", "depth", "missing", to=[float("nan")] * 4), "no distribution"),
        (changed("signs", "depth", "missing", to=[1, 2]), "posterior.json"),
        (changed("customs", "log_lr", "low", to=[1, float("nan")]), "the prior on log_lr holds numbers"),
        (changed("customs", "log_lr", "knots", to=[0, float("inf")]), "the prior on log_lr holds numbers"),
        (changed("temperature", to=0), "no distribution"),
        (changed("late", "signs", "level", "knots", to=[1, 0]), "the knots and rows of level do not fit together"),
        (changed("regret", "distance", to=[0, 0]), "the distances of its regret"),
        (changed("regret", "below", to=[0]), "the distances of its regret"),
        (changed("regret", "above", to=[0, None]), "its regret holds numbers that are not finite"),
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(tmp_path: Path, data: dict[str, Any], says: str) -> None:
    path = put(tmp_path, data)
    with pytest.raises(UsageError) as refused:
        load_tables(path)
    assert str(refused.value).startswith(f"{path}: not a file of fitted tables (")
    assert str(refused.value).endswith("): give the path of a posterior.json")
    assert says in str(refused.value)


def test_knots_may_be_near_each_other(tmp_path: Path) -> None:
    assert load_tables(put(tmp_path, changed("signs", "depth", "knots", to=[0, 0.25]))).signs


def test_another_format_is_named_with_the_one_that_is_read(tmp_path: Path) -> None:
    path = put(tmp_path, {"format": 1})
    with pytest.raises(UsageError) as refused:
        load_tables(path)
    said = "fitted tables of format 1: this lrdoctor reads format 3; fit them again"
    assert said in str(refused.value)


def test_no_file_and_no_tables_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as missing:
        load_tables(tmp_path / "none.json")
    assert str(missing.value) == (
        f"{tmp_path / 'none.json'}: cannot read the fitted tables (No such file or directory): "
        "give the path of a posterior.json"
    )
    with pytest.raises(UsageError, match=r"\(a NUL in its path\)") as nul:
        load_tables("a\0b")
    assert "not a file of fitted tables" in str(nul.value)
    with pytest.raises(UsageError, match=r"\('signs'\)"):
        load_tables(put(tmp_path, {key: value for key, value in a_file().items() if key != "signs"}))


def test_a_file_of_the_greatest_size_is_read_and_a_larger_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, a_file())
    monkeypatch.setattr(module, "MAX_TABLES_BYTES", len(path.read_bytes()))
    assert load_tables(path).temperature == 2
    path.write_text(path.read_text() + " ")
    with pytest.raises(UsageError, match=r"it is larger than \d+ B"):
        load_tables(path)


def test_of_a_file_without_end_no_more_is_read_than_a_file_may_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "endless"
    with path.open("wb") as file:
        file.truncate(1 << 24)
    monkeypatch.setattr(module, "MAX_TABLES_BYTES", 1 << 20)
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match=r"larger than 1\.0 MB"):
            load_tables(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


def test_the_shipped_file_is_one_of_those_that_are_taken() -> None:
    shipped = files("lrdoctor.inference").joinpath("posterior.json")
    with as_file(shipped) as path:
        assert load_tables(path).cells == load_tables().cells


CUSTOM = Custom(np.array([-3.0, -1.0]), np.array([0.0, 2.0]), np.array([4.0, 8.0]))


def test_custom_is_read_at_the_edges_own_lr() -> None:
    middles = np.array([-0.5, 0.5])
    # This run's LR is a hundredth of the reference: an edge half a decade up lies at -1.5.
    assert CUSTOM(-2.0, middles).tolist() == [0.5, 1.5, 5.0, 7.0]
    assert CUSTOM(float("nan"), middles).tolist() == [0.0] * 4


def test_a_table_of_three_knots_is_read_between_the_right_two() -> None:
    rows = np.array([[0.0, 0.0], [1.0, 10.0], [5.0, 20.0]])
    table = Table(np.array([0.0, 1.0, 3.0]), rows, np.zeros(2))
    assert [table(x).tolist() for x in (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)] == [
        [0.0, 0.0],
        [0.5, 5.0],
        [1.0, 10.0],
        [3.0, 15.0],
        [5.0, 20.0],
        [5.0, 20.0],
    ]
    assert table(float("inf")).tolist() == [0.0, 0.0], "not finite is not shown"


def test_what_signs_contribute_is_divided_by_the_temperature() -> None:
    table = Table(np.array([0.0, 1.0]), np.array([np.zeros(4), np.full(4, 3.0)]), np.full(4, 6.0))
    prior = np.array([[0.0, 0.0], [-np.inf, 0.0]])
    tables = Tables(
        np.array([-1.0, 0.0, 1.0]), prior, {"a": table, "b": table}, 2.0, {}, None, {"c": CUSTOM, "d": CUSTOM}
    )
    parts = tables.contributions({"a": 1.0, "c": -2.0})
    assert list(parts) == ["a", "b", "c", "d"]
    assert parts["a"].tolist() == [1.5] * 4
    assert parts["b"].tolist() == [3.0] * 4, "a sign that is not there counts as not shown"
    assert parts["c"].tolist() == [0.25, 0.75, 2.5, 3.5]
    assert parts["d"].tolist() == [0.0] * 4


def test_cells_their_middles_and_the_runs_own_place() -> None:
    tables = Tables(np.array([-4.0, -1.0, 0.0, 0.5, 2.5]), np.zeros((4, 4)), {}, 1.0, {})
    assert tables.cells == 4
    assert tables.middles.tolist() == [-2.5, -0.5, 0.25, 1.5]
    assert tables.zero == 2
    assert Tables(np.array([-1.0, 1e-12, 1.0]), np.zeros((2, 2)), {}, 1.0, {}).zero == 1
    nearly = Tables(np.array([-1.0, -1e-12, 1.0]), np.zeros((2, 2)), {}, 1.0, {})
    assert nearly.zero == 1, "a border that is 0 but for rounding is 0"


def test_factors_of_the_low_edge_come_first() -> None:
    tables = Tables(np.array([-1.0, 0.0, 1.0]), np.array([[0.0, 0.0], [-np.inf, 0.0]]), {}, 1.0, {})
    joint = tables.joint(np.log([1.0, 3.0, 1.0, 2.0]))
    # Of (low, high) the cells (0, 0), (0, 1), (1, 1): 1 * 1, 1 * 2, 3 * 2.
    assert joint == pytest.approx(np.array([[1, 2], [0, 6]]) / 9)

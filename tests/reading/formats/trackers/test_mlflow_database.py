"""MLflow's database: made here with its tables, damaged in every way, and as versions before had it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.trackers.mlflow_database import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import codes
from tests.sqlite_files import Row, damaged, saved

TABLES = (
    """CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL, name VARCHAR(250), user_id VARCHAR(256),
       lifecycle_stage VARCHAR(20), CONSTRAINT run_pk PRIMARY KEY (run_uuid))""",
    """CREATE TABLE metrics (key VARCHAR(250) NOT NULL, value FLOAT NOT NULL, timestamp BIGINT NOT NULL,
       run_uuid VARCHAR(32) NOT NULL, step BIGINT DEFAULT 0 NOT NULL, is_nan BOOLEAN DEFAULT 0 NOT NULL,
       CONSTRAINT metric_pk PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan))""",
    "CREATE TABLE params (key VARCHAR(250) NOT NULL, value VARCHAR(8000) NOT NULL, run_uuid VARCHAR(32) NOT NULL)",
    "CREATE TABLE tags (key VARCHAR(250) NOT NULL, value VARCHAR(8000), run_uuid VARCHAR(32) NOT NULL)",
)
LARGEST = 1.7976931348623157e308


def database(
    tmp_path: Path,
    runs: Sequence[Row],
    metrics: Sequence[Row],
    params: Sequence[Row] = (),
    tables: Sequence[str] = TABLES,
) -> Path:
    return saved(tmp_path / "mlflow.db", tables, {"runs": runs, "metrics": metrics, "params": params})


def run_row(uuid: str, name: str | None = None, stage: str = "active") -> Row:
    return (uuid, name, "ada", stage)


def curve(uuid: str, key: str = "loss", values: Sequence[object] = (3.0, 2.0, 1.0), first: int = 0) -> list[Row]:
    return [(key, value, 1_700_000_000_000 + 1000 * i, uuid, first + i, 0) for i, value in enumerate(values)]


def source(path: Path) -> Source:
    return Source(path, (path,), READER.name, "test")


def read(path: Path) -> list[Run]:
    assert READER.recognise(look(path)) == "MLflow's tables runs, metrics and params"
    return READER.read(source(path))


def test_a_run_with_everything(tmp_path: Path) -> None:
    path = database(
        tmp_path,
        [run_row("a" * 32, "base"), run_row("b" * 32, "thrown away", "deleted"), run_row("c" * 32)],
        [*curve("a" * 32), *curve("a" * 32, "val/loss", (2.5,)), *curve("b" * 32), *curve("c" * 32, first=10)],
        [("lr", "0.001", "a" * 32), ("optim/name", "adamw", "a" * 32), ("out", "/home/ada/x", "a" * 32)],
    )
    base, nameless = read(path)
    assert (base.name, nameless.name) == ("base", "c" * 32)
    assert base.series["loss"].value.tolist() == [3, 2, 1]
    assert base.series["val/loss"].step.tolist() == [0]
    assert base.series["loss"].wall_time is not None
    assert base.series["loss"].wall_time.tolist() == [1.7e9, 1.7e9 + 1, 1.7e9 + 2]
    assert dict(base.hparams) == {"lr": 0.001, "optim/name": "adamw"}
    assert nameless.series["loss"].step.tolist() == [10, 11, 12]
    assert dict(nameless.hparams) == {}
    assert base.notes == nameless.notes == ()


@pytest.mark.parametrize(
    ("value", "is_nan", "expected"),
    [
        (0.0, 1, [np.nan]),
        (0.0, 0, [0.0]),
        (LARGEST, 0, [np.inf]),
        (-LARGEST, 0, [-np.inf]),
        (1.7976931348623e308, 0, [np.inf]),
        (1e300, 0, [1e300]),
        (3, 0, [3.0]),
        ("words", 0, []),
        (b"\x00", 0, []),
    ],
)
def test_what_a_stored_value_means(tmp_path: Path, value: object, is_nan: int, expected: list[float]) -> None:
    odd = ("loss", value, 1_700_000_000_000, "a", 9, is_nan)
    (run,) = read(database(tmp_path, [run_row("a")], [*curve("a"), odd]))
    np.testing.assert_array_equal(run.series["loss"].value[3:], expected)


def test_points_come_in_the_order_written_and_a_resumed_run_is_one(tmp_path: Path) -> None:
    again = [("loss", 9.0, 1_700_000_100_000, "a", 2, 0), ("loss", 8.0, 1_700_000_101_000, "a", 3, 0)]
    (run,) = read(database(tmp_path, [run_row("a")], [*curve("a", values=(5, 4, 3, 2)), *again]))
    assert run.series["loss"].step.tolist() == [0, 1, 2, 3]
    assert run.series["loss"].value.tolist() == [5, 4, 9, 8]
    assert codes(run) == ["restart"]


def test_a_log_without_steps_is_numbered(tmp_path: Path) -> None:
    rows = [("loss", value, 1_700_000_000_000 + i, "a", 0, 0) for i, value in enumerate((3.0, 2.0, 1.0))]
    (run,) = read(database(tmp_path, [run_row("a")], rows))
    assert run.series["loss"].step.tolist() == [0, 1, 2]
    assert codes(run) == ["steps-invented"]


def test_runs_of_one_name_are_told_apart_and_runs_without_a_curve_counted(tmp_path: Path) -> None:
    uuids = ["a" * 32, "b" * 32, "c" * 32, "d" * 32]
    rows = [*curve(uuids[0]), *curve(uuids[1]), *curve(uuids[2], values=(1.0,))]
    one, two = read(database(tmp_path, [run_row(uuid, "same") for uuid in uuids], rows))
    assert (one.name, two.name) == ("same (aaaaaaaa)", "same (bbbbbbbb)")
    assert (codes(one), codes(two)) == (["skipped"], [])
    assert "2 other runs hold" in one.notes[0].message


def test_metrics_of_the_machine_are_left_out(tmp_path: Path) -> None:
    (run,) = read(database(tmp_path, [run_row("a")], [*curve("a"), *curve("a", "system/cpu_utilization_percentage")]))
    assert list(run.series) == ["loss"]


def test_the_first_versions_tables(tmp_path: Path) -> None:
    tables = (
        "CREATE TABLE runs (run_uuid TEXT, lifecycle_stage TEXT)",
        "CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT)",
        TABLES[2],
        TABLES[3],
        "INSERT INTO tags VALUES ('mlflow.runName', 'old', 'a')",
        "INSERT INTO tags VALUES ('mlflow.user', 'ada', 'a')",
    )
    rows = [row[:4] for row in curve("a")]
    (run,) = read(database(tmp_path, [("a", "active")], rows, tables=tables))
    assert run.name == "old"
    assert run.series["loss"].value.tolist() == [3, 2, 1]


@pytest.mark.parametrize(
    ("runs", "metrics", "message"),
    [
        ([], [], "without a run"),
        ([run_row("a", stage="deleted")], curve("a"), "all 1 were deleted"),
        ([run_row("a")], [], "no metrics: log the loss"),
        ([run_row("a")], curve("a", values=(1.0,)), "1 run with at most 1 metric with one value: no curve"),
        (
            [run_row("a"), run_row("b")],
            [*curve("b", "x", (1.0,)), *curve("b", "y", (1.0,))],
            "2 runs with at most 2 metrics with one value each",
        ),
    ],
)
def test_a_database_without_a_curve_says_what_it_holds(
    tmp_path: Path, runs: Sequence[Row], metrics: Sequence[Row], message: str
) -> None:
    with pytest.raises(UnreadableError, match=message) as error:
        read(database(tmp_path, runs, metrics))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "tables",
    [
        ("CREATE TABLE runs (a)", "CREATE TABLE metrics (a)", "CREATE TABLE params (a)"),
        (
            TABLES[0],
            "CREATE TABLE metrics (key, value, timestamp, run_uuid, PRIMARY KEY (key)) WITHOUT ROWID",
            TABLES[2],
        ),
        (
            TABLES[0],
            "CREATE TABLE metrics (key, timestamp, run_uuid, value AS (zeroblob(5000000)))",
            TABLES[2],
            "INSERT INTO metrics VALUES ('loss', 1, 'a')",
        ),
    ],
)
def test_tables_that_are_not_mlflows_are_refused(tmp_path: Path, tables: Sequence[str]) -> None:
    path = saved(tmp_path / "mlflow.db", tables)
    with pytest.raises(UnreadableError):
        read(path)


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("another program's", ("CREATE TABLE runs (a)", "CREATE TABLE metrics (a)")),
        (
            "views",
            ("CREATE VIEW runs AS SELECT 1 a", "CREATE VIEW metrics AS SELECT 1 a", "CREATE VIEW params AS SELECT 1 a"),
        ),
        ("Optuna's", ("CREATE TABLE studies (a)", "CREATE TABLE trials (a)", "CREATE TABLE trial_params (a)")),
        ("empty", ()),
    ],
)
def test_other_databases_are_left_to_others(tmp_path: Path, name: str, statements: Sequence[str]) -> None:
    assert READER.recognise(look(saved(tmp_path / "other.db", statements))) is None, name


def test_text_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_text("CREATE TABLE runs (CREATE TABLE metrics (CREATE TABLE params (")
    assert READER.recognise(look(path)) is None


def test_no_damage_raises_anything_else(tmp_path: Path) -> None:
    path = database(tmp_path, [run_row("a", "base")], curve("a", values=[1 / (i + 1) for i in range(300)]))
    outcomes = set()
    for data in damaged(path, times=150):
        path.write_bytes(data)
        READER.recognise(look(path))
        try:
            outcomes.add(len(READER.read(source(path))))
        except UnreadableError:
            outcomes.add(0)
    assert outcomes == {0, 1}, "some damage is survived and some is not"

"""MLflow's file store: folders made here as MLflow makes them, and a real one."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.trackers.mlflow_files import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import codes

META = """artifact_uri: file:///home/lovelace/mlruns/1/{run}/artifacts
experiment_id: '1'
lifecycle_stage: {stage}
run_id: {run}
run_name: {name}
user_id: lovelace
"""
LOSS = "1700000000000 3.0 0\n1700000001000 nan 1\n1700000002000 inf 2\n1700000003000 5e-05 3\n"


def stored(
    tmp_path: Path, metrics: dict[str, str], run: str = "5a05bec6", name: str = "calm-owl-7", stage: str = "active"
) -> Path:
    folder = tmp_path / "mlruns" / "1" / run
    for key, text in {f"metrics/{key}": text for key, text in metrics.items()}.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_text(text)
    (folder / "meta.yaml").write_text(META.format(run=run, name=name, stage=stage))
    (folder.parent / "meta.yaml").write_text("experiment_id: '1'\nname: Default\n")
    return folder


def read(path: Path) -> Run:
    (source,) = discover(path).sources
    assert source.format == READER.name
    (run,) = READER.read(source)
    return run


def test_a_run_is_a_folder(tmp_path: Path) -> None:
    folder = stored(tmp_path, {"train/loss": LOSS, "val_loss": "1700000003000 2.5 3\n", "system/cpu": LOSS})
    for name, text in {"lr": "1e-3", "optim/name": "adamw", "nesterov": "False", "out": "/home/lovelace/o"}.items():
        (folder / "params" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "params" / name).write_text(text)
    run = read(tmp_path)
    assert run.name == "calm-owl-7"
    assert run.source.path == folder
    assert set(run.series) == {"train/loss", "val_loss"}
    loss = run.series["train/loss"]
    np.testing.assert_array_equal(loss.value, [3.0, np.nan, np.inf, 5e-5])
    assert loss.step.tolist() == [0, 1, 2, 3]
    assert loss.wall_time is not None
    assert loss.wall_time[-1] == 1_700_000_003
    assert dict(run.hparams) == {"lr": 0.001, "nesterov": False, "optim/name": "adamw"}
    assert run.notes == ()
    assert "lovelace" not in run.name + repr(run.hparams)


@pytest.mark.parametrize("inside", ["mlruns", "mlruns/1", "mlruns/1/5a05bec6", "mlruns/1/5a05bec6/metrics"])
def test_any_folder_above_the_metrics_may_be_named(tmp_path: Path, inside: str) -> None:
    stored(tmp_path, {"loss": LOSS, "metrics/loss": LOSS})
    run = read(tmp_path / inside)
    assert (run.name, set(run.series)) == ("calm-owl-7", {"loss", "metrics/loss"})


def test_a_single_metric_may_be_named(tmp_path: Path) -> None:
    folder = stored(tmp_path, {"train/loss": LOSS, "lr": LOSS}, stage="deleted")
    run = read(folder / "metrics" / "train" / "loss")
    assert list(run.series) == ["train/loss"]
    loose = tmp_path / "loss"
    loose.write_text(LOSS)
    assert (read(loose).name, list(read(loose).series)) == ("loss", ["loss"])


def test_each_run_of_a_store_is_one(tmp_path: Path) -> None:
    stored(tmp_path, {"loss": LOSS}, "aaa", "one")
    stored(tmp_path, {"loss": LOSS.replace("3.0", "4.0")}, "bbb", "")
    stored(tmp_path / "mlruns" / ".trash", {"loss": LOSS}, "ccc", "thrown away")
    found = discover(tmp_path)
    names = [run.name for source in found.sources for run in READER.read(source)]
    assert names == ["one", "bbb"]


@pytest.mark.parametrize(
    ("metrics", "stage", "message"),
    [
        ({"loss": LOSS}, "deleted", "that was deleted: restore it"),
        (
            {"a": "1700000000000 0.5 0\n", "b": "1700000000000 0.7 9\n"},
            "active",
            "2 metrics with one value each: no curve",
        ),
        ({"a": "1700000000000 0.5 0\n"}, "active", "1 metric with one value: no curve"),
        ({"system/cpu": LOSS}, "active", "without a metric of its training"),
    ],
)
def test_what_holds_no_curve_says_so_in_one_line(
    tmp_path: Path, metrics: dict[str, str], stage: str, message: str
) -> None:
    with pytest.raises(UnreadableError, match=message) as error:
        read(stored(tmp_path, metrics, stage=stage))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "steps", "values", "notes"),
    [
        ("1700000000000 3.0\n1700000001000 2.0\n1700000002000 1.0\n", [0, 1, 2], [3, 2, 1], ["steps-invented"]),
        ("1700000000000 3.0 0\r\n1700000001000 2.0 1\r\n", [0, 1], [3, 2], []),
        (LOSS + "17000000", [0, 1, 2, 3], [3, np.nan, np.inf, 5e-5], ["torn-tail"]),
        ("1700000000000 3.0 0\n1700000001000 2.0 1\n1700000002000 1.0 2", [0, 1], [3, 2], ["torn-tail"]),
        ("1700000000000 3 0 mnist 8a3f\n1700000001000 2 5 mnist 8a3f\n", [0, 5], [3, 2], []),
        ("1700000000000 3 7\n1700000000000 4 7\n1700000001000 2 9\n", [7, 7, 9], [3, 4, 2], ["one-step-many-values"]),
        (
            "1700000000000 3 1\n1700000000000 4 2\n1700000001000 2 2\n1700000001000 1 1\n1700000001000 9 2\n",
            [1, 2],
            [1, 9],
            ["restart"],
        ),
    ],
)
def test_lines(tmp_path: Path, text: str, steps: list[float], values: list[float], notes: list[str]) -> None:
    folder = stored(tmp_path, {"loss": ""})
    (folder / "metrics" / "loss").write_bytes(text.encode())
    run = read(folder)
    np.testing.assert_array_equal(run.series["loss"].step, steps)
    np.testing.assert_array_equal(run.series["loss"].value, values)
    assert codes(run) == notes


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("metrics/loss", LOSS, True),
        ("elsewhere/loss", LOSS, True),
        ("metrics/loss", "1700000000000 3.0\n", True),
        ("elsewhere/loss", "1700000000000 3.0\n", False),
        ("metrics/loss", "1700000000000 3.0 0 5a05bec6\n", False),  # of a logged model, which repeats its run's
        ("metrics/loss", "1700000000 3.0 0\n", False),
        ("metrics/loss", "step loss x\n" + LOSS, False),
        ("metrics/loss", "0.1 3.0 0\n", False),
        ("metrics/loss", "1700000000000,3.0,0\n", False),
        ("metrics/loss", "1700000000000 three 0\n", False),
        ("metrics/loss", "", False),
        ("params/lr", "0.001", False),
        ("metrics/loss.tsv", "timestamp\tstep\tloss\n1700000000000\t0\t3.0\n", False),
    ],
)
def test_recognised_by_its_lines(tmp_path: Path, name: str, text: str, known: bool) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text)
    assert (READER.recognise(look(path)) is not None) is known


def test_a_long_log_is_recognised_though_the_head_cuts_a_line(tmp_path: Path) -> None:
    path = stored(tmp_path, {"loss": LOSS * 2000}) / "metrics" / "loss"
    assert look(path).size > len(look(path).data)
    assert READER.recognise(look(path))


def test_a_damaged_meta_costs_the_name_only(tmp_path: Path) -> None:
    folder = stored(tmp_path, {"loss": LOSS})
    (folder / "meta.yaml").write_bytes(b"\x00{{{ \xff")
    (folder / "tags").mkdir()
    (folder / "tags" / "mlflow.runName").write_text("from the tag")
    assert read(folder).name == "from the tag"
    (folder / "tags" / "mlflow.runName").write_text("lovelace@example.org")
    assert read(folder).name == "5a05bec6"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: LOSS.encode() + tail))
def test_no_bytes_raise_anything_else(tmp_path: Path, data: bytes) -> None:
    folder = stored(tmp_path, {"loss": ""})
    path = folder / "metrics" / "loss"
    path.write_bytes(data)
    READER.recognise(look(path))
    try:
        READER.read(Source(folder, (path,), READER.name, "test"))
    except UnreadableError:
        assert data.count(b"17000") < 2 or not data.startswith(LOSS.encode())


def test_the_real_run_was_deleted_and_holds_final_values_only(real_logs: Path) -> None:
    folder = real_logs / "mlflow" / "imageclass_3a9af4"
    with pytest.raises(UnreadableError, match="an MLflow run that was deleted"):
        lrdoctor.read(folder)
    with pytest.raises(UnreadableError, match="1 metric with one value: no curve"):
        lrdoctor.read(folder / "metrics" / "val_loss")


def test_no_other_real_log_is_taken_for_one(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "mlflow" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []

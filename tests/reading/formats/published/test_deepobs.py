"""DeepOBS results: made here in the shapes of its versions, and two real ones at the ends of a grid of LRs."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.published.deepobs import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import knows, written

# Two epochs of three mini-batches.
FIRST: dict[str, object] = {
    "train_losses": [4.0, 2.0, 1.0],
    "test_losses": [4.1, 2.1, 1.1],
    "minibatch_train_losses": [4.0, 3.5, 3.0, 2.0, 1.5, 1.0],
    "train_accuracies": [0.1, 0.5, 0.9],
    "test_accuracies": [0.1, 0.4, 0.8],
    "optimizer": "MomentumOptimizer",
    "testproblem": "mnist_mlp",
    "weight_decay": None,
    "batch_size": 128,
    "num_epochs": 2,
    "learning_rate": 0.1,
    "lr_sched_epochs": None,
    "lr_sched_factors": None,
    "random_seed": 42,
    "train_log_interval": 1,
    "hyperparams": {"momentum": 0.9},
}
LATER: dict[str, object] = {
    "testproblem": "mnist_mlp",
    "batch_size": 128,
    "num_epochs": 2,
    "random_seed": 42,
    "weight_decay": None,
    "optimizer_name": "SGD",
    "optimizer_hyperparams": {"lr": 0.1, "momentum": 0.9},
    "train_losses": [4.0, 2.0, 1.0],
    "test_losses": [4.1, 2.1, 1.1],
    "analyzable_training_params": {"lr_sched_epochs": [1], "lr_sched_factors": [0.1]},
}


def saved(tmp_path: Path, results: dict[str, object], **more: object) -> Path:
    folder = tmp_path / "num_epochs__2__batch_size__128__lr__1.e-01"
    folder.mkdir(exist_ok=True)
    path = folder / "random_seed__42__2019-02-14-02-00-17.json"
    path.write_text(json.dumps({**results, **more}))
    return path


def read(path: Path) -> Run:
    assert READER.recognise(look(path)) is not None
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    return run


def steps(run: Run, tag: str) -> list[float]:
    return list(run.series[tag].step)


def test_a_result_with_everything(tmp_path: Path) -> None:
    run = read(saved(tmp_path, FIRST))
    assert run.name == "num_epochs__2__batch_size__128__lr__1.e-01"
    assert run.step_axis == "step"
    assert steps(run, "minibatch_train_losses") == [0, 1, 2, 3, 4, 5]
    assert run.series["minibatch_train_losses"].value.tolist() == FIRST["minibatch_train_losses"]
    assert steps(run, "train_losses") == steps(run, "test_accuracies") == [0, 3, 6]
    assert run.hparams["learning_rate"] == 0.1
    assert run.hparams["hyperparams/momentum"] == 0.9
    assert run.hparams["optimizer"] == "MomentumOptimizer"
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("minibatch_train_losses", "test_losses")
    assert (roles.accuracy, roles.val_accuracy) == ("train_accuracies", "test_accuracies")
    assert roles.lr is None
    assert run.notes == ()


@pytest.mark.parametrize(
    ("changes", "axis", "minibatches", "evaluations"),
    [
        ({}, "step", [0, 1, 2, 3, 4, 5], [0, 3, 6]),
        ({"train_log_interval": 10}, "step", [0, 10, 20, 30, 40, 50], [0, 30, 60]),
        ({"train_log_interval": None}, "step", [0, 1, 2, 3, 4, 5], [0, 3, 6]),
        ({"train_log_interval": 0}, "step", [0, 1, 2, 3, 4, 5], [0, 3, 6]),
        ({"num_epochs": 3}, "epoch", None, [0, 1, 2]),  # stopped in its third epoch, or evaluated otherwise
        ({"num_epochs": "two"}, "epoch", None, [0, 1, 2]),
        ({"minibatch_train_losses": []}, "epoch", None, [0, 1, 2]),
        ({"num_epochs": 4, "train_losses": [], "test_losses": [4.1]}, "epoch", None, None),
    ],
)
def test_steps_are_counted_where_they_can_be(
    tmp_path: Path,
    changes: dict[str, object],
    axis: str,
    minibatches: list[float] | None,
    evaluations: list[float] | None,
) -> None:
    run = read(saved(tmp_path, FIRST, **changes))
    assert run.step_axis == axis
    assert ("minibatch_train_losses" in run.series) is (minibatches is not None)
    if minibatches is not None:
        assert steps(run, "minibatch_train_losses") == minibatches
    if evaluations is not None:
        assert steps(run, "train_losses") == evaluations
    left_out = minibatches is None and changes.get("minibatch_train_losses") != []
    assert [note.code for note in run.notes] == ["skipped"] * left_out


def test_minibatches_alone_are_numbered(tmp_path: Path) -> None:
    lists = ("train_losses", "test_losses", "train_accuracies", "test_accuracies")
    run = read(saved(tmp_path, FIRST, num_epochs=4, **{key: [] for key in lists}))
    assert (run.step_axis, steps(run, "minibatch_train_losses")) == ("step", [0, 1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("epochs", "factors", "expected"),
    [
        ([1], [0.1], [0.1, 0.1, 0.1, 0.01, 0.01, 0.01]),
        ([1, 2], [0.5, 0.1], [0.1, 0.1, 0.1, 0.05, 0.05, 0.05]),  # each a factor of the first LR
        ([0], [0.1], [0.01] * 6),
        ([1], [], None),
        ([1], ["word"], None),
        ([2, 1], [0.5, 0.1], None),
        ([math.nan], [0.1], None),
        (None, None, None),
    ],
)
def test_the_schedule(tmp_path: Path, epochs: object, factors: object, expected: list[float] | None) -> None:
    run = read(saved(tmp_path, FIRST, lr_sched_epochs=epochs, lr_sched_factors=factors))
    assert ("learning_rate" in run.series) is (expected is not None)
    if expected is not None:
        np.testing.assert_allclose(run.series["learning_rate"].value, expected)
        assert steps(run, "learning_rate") == [0, 1, 2, 3, 4, 5]


def test_a_later_version(tmp_path: Path) -> None:
    run = read(saved(tmp_path, LATER))
    assert run.step_axis == "epoch"
    assert steps(run, "train_losses") == [0, 1, 2]
    np.testing.assert_allclose(run.series["learning_rate"].value, [0.1, 0.01, 0.01])
    assert lrdoctor.diagnose(run).lr == 0.1


def test_what_is_not_finite_is_kept_and_what_diverged_may_be_filled_with_the_first_value(tmp_path: Path) -> None:
    run = read(saved(tmp_path, FIRST, minibatch_train_losses=[4.0, 2.45e28, math.inf, math.nan, math.nan, math.nan]))
    np.testing.assert_array_equal(
        run.series["minibatch_train_losses"].value, [4.0, 2.45e28, math.inf, math.nan, math.nan, math.nan]
    )
    run = read(saved(tmp_path, LATER, num_epochs=5, train_losses=[4.0, 2.0, 9.0, 4.0, 4.0, 4.0]))
    assert [(note.code, note.series, note.step) for note in run.notes] == [("non-finite-filtered", "train_losses", 3.0)]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (json.dumps(FIRST), True),
        (json.dumps(LATER), True),
        (json.dumps({"train_losses": [1.0] * 5000, **FIRST, "minibatch_train_losses": [0.123456789] * 30000}), True),
        ('{"train_losses": [1, 2], "test_losses": [1, 2]}', False),
        ('{"loss": [1, 2], "val_loss": [1, 2]}', False),
        ('{"testproblem": "mnist"}', False),
        ('["train_losses", "test_losses", "testproblem"]', False),
        ("train_losses,test_losses,testproblem\n1,2,3\n", False),
        ("", False),
    ],
)
def test_recognised_by_its_names(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "results.json")) is known


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(FIRST)[:200],
        '{"train_losses": ' + "[" * 100_000,
        '{"train_losses": [], "test_losses": [], "testproblem": "x"}',
        '{"train_losses": null, "test_losses": {}, "testproblem": []}',
        '{"train_losses": [1' + "0" * 5000 + ', 2], "test_losses": [1, 2], "testproblem": "x"}',
    ],
)
def test_what_cannot_be_read_says_so_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UnreadableError) as error:
        READER.read(Source(path, (path,), READER.name, "test"))
    assert "\n" not in str(error.value)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.floats(), max_size=4)
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(sorted(FIRST)), VALUES | st.lists(VALUES, max_size=4), max_size=6))
def test_no_values_raise_anything_else(tmp_path: Path, changes: dict[str, object]) -> None:
    path = saved(tmp_path, FIRST, **changes)
    try:
        (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    except UnreadableError:
        return
    assert all(np.all(np.diff(series.step) >= 0) for series in run.series.values())


def test_nobodys_home_becomes_a_name() -> None:
    path = Path("/home/lovelace/random_seed__42__2019-02-14-02-00-17.json")
    assert "lovelace" not in READER.read.__globals__["_name"](path)


@pytest.mark.parametrize(("lr", "rate", "finite"), [("1.e+01", 10.0, 3), ("1.e-03", 1e-3, 68_250)])
def test_the_real_results(real_logs: Path, lr: str, rate: float, finite: int) -> None:
    (run,) = lrdoctor.read(real_logs / "deepobs" / f"1.e-08__lr__{lr}")
    assert run.name == f"1.e-08__lr__{lr}"
    minibatches, evaluations = run.series["minibatch_train_losses"], run.series["train_losses"]
    assert (len(minibatches), len(evaluations)) == (68_250, 351)
    assert minibatches.step[[0, -1]].tolist() == [0, 68_249]
    assert evaluations.step[[0, 1, -1]].tolist() == [0, 195, 68_250]
    assert np.isfinite(minibatches.value).sum() == finite
    diagnosis = lrdoctor.diagnose(run)
    assert diagnosis.lr == rate
    assert (diagnosis.verdict is Verdict.DIVERGENT) is (rate == 10.0)
    if rate == 10.0:
        assert np.nanmax(minibatches.value) > 1e28


def test_no_other_real_log_is_taken_for_one(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "deepobs" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []

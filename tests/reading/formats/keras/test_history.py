"""Histories as JSON: Keras's, pandas's, those of several runs, look-alikes, damage, and a real one."""

import json
import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.formats.keras import history_tree
from lrdoctor.reading.formats.keras.history import READER
from lrdoctor.reading.formats.keras.history_tree import histories
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate

KERAS = {"loss": [2.0, 1.2], "val_loss": [1.9, 1.4], "learning_rate": [0.1, 0.05]}


def saved(tmp_path: Path, tree: object) -> Path:
    path = tmp_path / "history.json"
    path.write_bytes(tree if isinstance(tree, bytes) else json.dumps(tree).encode())
    return path


def read(path: Path) -> list[Run]:
    return READER.read(Source(path, (path,), READER.name, "test"))


def values(run: Run) -> dict[str, list[float]]:
    return {tag: series.value.tolist() for tag, series in run.series.items()}


CASES: list[tuple[str, object, bool]] = [
    ("Keras's", KERAS, True),
    ("numbers as text", {"loss": ["2.0", "1.2"]}, True),
    ("a loss that is not finite from the start", {"loss": [math.nan, math.nan]}, True),
    ("through pandas", {"loss": {"0": 2.0, "1": 1.0}}, True),
    ("nested", {"history": {"train_loss": [2, 1]}, "lr": 0.1}, True),
    ("the split inside", {"loss": {"train": [2.0, 1.0], "val": [2.0, 1.5]}}, True),
    ("of several runs", [{"lr": 0.1, "history": {"loss": [2.0]}}], True),
    ("longer than the head", {"accuracy": [0.5] * 5_000, "loss": [2.0] * 20_000}, True),
    ("one object an epoch", [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}], True),
    ("those, wrapped", {"args": {"lr": 0.1}, "log": [{"step": 1, "train": {"loss": 2.0}}, {"step": 2}]}, True),
    ("one object a run", [{"name": "a", "lr": 0.1, "loss": 2.0}, {"name": "b", "lr": 0.2, "loss": 1.0}], False),
    ("one object alone", [{"epoch": 1, "loss": 2.0}], False),
    ("no loss", {"accuracy": [0.5, 0.6]}, False),
    ("weights of losses", {"loss_weights": [1.0, 0.5]}, False),
    ("a model", {"loss": ["mse"], "layers": [1, 2]}, False),
    ("one value", {"loss": 2.0, "val_loss": 1.9}, False),
    ("rows", b'{"step": 1, "loss": [2.0]}\n{"step": 2, "loss": [1.0]}\n', False),
    ("Hugging Face's state", {"log_history": [{"loss": 2.0, "step": 10}]}, False),
    ("a download of TensorBoard's", [[1.0, 0, 2.5], [2.0, 1, 2.4]], False),
    ("code", b'x = {"loss": [1, 2]}', False),
    ("nothing", b"", False),
]


@pytest.mark.parametrize(("tree", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_a_list_under_a_loss(tmp_path: Path, tree: object, known: bool) -> None:
    assert (READER.recognise(look(saved(tmp_path, tree))) is not None) is known


def test_a_history_of_keras(tmp_path: Path) -> None:
    (run,) = read(saved(tmp_path, KERAS))
    assert values(run) == KERAS
    assert run.step_axis == "epoch"
    assert run.series["val_loss"].step.tolist() == [0, 1]
    assert run.notes == ()


SHAPES: list[tuple[str, object, dict[str, list[float]]]] = [
    ("text", {"loss": ["2.5", "1e-1"]}, {"loss": [2.5, 0.1]}),
    ("pandas", {"loss": {"0": 2.0, "1": 1.5}}, {"loss": [2.0, 1.5]}),
    ("wrapped", {"params": {"epochs": 2}, "history": {"loss": [2, 1]}}, {"loss": [2, 1]}),
    ("split outside", {"train": {"loss": [2, 1]}, "val": {"loss": [3, 2]}}, {"train/loss": [2, 1], "val/loss": [3, 2]}),
    ("split inside", {"loss": {"train": [2, 1], "val": [3, 2]}}, {"loss/train": [2, 1], "loss/val": [3, 2]}),
    ("rows", [{"epoch": 3, "loss": 2, "best": True}, {"epoch": 4, "loss": 1}], {"loss": [2, 1]}),
    ("rows inside", {"lr": 0.1, "log": [{"step": 3, "train": {"loss": 2}}, {"step": 4}]}, {"train/loss": [2]}),
    ("what is no curve", {"loss": [2, 1], "names": ["a", "b"], "x": [], "lists": [[1, 2], [3]]}, {"loss": [2, 1]}),
]


@pytest.mark.parametrize(("tree", "told"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES])
def test_every_shape_is_one_run(tmp_path: Path, tree: object, told: dict[str, list[float]]) -> None:
    (run,) = read(saved(tmp_path, tree))
    assert values(run) == told


def test_what_is_missing_is_no_point_and_what_is_not_finite_is_one(tmp_path: Path) -> None:
    (run,) = read(saved(tmp_path, b'{"loss": [2, NaN, Infinity, "nan"], "val_loss": [null, 3, null, 2]}'))
    assert repr(run.series["loss"].value.tolist()) == "[2.0, nan, inf, nan]"
    assert run.series["val_loss"].step.tolist() == [1, 3]
    # pandas writes a NaN as null.
    (run,) = read(saved(tmp_path, {"loss": {"0": 2.0, "1": None}}))
    assert repr(run.series["loss"].value.tolist()) == "[2.0, nan]"


@pytest.mark.parametrize(
    ("clock", "axis"), [("epoch", "epoch"), ("Epochs", "epoch"), ("steps", "step"), ("iterations", "iteration")]
)
def test_the_steps_of_the_history_count(tmp_path: Path, clock: str, axis: str) -> None:
    (run,) = read(saved(tmp_path, {clock: [10, 20, 30], "loss": [3, 2, 1]}))
    assert run.step_axis == axis
    assert set(run.series) == {"loss"}
    assert run.series["loss"].step.tolist() == [10, 20, 30]


def test_curves_of_different_lengths_are_numbered_and_told_of(tmp_path: Path) -> None:
    (run,) = read(saved(tmp_path, {"train_loss": [5, 4, 3, 2], "val_loss": [4, 2], "betas": [0.9]}))
    assert [note.code for note in run.notes] == ["steps-invented"]
    (run,) = read(saved(tmp_path, {"train_loss": [5, 4, 3], "val_loss": [6, 4, 2, 1], "betas": [0.9]}))
    assert run.notes == ()


def test_rows_are_at_their_own_steps(tmp_path: Path) -> None:
    rows = [{"epoch": 3, "loss": "2.5"}, {"epoch": 5, "val_loss": 2}, {"epoch": 7, "loss": math.nan, "val_loss": None}]
    (run,) = read(saved(tmp_path, rows))
    assert run.step_axis == "epoch"
    assert run.series["loss"].step.tolist() == [3, 7]
    assert repr(run.series["loss"].value.tolist()) == "[2.5, nan]"
    assert run.series["val_loss"].step.tolist() == [5]
    assert run.notes == ()


def test_several_runs_with_their_settings(tmp_path: Path) -> None:
    tree = {
        "batch_size": 32,
        "runs": [
            {"lr": 0.1, "user": "ada", "history": {"loss": [2, 1]}},
            {"lr": 0.01, "out": "/home/ada/x", "history": {"loss": [3, 2]}},
        ],
    }
    runs = read(saved(tmp_path, tree))
    assert [run.name for run in runs] == [
        f"{tmp_path.name}/runs/0",
        f"{tmp_path.name}/runs/1",
    ]
    assert [dict(run.hparams) for run in runs] == [{"batch_size": 32, "lr": 0.1}, {"batch_size": 32, "lr": 0.01}]
    assert [values(run)["loss"] for run in runs] == [[2, 1], [3, 2]]


# ---- damage


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"loss": [2, 1', "broken or torn"),
        (b'{"loss": ' + b"[" * 100_000, "broken or torn"),
        (b'{"loss": [' + b"9" * 5_000 + b"]}", "broken or torn"),
        (b'{"loss": [2, "x"]}', "no list of its values"),
        (b"", "broken or torn"),
    ],
)
def test_what_holds_no_history_is_refused(tmp_path: Path, data: bytes, found: str) -> None:
    with pytest.raises(UnreadableError, match=found):
        read(saved(tmp_path, data))


def test_more_than_a_history_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [0.5] * 50_000
    with pytest.raises(UnreadableError, match="5,000,000 numbers"):
        histories({f"loss_{i}": numbers for i in range(200)})
    with pytest.raises(UnreadableError, match="lists of numbers"):
        histories({f"loss_{i}": [1.0] for i in range(2_001)})
    with pytest.raises(UnreadableError, match="5,000,000 numbers"):
        histories([{"epoch": i} for i in range(10_000)] + [{f"loss_{i}": 1.0 for i in range(1_999)}])
    with pytest.raises(UnreadableError, match="histories in one file"):
        histories([{"loss": [1.0]} for _ in range(1_001)])
    monkeypatch.setattr(history_tree, "MAX_NODES", 100)
    with pytest.raises(UnreadableError, match="nested lists"):
        histories([[] for _ in range(200)])


def test_shared_and_cyclic_parts_end() -> None:
    laughs: list[object] = [1]
    for _ in range(40):
        laughs = [laughs] * 10
    with pytest.raises(UnreadableError):
        histories({"loss": laughs})
    cyclic: dict[str, object] = {"loss": [2.0, 1.0]}
    cyclic["again"] = cyclic
    with suppress(UnreadableError):
        assert histories(cyclic)[0].series["loss"].value.tolist() == [2, 1]


def test_long_names_are_no_metrics() -> None:
    (history,) = histories({"loss": [1.0], "loss" * 1_000: [1.0], "x" * 1_000: 3})
    assert set(history.series) == {"loss"}
    assert history.settings == {}


DUMP = json.dumps(KERAS).encode()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(DUMP)), st.binary(max_size=20), st.integers(0, 30))
def test_damage_gives_less_or_an_error(tmp_path: Path, at: int, junk: bytes, cut: int) -> None:
    path = saved(tmp_path, DUMP[:at] + junk + DUMP[at + cut :])
    READER.recognise(look(path))
    with suppress(UnreadableError):
        assert all(run.series for run in read(path))


# ---- real ones


def test_the_real_history(real_logs: Path) -> None:
    path = real_logs / "keras_history_json/discreetai/training_history.json"
    assert READER.recognise(look(path))
    (run,) = read(path)
    assert len(run.series) == 13
    assert run.series["loss"].value.tolist() == [2.00871695790972, 1.2032001529421126, 0.8407806413514274]
    assert run.series["loss"].step.tolist() == [0, 1, 2]
    assert run.name == "discreetai"


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    """Readers of Hugging Face's and of DeepOBS's lists come first."""
    heads = [look(path) for path in real_logs.rglob("*") if path.is_file()]
    known = [head for head in heads if next((r for r in READERS if r.recognise(head)), None) is READER]
    assert {head.path.relative_to(real_logs).parts[0] for head in known} == {"keras_history_json"}


STEPS, EVERY = list(range(0, 200, 10)), list(range(0, 200, 50))
FALLING, TESTED = [4 - i / 10 for i in range(20)], [4.1 - i / 4 for i in range(4)]
BY_SPLIT = [
    {"history": {"train": {"iter": STEPS, "loss": FALLING}, "val": {"iter": EVERY, "loss": TESTED}}},
    {"train": {"steps": STEPS, "losses": FALLING}, "validation": {"steps": EVERY, "losses": TESTED}},
    {
        "train_history": [{"step": s, "loss": v} for s, v in zip(STEPS, FALLING, strict=True)],
        "val_history": [{"step": s, "loss": v} for s, v in zip(EVERY, TESTED, strict=True)],
    },
    {
        "log_train": [{"iteration": s, "loss": v} for s, v in zip(STEPS, FALLING, strict=True)],
        "log_valid": [{"iteration": s, "loss": v} for s, v in zip(EVERY, TESTED, strict=True)],
    },
]


@pytest.mark.parametrize("tree", BY_SPLIT, ids=lambda tree: "-".join(tree))
def test_each_split_has_its_own_steps(tmp_path: Path, tree: dict[str, object]) -> None:
    path = tmp_path / "history.json"
    path.write_text(json.dumps({"config": {"lr": 0.5}, **tree}))
    [run] = lrdoctor.read(path)
    roles = assign_roles(run)
    told, tested = run.series[roles.loss or ""], run.series[roles.val_loss or ""]
    assert (told.step.tolist(), told.value.tolist()) == (STEPS, FALLING)
    assert (tested.step.tolist(), tested.value.tolist()) == (EVERY, TESTED)
    assert learning_rate(run, roles)[0] == 0.5


@pytest.mark.parametrize("name", ["learning_rates", "lrs", "learning_rate", "lr"])
def test_an_lr_in_the_plural(tmp_path: Path, name: str) -> None:
    path = tmp_path / "history.json"
    path.write_text(json.dumps({"steps": STEPS, "train_losses": FALLING, name: [0.1] * 20}))
    [run] = lrdoctor.read(path)
    assert assign_roles(run).lr == name
    assert run.step_axis == "step"

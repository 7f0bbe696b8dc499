"""JSON rows written by hand: what is a log and what only looks like one, kinds of rows, splits, restarts, damage."""

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.formats.generic.json_rows import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate
from tests.reading.formats.line_logs import codes, knows, points, read_all, read_one, survives, written


def lines(rows: Iterable[object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def loss(step: float) -> float:
    return round(2 + 2 * math.exp(-step / 500), 4)


def rows(make: Callable[[int], object], count: int = 20) -> str:
    return lines(make(10 * i) for i in range(count))


PLAIN = rows(lambda s: {"step": s, "loss": loss(s), "lr": 1e-4})
QUOTED = rows(lambda s: {"step": str(s), "loss": f"{loss(s):.3f}", "time": "2026-01-02 10:00:00"})
EPOCHS = rows(lambda s: {"epoch": s // 10 + 1, "train_loss": loss(s), "val_loss": loss(s) + 1, "note": "fine"})
NESTED = rows(lambda s: {"step": s, "train": {"loss": loss(s)}, "optim": {"lr": 1e-4}})
KINDS = rows(lambda s: {"step": s, "loss": loss(s)} if s % 50 else {"step": s, "eval_loss": loss(s) + 1, "acc": 0.5})
SPLITS = lines(
    {"split": split, "epoch": epoch, "loss": loss(100 * epoch) + add, "accuracy": 0.5}
    for epoch in range(1, 9)
    for split, add in (("train", 0), ("val", 1))
)
TYPES = lines([{"type": "config", "args": {"learning_rate": 3e-4, "batch_size": 64}, "epochs": 8}]) + SPLITS.replace(
    '"split"', '"type"'
)
LONG = lines(
    {"name": name, "step": 10 * i, "value": value}
    for i in range(20)
    for name, value in (("train/loss", loss(10 * i)), ("lr", 1e-4))
)
UNCOUNTED = rows(lambda s: {"loss": loss(s), "lr": 1e-4, "timestamp": 1.7e9 + s})
LIST = json.dumps([{"lr": 3e-4, "model": "gpt"}, *({"step": 10 * i, "loss": loss(10 * i)} for i in range(20))])
INDENTED = "".join(json.dumps({"step": 10 * i, "loss": loss(10 * i)}, indent=1) + "\n" for i in range(20))
RUNS = lines(
    {"run": run, "step": 10 * i, "loss": loss(10 * i) + add} for run, add in (("a", 0), ("b", 1)) for i in range(9)
)
# MACE logs every batch; no epoch ends among the rows that are looked at.
ONE_EPOCH = lines(
    {"loss": loss(i), "time": 0.1, "mode": "opt", "epoch": i // 100}
    if i % 101
    else {"loss": 1, "mode": "eval", "epoch": 0}
    for i in range(1, 300)
)

CASES = [
    ("batches of one epoch", ONE_EPOCH, True),
    ("rows", PLAIN, True),
    ("numbers in quotes", QUOTED, True),
    ("an object an epoch", EPOCHS, True),
    ("nested", NESTED, True),
    ("rows of two kinds", KINDS, True),
    ("split by a key", SPLITS, True),
    ("settings first", TYPES, True),
    ("a value a row", LONG, True),
    ("losses alone", UNCOUNTED, True),
    ("a list", LIST, True),
    ("objects over several lines", INDENTED, True),
    ("runs below each other", RUNS, True),
    ("two rows", lines([{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}]), False),
    ("one result", json.dumps({"epoch": 3, "eval_loss": 0.5, "step": 100}), False),
    ("no loss", rows(lambda s: {"step": s, "reward": s}), False),
    ("no number", rows(lambda s: {"step": s, "loss": "falling"}), False),
    ("the same step", rows(lambda s: {"step": 9, "loss": loss(s)}), False),
    ("steps in no order", rows(lambda s: {"step": s * 7919 % 31, "loss": loss(s)}), False),
    ("results of many runs", rows(lambda s: {"epoch": 10, "lr": 0.1 / (s + 1), "loss": loss(s)}), False),
    ("results of trials", rows(lambda s: {"lr": 0.1 / (s + 1), "batch_size": 8, "loss": loss(s)}), False),
    ("losses of named things", rows(lambda s: {"file": f"{s}.png", "loss": loss(s)}), False),
    ("losses of examples", rows(lambda s: {"id": s, "loss": loss(s)}), False),
    ("texts", rows(lambda s: {"text": "the loss at step 3 is 0.5", "label": s}), False),
    ("settings", json.dumps({"loss": "mse", "lr": 0.1, "layers": [{"n": 1}, {"n": 2}, {"n": 3}]}, indent=1), False),
    ("packages", json.dumps({"packages": {f"p{i}": {"version": "1", "loss": i} for i in range(99)}}, indent=1), False),
    ("numbers", "[1, 2, 3]", False),
    ("a table", "step,loss\n1,2\n2,1\n3,0.5\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_a_loss_that_is_counted(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "metrics.jsonl")) is known


# The text; what the steps count; the steps of the first two losses and the last; roles of loss, validation loss, LR.
TOLD = [
    (PLAIN, "step", (0, 10, 190), ("loss", None, "lr")),
    (QUOTED, "step", (0, 10, 190), ("loss", None, None)),
    (EPOCHS, "epoch", (1, 2, 20), ("train_loss", "val_loss", None)),
    (NESTED, "step", (0, 10, 190), ("train/loss", None, "optim/lr")),
    (KINDS, "step", (10, 20, 190), ("loss", "eval_loss", None)),
    (SPLITS, "epoch", (1, 2, 8), ("train/loss", "val/loss", None)),
    (TYPES, "epoch", (1, 2, 8), ("train/loss", "val/loss", None)),
    (LONG, "step", (0, 10, 190), ("train/loss", None, "lr")),
    (UNCOUNTED, "row", (0, 1, 19), ("loss", None, "lr")),
    (LIST, "step", (0, 10, 190), ("loss", None, None)),
    (INDENTED, "step", (0, 10, 190), ("loss", None, None)),
]


@pytest.mark.parametrize(("text", "axis", "steps", "roles"), TOLD)
def test_steps_and_roles(
    tmp_path: Path, text: str, axis: str, steps: tuple[float, ...], roles: tuple[str | None, ...]
) -> None:
    run = read_one(READER, written(tmp_path, text, "metrics.jsonl"))
    found = assign_roles(run)
    assert (found.loss, found.val_loss, found.lr) == roles
    step = run.series[found.loss or ""].step
    assert (run.step_axis, (step[0], step[1], step[-1])) == (axis, steps)
    assert not {"restart", "one-step-many-values", "skipped", "torn-tail"} & set(codes(run))
    assert ("steps-invented" in codes(run)) is (axis == "row")


def test_validation_stands_at_its_own_step(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, KINDS, "metrics.jsonl"))
    assert [step for step, _ in points(run, "eval_loss")] == [0, 50, 100, 150]
    assert points(run, "acc")[1] == (50, 0.5)


def test_settings_before_the_first_row(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, TYPES, "metrics.jsonl"))
    assert learning_rate(run, assign_roles(run))[0] == 3e-4
    assert batch_size(run) == 64
    assert read_one(READER, written(tmp_path, LIST, "log.json")).hparams["lr"] == 3e-4


def test_what_is_not_finite_was_written_and_null_was_not(tmp_path: Path) -> None:
    text = PLAIN + '{"step": 200, "loss": NaN}\n{"step": 210, "loss": "Infinity"}\n{"step": 220, "loss": null}\n'
    run = read_one(READER, written(tmp_path, text, "metrics.jsonl"))
    assert run.series["loss"].step[-2:].tolist() == [200, 210]
    assert math.isnan(run.series["loss"].value[-2])
    assert math.isinf(run.series["loss"].value[-1])
    assert "1 loss is null" in next(note.message for note in run.notes if note.code == "skipped")


def test_a_restart_appended(tmp_path: Path) -> None:
    again = rows(lambda s: {"step": s + 100, "loss": 5 + s, "lr": 1e-4})
    run = read_one(READER, written(tmp_path, PLAIN + again, "metrics.jsonl"))
    assert [step for step, _ in points(run, "loss")] == list(range(0, 300, 10))
    assert run.series["loss"].value[10] == 5
    assert codes(run) == ["restart"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (PLAIN[:-9], "torn-tail"),
        (LIST[:-9], "torn-tail"),
        (INDENTED[:-9], "torn-tail"),
        (PLAIN.replace("{", "oops {", 8), "skipped"),
    ],
)
def test_what_is_no_whole_object_is_left_out(tmp_path: Path, text: str, code: str) -> None:
    text = PLAIN + text if code == "skipped" else text
    run = read_one(READER, written(tmp_path, text, "metrics.jsonl"))
    assert code in codes(run)
    assert len(run.series["loss"]) >= 19


def test_a_key_tells_runs_apart(tmp_path: Path) -> None:
    one, other = read_all(READER, written(tmp_path, RUNS, "sweep/metrics.jsonl"))
    assert (one.name, other.name) == ("sweep/a", "sweep/b")
    assert other.series["loss"].value[0] == one.series["loss"].value[0] + 1


def test_what_is_no_log_any_more(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a loss"):
        read_one(READER, written(tmp_path, '{"step": 1}\n{"step": 2}\n', "metrics.jsonl"))


@pytest.mark.parametrize("text", [PLAIN, TYPES, LONG, LIST, INDENTED, RUNS])
def test_damaged_logs(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, "metrics.jsonl") > 3


def test_hostile_objects(tmp_path: Path) -> None:
    deep = '{"a":' * 5_000 + "1" + "}" * 5_000
    keys = lines([{"step": 1, "loss": 1, **{f"loss{i}": 1 for i in range(3_000)}}] * 3)
    huge = PLAIN.replace('"step": 1', '"step": ' + "9" * 400)
    assert len(read_one(READER, written(tmp_path, PLAIN + deep + "\n", "a.jsonl")).series["loss"]) == 20
    with pytest.raises(UnreadableError, match="different keys"):
        read_one(READER, written(tmp_path, keys, "b.jsonl"))
    assert len(read_one(READER, written(tmp_path, huge, "c.jsonl")).series["loss"])


def test_no_real_log_of_another_format_is_taken(real_logs: Path) -> None:
    for path in real_logs.rglob("*"):
        if path.is_file() and READER.recognise(look(path)) is not None:
            assert next(reader for reader in READERS if reader.recognise(look(path))) is not READER

"""Text logs that no other reader knows: lines of one form, their steps, several trainings in a file."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.console import READER
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, points, read_all, read_one, survives, written


def loss(step: float) -> float:
    return round(2 + 2 * math.exp(-step / 500), 4)


def log(line: Callable[[int], str], steps: range) -> str:
    return "".join(line(step) + "\n" for step in steps)


PLAIN = log(lambda s: f"epoch {s // 500} | step {s} | loss {loss(s)} | lr 0.001", range(0, 2000, 100))
BATCHES = log(lambda s: f"Epoch [{s // 500 + 1}/4], Step [{s % 500 + 100}/500], Loss: {loss(s)}", range(0, 2000, 100))
MNIST = "".join(
    "".join(f"Train Epoch: {e} [{s}/60000 ({s // 600}%)]\tLoss: {loss(s)}\n" for s in range(0, 60000, 6400))
    + f"\nTest set: Average loss: 0.{e}, Accuracy: 9{e}00/10000 (9{e}%)\n\n"
    for e in (1, 2)
)
TESTS = log(
    lambda s: f"Test: [{s:4d}/98]\tTime  0.5 ( 1.2)\tLoss {s}.5e+00 (1.1e+00)\tAcc@1  72.0 ( 71.0)", range(0, 98, 40)
)
IMAGENET = "".join(
    "".join(
        f"Epoch: [{e}][{s:5d}/1000]\tTime  0.5 ( 1.2)\tLoss {loss(s):.4e} (7.0e+00)\tAcc@1  0.5 ( 0.1)\n"
        for s in range(0, 1000, 200)
    )
    + f"{TESTS} *   Acc@1 70.5 Acc@5 90.5\n"
    for e in (0, 1)
)
KERAS = "".join(
    f"Epoch {e}/6\n"
    + "\r".join(f"{s}/469 [===>....] - ETA: 2s - loss: 9.{s}" for s in (1, 100, 200))
    + f"\r469/469 [======] - 2s 3ms/step - loss: 1.{e} - val_loss: 2.{e}\n"
    for e in range(1, 7)
)
BARS = "\r".join(
    f"Epoch {e}:  45%|███▌  | {s}/150 [01:23<01:40,  8.2it/s, loss={loss(150 * e + s)}, lr=1e-4]"
    for e in range(3)
    for s in range(10, 151, 10)
)
HUGGING_FACE = (
    log(
        lambda s: f"{{'loss': {loss(s)}, 'grad_norm': 1.5, 'learning_rate': {(2000 - s) / 1e7}, 'epoch': {s / 1000}}}",
        range(10, 2000, 10),
    )
    + "{'eval_loss': 0.5, 'eval_runtime': 3.1, 'epoch': 1.0}\n{'train_runtime': 9, 'train_loss': 0.9, 'epoch': 2.0}\n"
)
TRANSFER = "".join(
    f"Epoch {e}/11\n----------\ntrain Loss: {loss(e)} Acc: 0.5\nval Loss: 3.{e} Acc: 0.25\n\n" for e in range(12)
)
OLMO = log(
    lambda s: f"INFO\t[step={s}/7393]\n    train/CrossEntropyLoss={loss(s)}\n    optim/learning_rate_group0=4e-4",
    range(1, 20),
)
META = log(lambda s: f"2020-03-08 16:33:08,462:INFO: Meta batch loss: {loss(s)}", range(20))

COLOURED = log(
    lambda s: f"\x1b[31mstep: {s}  \x1b[32mloss: {loss(s)}  \x1b[33mgrad_norm:  1.2\x1b[39m", range(0, 2000, 100)
)
ANSI_KERAS = KERAS.replace("[======]", "\x1b[32m━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m2s\x1b[0m")
LIGHTNING = "\r".join(
    f"Epoch {e}:  45%|███  | {s}/50 [00:10<00:10, v_num=3, train_loss_step={loss(50 * e + s)}, val_loss=3.{e}]"
    for e in range(3)
    for s in range(10, 51, 10)
)
OPENNMT = log(
    lambda s: f"[2020 INFO] Step {s}/9000; acc: 3.50; ppl: 9.9; xent: {loss(s)}; lr: 0.001; {s} sec",
    range(50, 2000, 50),
)
BOOSTING = log(lambda i: f"[{i}]\ttrain-logloss:0.{i}\teval-logloss:0.{i}", range(50))
SYSLOG = log(lambda i: f"Jan  1 12:00:00 host kernel: [{i}.123] eth0: packet loss {i % 7}% rate 100", range(50))

CASES = [
    ("in colours", COLOURED, "out.log", True),
    ("Keras' in colours", ANSI_KERAS, "out.log", True),
    ("Lightning's bars", LIGHTNING, "out.log", True),
    ("OpenNMT's", OPENNMT, "out.log", True),
    ("boosted trees", BOOSTING, "out.txt", False),
    ("packets", SYSLOG, "syslog", False),
    ("a script's", PLAIN, "train.log", True),
    ("in batches", BATCHES, "train.log", True),
    ("PyTorch's MNIST example", MNIST, "out.txt", True),
    ("PyTorch's ImageNet example", IMAGENET, "log", True),
    ("Keras'", KERAS, "out.txt", True),
    ("progress bars", BARS + "\n", "out.txt", True),
    ("Hugging Face's", HUGGING_FACE, "out.txt", True),
    ("a value a line", OLMO, "out.txt", True),
    ("without steps", META, "out.txt", True),
    ("after much else", "x = 1\n" * 20_000 + PLAIN, "train.log", True),
    ("few lines", "".join(PLAIN.splitlines(keepends=True)[:4]), "train.log", False),
    ("few lines without steps", "".join(META.splitlines(keepends=True)[:9]), "train.log", False),
    ("validation only", PLAIN.replace("loss", "val loss"), "train.log", False),
    ("accuracy only", PLAIN.replace("loss", "acc"), "train.log", False),
    ("lines of every form", "".join(f"loss {i} {'x' * i}: 0.5 a{'b' * i}: 2\n" for i in range(20)), "train.log", False),
    ("a list of results", "".join(f"model-{'x' * i} LR 0.1, loss 0.{i}\n" for i in range(20)), "results.txt", False),
    ("prose", "In 2020 the loss was 3.\nWe found a total loss of 5 in 3 cases.\n" * 2, "notes.txt", False),
    ("a program", "loss = 0.5\nstep = 3\n" * 9, "train.py", False),
    ("a table", "step,loss\n" + "".join(f"{s},{loss(s)}\n" for s in range(20)), "log.csv", False),
    ("JSON", json.dumps({"history": [{"step": s, "loss": 0.5} for s in range(20)]}, indent=1), "state.txt", False),
    ("JSON lines", "".join(f'{{"step": {s}, "loss": 0.5}}\n' for s in range(20)), "log.txt", False),
    ("NUL bytes", PLAIN.replace(" ", "\0"), "train.log", False),
    ("nothing", "", "train.log", False),
]


@pytest.mark.parametrize(("text", "name", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_lines_of_one_form(tmp_path: Path, text: str, name: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, name)) is known


# The text; what the steps count; the first two steps and the last; the roles of loss, validation loss and LR.
TOLD = [
    (PLAIN, "step", (0, 100), 1900, ("loss", None, "lr")),
    (BATCHES, "step", (100, 200), 2000, ("Loss", None, None)),
    (MNIST, "samples", (0, 6400), 117600, ("Loss", "test/Average loss", None)),
    (IMAGENET, "iter", (0, 200), 1800, ("Loss", "test/Loss", None)),
    (KERAS, "step", (469, 938), 2814, ("loss", "val_loss", None)),
    (BARS + "\n", "iter", (10, 20), 450, ("loss", None, "lr")),
    (HUGGING_FACE, "epoch", (0.01, 0.02), 1.99, ("loss", None, "learning_rate")),
    (TRANSFER, "epoch", (0, 1), 11, ("train Loss", "val Loss", None)),
    (OLMO, "step", (1, 2), 19, ("train/CrossEntropyLoss", None, "optim/learning_rate_group0")),
    (META, "row", (0, 1), 19, ("Meta batch loss", None, None)),
    (COLOURED, "step", (0, 100), 1900, ("loss", None, None)),
    (ANSI_KERAS, "step", (469, 938), 2814, ("loss", "val_loss", None)),
    (LIGHTNING + "\n", "iter", (10, 20), 150, ("train_loss_step", "val_loss", None)),
    (OPENNMT, "step", (50, 100), 1950, ("xent", None, "lr")),
]


@pytest.mark.parametrize(("text", "axis", "begin", "end", "roles"), TOLD, ids=[told[4][0] + told[1] for told in TOLD])
def test_steps_and_roles(
    tmp_path: Path, text: str, axis: str, begin: tuple[float, float], end: float, roles: tuple[str | None, ...]
) -> None:
    run = read_one(READER, written(tmp_path, text, "train.log"))
    found = assign_roles(run)
    assert (found.loss, found.val_loss, found.lr) == roles
    step = run.series[found.loss or ""].step
    assert (run.step_axis, tuple(step[:2]), step[-1]) == (axis, begin, end)
    assert not {"restart", "one-step-many-values", "skipped"} & set(codes(run))


def test_an_evaluations_last_line_counts(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, IMAGENET, "out.txt"))
    assert points(run, "test/Loss") == [(800, 80.5), (1800, 80.5)]
    assert points(run, "test/Acc@1") == [(800, 70.5), (1800, 70.5)]
    assert run.series["Acc@1"].value.tolist() == [0.5] * 10


def test_means_that_still_run_are_left_out(tmp_path: Path) -> None:
    evaluated = KERAS + "79/79 [=====] - 0s 2ms/step - loss: 7.5\n"
    run = read_one(READER, written(tmp_path, evaluated, "out.txt"))
    assert run.series["loss"].value.tolist() == [1.1, 1.2, 1.3, 1.4, 1.5, 1.6]
    assert points(run, "val_loss")[0] == (469, 2.1)
    assert "aggregated" in codes(run)


def test_bars_that_count_each_epoch_anew(tmp_path: Path) -> None:
    text = BARS.replace("Epoch 0:", "").replace("Epoch 1:", "").replace("Epoch 2:", "") + "\n"
    run = read_one(READER, written(tmp_path, text, "out.txt"))
    assert [step for step, _ in points(run, "loss")] == list(range(10, 451, 10))
    assert codes(run) == ["steps-invented"]


def test_nan_is_kept_and_a_torn_line_is_not(tmp_path: Path) -> None:
    text = PLAIN + "epoch 4 | step 2000 | loss nan | lr 0.001\nepoch 4 | step 2100 | loss 0.00"
    run = read_one(READER, written(tmp_path, text, "train.log"))
    assert run.series["loss"].step[-1] == 2000
    assert math.isnan(run.series["loss"].value[-1])
    assert codes(run) == ["torn-tail"]


def test_an_lr_printed_as_zero_is_unknown(tmp_path: Path) -> None:
    text = PLAIN.replace("lr 0.001", "lr 0.000000", 3)
    run = read_one(READER, written(tmp_path, text, "train.log"))
    assert [step for step, _ in points(run, "lr")] == list(range(300, 2000, 100))
    assert "3 LRs printed as 0" in run.notes[0].message


def test_settings_printed_before_the_first_line(tmp_path: Path) -> None:
    head = "args: optimizer='AdamW'\nlearning_rate: 0.0003\nbatch_size: 64\nepochs: 3\n"
    run = read_one(READER, written(tmp_path, head + BATCHES, "train.log"))
    assert learning_rate(run, assign_roles(run)) == (0.0003, "hparams learning_rate")
    assert (optimizer(run), batch_size(run)) == ("AdamW", 64)


def test_resumed_from_a_checkpoint(tmp_path: Path) -> None:
    lines = PLAIN.splitlines(keepends=True)
    again = "".join(lines[10:]).replace("loss 2.", "loss 5.")
    run = read_one(READER, written(tmp_path, "".join(lines[:15]) + again, "train.log"))
    assert [step for step, _ in points(run, "loss")] == list(range(0, 2000, 100))
    assert run.series["loss"].value[10] > 5
    assert codes(run) == ["restart"]


def test_trainings_one_after_the_other_are_several_runs(tmp_path: Path) -> None:
    lines = PLAIN.splitlines(keepends=True)
    text = PLAIN + "".join(lines[:3]) + PLAIN.replace("0.001", "0.01")
    first, second = read_all(READER, written(tmp_path, text, "script/train.log"))
    assert (first.name, second.name) == ("script/1", "script/2")
    assert [len(run.series["loss"]) for run in (first, second)] == [20, 20]
    assert (first.series["lr"].value[0], second.series["lr"].value[0]) == (0.001, 0.01)
    assert "3 trainings" in first.notes[0].message
    assert "1 with fewer than 8 losses" in first.notes[0].message


def test_the_lr_printed_above_each_of_several_trainings(tmp_path: Path) -> None:
    epochs = log(lambda e: f"Epoch {e}/9 train_loss={loss(40 * e)}", range(1, 10))
    runs = read_all(
        READER, written(tmp_path, "".join(f"=== lr={lr} ===\n{epochs}" for lr in (0.5, 0.1, 0.01)), "a.log")
    )
    assert [learning_rate(run, assign_roles(run))[0] for run in runs] == [0.5, 0.1, 0.01]
    assert [(run.step_axis, set(run.series)) for run in runs] == [("epoch", {"train_loss"})] * 3


def test_arguments_that_name_the_epochs_too(tmp_path: Path) -> None:
    head = "Namespace(arch='resnet50', batch_size=256, lr=0.1, epochs=90)\n"
    run = read_one(READER, written(tmp_path, head + BATCHES, "train.log"))
    assert learning_rate(run, assign_roles(run)) == (0.1, "hparams lr")
    assert (batch_size(run), set(run.series)) == (256, {"Loss"})


def test_what_powershell_writes(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, PLAIN.replace("\n", "\r\n").encode("utf-16"), "train.log"))
    assert [step for step, _ in points(run, "loss")] == list(range(0, 2000, 100))
    assert not run.notes


def test_an_announcement_made_again_begins_a_training(tmp_path: Path) -> None:
    text = "".join(f"Starting\nMeta epoch 0...\n{META}" for _ in range(2))
    assert [len(run.series["Meta batch loss"]) for run in read_all(READER, written(tmp_path, text, "a.log"))] == [
        20,
        20,
    ]


def test_what_is_no_log_any_more(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="of no one form"):
        read_one(READER, written(tmp_path, "loss 1\n", "a.log"))


@pytest.mark.parametrize(
    "text", [PLAIN, MNIST, KERAS, HUGGING_FACE, META], ids=["plain", "mnist", "keras", "hf", "meta"]
)
def test_damaged_logs(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, "train.log") > 3


def test_a_real_log_of_many_trainings(real_logs: Path) -> None:
    runs = read_all(READER, real_logs / "text_custom" / "anarayan" / "train.log")
    assert [run.name for run in runs] == ["anarayan/1", "anarayan/2", "anarayan/3", "anarayan/4"]
    losses = [run.series["Meta batch loss"] for run in runs]
    assert [len(series) for series in losses] == [8, 80, 12, 39]
    assert [round(float(series.value[0])) for series in losses] == [2985, 2997, 230, 3003]
    # The last of them evaluates after each of its 13 epochs.
    assert len(runs[3].series["val/batch_loss"]) == 13
    assert {run.step_axis for run in runs} == {"row"}
    assert all({"steps-invented", "skipped"} <= set(codes(run)) for run in runs)

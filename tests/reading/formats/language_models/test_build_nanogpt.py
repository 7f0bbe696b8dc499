"""build-nanogpt: the rows of `log.txt` and the lines of the console."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.build_nanogpt import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.reading.formats.line_logs import codes, knows, read_one, written

ROWS = "0 val 10.9522\n0 hella 0.2487\n0 train 10.955010\n1 train 10.902690\n2 train 10.803932\n"
CONSOLE = """\
total desired batch size: 524288
=> calculated gradient accumulation steps: 32
num decayed parameter tensors: 50, with 124,354,560 parameters
validation loss: 10.9522
HellaSwag accuracy: 2497/10042=0.2487
step     0 | loss: 10.955010 | lr: 6.0000e-05 | norm: 15.3716 | dt: 24512.32ms | tok/sec: 21388.90
rank 0 sample 0: Hello, I'm a language model, and the validation loss: 3
step     1 | loss: 10.902690 | lr: 1.2000e-04 | norm: 13.0000 | dt: 512.32ms | tok/sec: 1023388.90
validation loss: 10.5000
step     2 | loss: 10.803932 | lr: 1.8000e-04 | norm: 12.0000 | dt: 512.32ms | tok/sec: 1023388.90
"""


def read(tmp_path: Path, text: str | bytes) -> Run:
    return read_one(READER, written(tmp_path, text, "log.txt"))


RECOGNISED = [
    ("rows", ROWS, True),
    ("rows of the loss alone", "0 train 10.9\n1 train 10.8\n", True),
    ("rows of the validation alone", "0 val 10.9\n250 val 8.8\n", True),
    ("rows, the last torn", ROWS + "3 tra", True),
    ("many rows, the head cut inside one", "".join(f"{i} train 10.955010\n" for i in range(9000)), True),
    ("the console", CONSOLE, True),
    ("the console of the first version", "step 0, loss: 10.9, dt: 93.12ms, tok/sec: 88000.10\n", True),
    ("accuracies alone", "0 hella 0.24\n250 hella 0.25\n", False),
    ("a single row", "0 train 10.9\n", False),
    ("a row among prose", "notes\n" + ROWS, False),
    ("rows, then prose", ROWS + "the end\n" + ROWS, False),
    ("DeiT's log", '{"train_loss": 1.0, "epoch": 0}\n{"train_loss": 0.9, "epoch": 1}\n', False),
    ("a table by blanks", "0 1.0 10.9\n1 1.0 10.8\n", False),
    ("llm.c", "s:0 tel:11.0092\ns:0 trl:11.0091\n", False),
    ("nanoGPT", "step 0: train loss 4.4501, val loss 4.4402\n", False),
    ("a step without its speed", "step 0 | loss: 1.0 | acc: 0.5\n", False),
    ("its source", 'print(f"step {step:5d} | loss: {loss_accum.item():.6f} | tok/sec: {tokens_per_sec:.2f}")\n', False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "log.txt")) is known


def test_rows(tmp_path: Path) -> None:
    run = read(tmp_path, ROWS + "2 val 10.5\n")
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "val loss": ([0, 2], [10.9522, 10.5]),
        "hella": ([0], [0.2487]),
        "train loss": ([0, 1, 2], [10.95501, 10.90269, 10.803932]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr) == ("train loss", "val loss", None)
    assert roles.accuracy is roles.val_accuracy is None  # a benchmark's score is no accuracy of the training
    assert (run.step_axis, run.notes) == ("step", ())


def test_the_console_says_the_lr(tmp_path: Path) -> None:
    run = read(tmp_path, CONSOLE)
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "train loss": ([0, 1, 2], [10.95501, 10.90269, 10.803932]),
        "lr": ([0, 1, 2], [6e-5, 1.2e-4, 1.8e-4]),
        "norm": ([0, 1, 2], [15.3716, 13, 12]),
        "val loss": ([0, 2], [10.9522, 10.5]),
        "hella": ([0], [0.2487]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr, roles.grad_norm) == ("train loss", "val loss", "lr", "norm")
    assert learning_rate(run, roles) == (1.8e-4, "series lr (peak)")


def test_the_lr_without_a_colon(tmp_path: Path) -> None:
    run = read(tmp_path, CONSOLE.replace("lr: ", "lr "))
    assert run.series["lr"].value.tolist() == [6e-5, 1.2e-4, 1.8e-4]


def test_nan_is_kept(tmp_path: Path) -> None:
    run = read(tmp_path, "0 train 10.9\n1 train nan\n2 train inf\n")
    assert np.array_equal(run.series["train loss"].value, [10.9, math.nan, math.inf], equal_nan=True)


def test_forks_append_when_they_resume(tmp_path: Path) -> None:
    text = "".join(f"{i} train {9 - i / 100:.6f}\n" for i in range(30))
    text += "20 val 8.5\n" + "".join(f"{i} train {8 - i / 100:.6f}\n" for i in range(20, 40))
    run = read(tmp_path, text)
    assert run.series["train loss"].step.tolist() == list(range(40))
    assert run.series["train loss"].value[20] == pytest.approx(7.8)
    assert codes(run) == ["restart"]


@pytest.mark.parametrize(
    ("last", "steps", "notes"),
    [
        ("3 train 10.700000", [0, 1, 2, 3], []),  # six decimals: nothing is missing
        ("3 train 10.7", [0, 1, 2], ["torn-tail"]),
        ("3 tra", [0, 1, 2], []),
    ],
)
def test_a_torn_last_row(tmp_path: Path, last: str, steps: list[int], notes: list[str]) -> None:
    run = read(tmp_path, ROWS + last)
    assert run.series["train loss"].step.tolist() == steps
    assert codes(run) == notes


def test_bytes_of_any_kind(tmp_path: Path) -> None:
    run = read(tmp_path, b"\xff\x00\n" + ROWS.encode() + b"99999999999999 train 1.0\n3 train 1.0.0\n")
    assert run.series["train loss"].step.tolist() == [0, 1, 2]
    with pytest.raises(UnreadableError, match="without one loss"):
        read(tmp_path, b"0 hella 0.24\n" + b"\x00\xff" * 1000)


@pytest.mark.parametrize(
    ("name", "last", "first", "end"),
    [
        ("log", 94, 10.934416, 7.321465),
        ("log_bigger", 19072, 11.087302, 2.941178),
        ("log_half_dataset", 19072, 10.95501, 3.030851),
        ("log_linear_lr", 19072, 10.95501, 3.102417),
        ("log_no_warmup", 19072, 10.95501, 3.181935),
        ("log_smaller", 19072, 10.89043, 3.567126),
    ],
)
def test_real_logs(real_logs: Path, name: str, last: int, first: float, end: float) -> None:
    path = real_logs / "build_nanogpt" / name / "log.txt"
    assert READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    loss = run.series["train loss"]
    assert loss.step.tolist() == list(range(last + 1))
    assert loss.value[[0, -1]].tolist() == [first, end]
    assert assign_roles(run).val_loss == ("val loss" if last > 94 else None)
    assert run.notes == ()

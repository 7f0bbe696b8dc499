"""llm.c: the rows of `main.log`, the lines of the console and its table of flags."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.llmc import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, read_one, written

MAIN = """\
s:0 tel:11.0092
s:0 trl:11.0091 lr:0.000000 norm:15.37
s:1 trl:10.9598 lr:0.000300 norm:15.24
s:2 trl:10.8556 lr:0.000600 norm:14.84
s:3 tel:10.7000
s:3 eval:0.2600
"""
OLD = "s:0 tel:11.0092\ns:0 trl:11.009100\ns:1 trl:10.959800\n"


def step(number: int, loss: float | str, lr: str = "6.00e-04") -> str:
    printed = loss if isinstance(loss, str) else f"{loss:.6f}"
    return (
        f"step {number:4d}/19560 | loss {printed} (-1.20z)| norm 0.9794 (+1.91z)| lr {lr} | 4193.45 ms | 123442 tok/s\n"
    )


FLAGS = """\
Multi-GPU support is disabled. Using a single GPU.
+-----------------------+----------------------------------------------------+
| Parameter             | Value                                              |
+-----------------------+----------------------------------------------------+
| train data pattern    | dev/data/fineweb10B/fineweb_train_*.bin            |
| output log dir        | log124M                                            |
| micro batch size B    | 32                                                 |
| sequence length T     | 1024                                               |
| total batch size      | 524288                                             |
| LR scheduler          | cosine                                             |
| learning rate (LR)    | 6.000000e-04                                       |
| warmup iterations     | 700                                                |
| device                | NVIDIA A100-PCIE-40GB                              |
+-----------------------+----------------------------------------------------+
allocating 474 MiB for AdamW optimizer state m
"""
CONSOLE = (
    FLAGS
    + "val loss 11.008742\n"
    + step(1, 11.0, "3.00e-04")
    + step(2, 10.0)
    + "val loss 10.5\nevaluating HellaSwag: 0/1256\revaluating HellaSwag: 10/1256\r\n"
    + step(3, 9.0)
    + "val loss 9.5\n"
)


def read(tmp_path: Path, text: str | bytes) -> Run:
    return read_one(READER, written(tmp_path, text, "main.log"))


RECOGNISED = [
    ("main.log", MAIN, True),
    ("an older one", OLD, True),
    ("its last row torn", MAIN + "s:4 tr", True),
    (
        "many rows, the head cut inside one",
        "".join(f"s:{i} trl:10.9550 lr:0.000600 norm:0.20\n" for i in range(9000)),
        True,
    ),
    ("the console", CONSOLE, True),
    ("the console after a long table", FLAGS * 100 + step(1, 11.0), True),
    ("an older console", "step    1/20 | train loss 5.35 | norm 1.2 | lr 1e-4 | (29 ms, 139 tok/s)\n", True),
    ("accuracies alone", "s:0 eval:0.24\ns:250 eval:0.25\n", False),
    ("a row among prose", "notes\n" + MAIN, False),
    ("a single row", "s:0 trl:11.0\n", False),
    ("a step of something else", "step 1/20 | loss 5.0 | accuracy 0.3\n", False),
    ("the CPU's lines", "step 0: train loss 5.356189 (took 2.5 ms)\n", False),
    ("build-nanogpt", "step     0 | loss: 10.955010 | lr: 6.0e-05 | tok/sec: 1.0\n", False),
    ("build-nanogpt's rows", "0 val 10.9\n0 train 10.9\n", False),
    ("its source", 'fprintf(logfile, "s:%d trl:%.4f lr:%.6f norm:%.2f\\n", step, train_loss, lr, norm);\n', False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "main.log")) is known


def test_rows(tmp_path: Path) -> None:
    run = read(tmp_path, MAIN)
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "tel": ([0, 3], [11.0092, 10.7]),
        "trl": ([0, 1, 2], [11.0091, 10.9598, 10.8556]),
        "lr": ([1, 2], [0.0003, 0.0006]),  # 0.000000 is too small to print, not 0
        "norm": ([0, 1, 2], [15.37, 15.24, 14.84]),
        "eval": ([3], [0.26]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr, roles.grad_norm) == ("trl", "tel", "lr", "norm")
    assert (run.step_axis, run.notes) == ("step", ())


def test_older_rows_have_the_losses_only(tmp_path: Path) -> None:
    run = read(tmp_path, OLD)
    assert set(run.series) == {"tel", "trl"}
    assert run.series["trl"].value.tolist() == [11.0091, 10.9598]


def test_the_console(tmp_path: Path) -> None:
    run = read(tmp_path, CONSOLE)
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "val loss": ([0, 2, 3], [11.008742, 10.5, 9.5]),  # after so many steps
        "loss": ([1, 2, 3], [11, 10, 9]),
        "norm": ([1, 2, 3], [0.9794] * 3),
        "lr": ([1, 2, 3], [3e-4, 6e-4, 6e-4]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, roles.lr, roles.grad_norm) == ("loss", "val loss", "lr", "norm")
    assert learning_rate(run, roles) == (6e-4, "hparams learning_rate")
    assert (optimizer(run), batch_size(run)) == ("AdamW", 512)  # sequences, where the table counts tokens
    assert run.hparams["lr_scheduler"] == "cosine"
    assert run.hparams["warmup_iterations"] == 700
    assert "fineweb" not in repr(run.hparams)
    assert run.notes == ()


def test_an_older_console(tmp_path: Path) -> None:
    run = read(tmp_path, "step    1/20 | train loss 5.35 | norm 1.2 | lr 1e-4 | (29 ms, 139 tok/s)\n")
    assert {tag: s.value.tolist() for tag, s in run.series.items()} == {"loss": [5.35], "norm": [1.2], "lr": [1e-4]}


def test_nan_is_kept(tmp_path: Path) -> None:
    run = read(tmp_path, MAIN + "s:3 trl:-nan lr:0.000600 norm:inf\n")
    assert np.array_equal(run.series["trl"].value, [11.0091, 10.9598, 10.8556, math.nan], equal_nan=True)
    assert run.series["norm"].value[-1] == math.inf
    run = read(tmp_path, step(1, 11.0) + step(2, "nan"))
    assert np.array_equal(run.series["loss"].value, [11, math.nan], equal_nan=True)


def test_a_resumed_run_appends(tmp_path: Path) -> None:
    text = "".join(f"s:{i} trl:{9 - i / 100:.4f} lr:0.000600 norm:0.20\n" for i in range(30))
    text += "".join(f"s:{i} trl:{8 - i / 100:.4f} lr:0.000600 norm:0.20\n" for i in range(20, 40))
    run = read(tmp_path, text)
    assert run.series["trl"].step.tolist() == list(range(40))
    assert run.series["trl"].value[20] == pytest.approx(7.8)
    assert codes(run) == ["restart"]


def test_a_resumed_console_places_its_first_validation(tmp_path: Path) -> None:
    run = read(tmp_path, "val loss 5.0\n" + step(5001, 4.9) + step(5002, 4.8))
    assert run.series["val loss"].step.tolist() == [5000]


@pytest.mark.parametrize(
    ("last", "steps", "notes"),
    [
        ("s:3 trl:10.7000 lr:0.000600 norm:0.20", [0, 1, 2, 3], []),
        ("s:3 trl:10.7000 lr:0.0006", [0, 1, 2], ["torn-tail"]),
        ("s:3 trl:10.7", [0, 1, 2], ["torn-tail"]),
        ("s:3 t", [0, 1, 2], ["torn-tail"]),
    ],
)
def test_a_torn_last_row(tmp_path: Path, last: str, steps: list[int], notes: list[str]) -> None:
    run = read(tmp_path, MAIN + last)
    assert run.series["trl"].step.tolist() == steps
    assert codes(run) == notes


def test_bytes_of_any_kind(tmp_path: Path) -> None:
    run = read(tmp_path, b"\xff\x00\ns: trl\n" + MAIN.encode() + b"s:1e9 trl:1\ns:99999999999999 trl:1\n| a | |\n")
    assert run.series["trl"].step.tolist() == [0, 1, 2]
    with pytest.raises(UnreadableError, match="without one loss"):
        read(tmp_path, FLAGS.encode() + b"\x00\xff" * 1000)


def test_a_real_main_log(real_logs: Path) -> None:
    path = real_logs / "llmc_main_log" / "main_10B_llmc.log"
    assert READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    assert run.series["trl"].step.tolist() == list(range(19560))
    assert (len(run.series["tel"]), run.series["tel"].value[-1]) == (80, 3.2722)
    lr = run.series["lr"]
    assert (lr.value.min(), lr.value.max(), lr.step[-1]) == (1e-6, 6e-4, 19213)  # then it prints as 0.000000
    assert run.notes == ()


def test_a_real_console(real_logs: Path) -> None:
    path = real_logs / "llmc_stdout" / "gpt2_train.11672114.log"
    assert READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    assert run.series["loss"].step.tolist() == list(range(1, 751))
    assert run.series["val loss"].step.tolist() == [0, 250, 500, 750]
    assert (run.series["lr"].value.min(), run.series["lr"].value.max()) == (8.57e-7, 6e-4)
    assert learning_rate(run, assign_roles(run)) == (6e-4, "hparams learning_rate")
    assert (optimizer(run), batch_size(run)) == ("AdamW", 512)
    assert codes(run) == []  # what a scheduler wrote into the last line is no row

"""Megatron's text logs: fields, arguments, what is not printed, what several processes do to a file."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.megatron import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, clipping, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, read_one

LOSS = "lm loss: {:.6E} | "


def line(
    step: int,
    loss: float | None,
    *,
    lr: float = 1e-4,
    skipped: int = 0,
    nan: int = 0,
    more: str = "",
    steps: int = 1000,
) -> str:
    """One iteration as the writer prints it; a loss that is None or NaN is not."""
    printed = LOSS.format(loss) if loss is not None and loss > 0 else ""
    return (
        f" iteration {step:8d}/{steps:8d} | consumed samples: {4 * step:12d} | elapsed time per iteration (ms): 1.7 | "
        f"learning rate: {lr:.3E} | global batch size:     4 | {printed}loss scale: 16384.0 | {more}"
        f"number of skipped iterations: {skipped:3d} | number of nan iterations: {nan:3d} |\n"
    )


ARGUMENTS = """\
using world size: 8, data-parallel-size: 1
------------------------ arguments ------------------------
  clip_grad ....................................... 1.0
  data_path ....................................... ['/gpfs/rech/ada/text_document']
  global_batch_size ............................... 512
  load ............................................ /gpfs/rech/ada/checkpoints
  log_interval .................................... 10
  lr .............................................. 0.00015
  lr_decay_style .................................. cosine
  lr_warmup_iters ................................. 0
  micro_batch_size ................................ 1
  min_lr .......................................... 1e-05
  optimizer ....................................... adam
  tensorboard_dir ................................. None
-------------------- end of arguments ---------------------
"""


def saved(tmp_path: Path, text: str | bytes, name: str = "slurm-7.out") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(tmp_path: Path, text: str | bytes) -> Run:
    return read_one(READER, saved(tmp_path, text))


OLD = (
    " iteration      100/  500000 | elapsed time per iteration (ms): 350.1 | learning rate 1.500E-04 | "
    "lm loss 7.112000E+00 | loss scale 1024.0 |\n"
)
RECOGNISED = [
    ("one iteration", line(1, 8.0), True),
    ("with a time before it", " [2025-04-13 23:42:06]" + line(1, 8.0), True),
    ("with a rank before it", "511:" + line(1, 8.0), True),
    ("with DeepSpeed's rank", "[default7]:" + line(1, 8.0), True),
    ("without colons, as in 2020", OLD, True),
    ("arguments only so far", ARGUMENTS, True),
    ("after much else", "x\n" * 10_000 + line(1, 8.0) + "y\n" * 10_000, True),
    ("at the end of a large file", "x" * 70 + ("\n" + "x" * 70) * 3000 + "\n" + line(1, 8.0), True),
    ("the time of an iteration", "time (ms) | forward-compute: 29189.57 | optimizer: 317.20 |\n", False),
    ("another's iterations", "iteration 10 | loss: 1.0 | learning rate: 0.1\n", False),
    ("another's counted iterations", "iteration 10/100 loss 1.0 learning rate 0.1\n", False),
    ("nanoGPT", "iter 10: loss 4.45, time 23.3ms, mfu 1.00%\n", False),
    ("its source code", 'log_string += " iteration {:8d}/{:8d} |".format(iteration, args.train_iters)\n', False),
    ("a CSV", "iteration,learning rate,lm loss\n1,0.1,2\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_an_iteration(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, saved(tmp_path, text)) is known


def test_a_run_with_everything(tmp_path: Path) -> None:
    text = ARGUMENTS + "".join(line(10 * i, 9 - i, lr=i * 1e-5, more="grad norm: 3.307 | ") for i in range(1, 6))
    text += " validation loss at iteration 50 | lm loss value: 8.095942E+00 | lm loss PPL: 3.281128E+03 | \n"
    text += " validation loss at iteration 50 on test set | lm loss value: 7.5E+00 | lm loss PPL: 2.0E+03 | \n"
    run = read(tmp_path, text)
    assert run.step_axis == "iteration"
    assert run.series["lm loss"].step.tolist() == [10, 20, 30, 40, 50]
    assert run.series["lm loss"].value.tolist() == [8, 7, 6, 5, 4]
    assert run.series["learning rate"].value.tolist() == pytest.approx([1e-5, 2e-5, 3e-5, 4e-5, 5e-5])
    assert run.series["lm loss value"].value.tolist() == [8.095942]
    assert run.series["test lm loss value"].value.tolist() == [7.5]
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("lm loss", None)  # one evaluation is no curve
    assert (roles.lr, roles.grad_norm) == ("learning rate", "grad norm")
    assert learning_rate(run, roles)[0] == 1.5e-4
    assert (optimizer(run), batch_size(run), clipping(run)) == ("Adam", 512, 1.0)
    assert run.hparams["lr_decay_style"] == "cosine"
    assert not {"data_path", "load", "tensorboard_dir"} & run.hparams.keys()
    assert "rech" not in repr(run.hparams)
    assert codes(run) == ["aggregated"]


def test_a_line_a_step_is_no_aggregate(tmp_path: Path) -> None:
    assert codes(read(tmp_path, "".join(line(i, 8.0 - i / 10) for i in range(1, 9)))) == []


def test_without_a_dump_the_lines_tell_the_batch_size(tmp_path: Path) -> None:
    text = line(1, 8.0) + line(2, 7.0)
    assert batch_size(read(tmp_path, text)) == 4
    ramped = text + line(3, 6.0).replace("global batch size:     4", "global batch size:     8")
    assert batch_size(read(tmp_path, ramped)) is None


def test_old_lines_without_colons(tmp_path: Path) -> None:
    run = read(tmp_path, OLD + OLD.replace("100/", "200/"))
    assert run.series["lm loss"].step.tolist() == [100, 200]
    assert run.series["learning rate"].value.tolist() == [1.5e-4, 1.5e-4]


@pytest.mark.parametrize("prefix", [" [2025-04-13 23:42:06]", "511:", "[default7]:", "0: [rank0]: ", "\x1b[32m"])
def test_prefixes_of_ranks_and_times(tmp_path: Path, prefix: str) -> None:
    text = "".join(prefix + row + "\n" for row in (ARGUMENTS + line(1, 8.0) + line(2, 7.0)).splitlines())
    run = read(tmp_path, text)
    assert run.series["lm loss"].value.tolist() == [8, 7]
    assert run.hparams["lr"] == 0.00015


def test_the_loss_may_come_before_the_lr_and_have_company(tmp_path: Path) -> None:
    text = (
        " iteration        7/      10 | lm loss: 2.5E+00 | mtp_1 loss: 1.5E+00 | load_balancing_loss: 1.0E+00 | "
        "learning rate: 1.0E-03 | params norm: 12.5 | number of skipped iterations:   0 |\n"
    )
    run = read(tmp_path, text)
    assert {tag: s.value.tolist() for tag, s in run.series.items()} == {
        "lm loss": [2.5],
        "mtp_1 loss": [1.5],
        "load_balancing_loss": [1.0],
        "learning rate": [1e-3],
        "params norm": [12.5],
    }


# ---- what is not printed


def test_skipped_iterations_are_no_points(tmp_path: Path) -> None:
    text = line(10, None, lr=0, skipped=10) + line(20, 12.0, lr=3.75e-5, skipped=8) + line(30, 9.0, lr=1.5e-4)
    run = read(tmp_path, ARGUMENTS + text)
    assert run.series["lm loss"].step.tolist() == [20, 30]
    assert run.series["learning rate"].step.tolist() == [20, 30]
    assert run.series["loss scale"].step.tolist() == [10, 20, 30]
    assert codes(run) == ["aggregated"]


def test_a_loss_that_is_missing_was_nan(tmp_path: Path) -> None:
    text = "".join(line(i, 8.0 - i) for i in range(1, 5)) + line(5, None, more="grad norm: nan | ") + line(6, math.nan)
    run = read(tmp_path, text)
    assert np.array_equal(run.series["lm loss"].value, [7, 6, 5, 4, np.nan, np.nan], equal_nan=True)
    assert np.isnan(run.series["grad norm"].value).tolist() == [True]
    assert run.series["learning rate"].step.tolist() == [1, 2, 3, 4, 5, 6]
    (note,) = run.notes
    assert note.code == "derived"
    assert note.message.startswith("2 lines have no loss")


def test_all_skipped_for_nan_is_nan_as_well(tmp_path: Path) -> None:
    run = read(tmp_path, line(1, 8.0) + line(2, None, skipped=1, nan=1))
    assert np.array_equal(run.series["lm loss"].value, [8, np.nan], equal_nan=True)


def test_a_mean_without_the_nan_is_filtered(tmp_path: Path) -> None:
    text = line(10, 8.0) + line(20, 7.0, skipped=3, nan=3) + line(30, 6.0, skipped=1, nan=1)
    run = read(tmp_path, text)
    note = next(note for note in run.notes if note.code == "non-finite-filtered")
    assert note.message.startswith("the loss was NaN or inf in 4 iterations")
    assert note.step == 20


def test_infinity_is_printed_and_kept(tmp_path: Path) -> None:
    run = read(tmp_path, line(1, 8.0) + line(2, math.inf) + line(3, 1.0))
    assert run.series["lm loss"].value.tolist() == [8, math.inf, 1]


# ---- several writers, restarts, torn files


def test_each_iteration_once_however_often_it_was_written(tmp_path: Path) -> None:
    rows = [line(i, 9.0 - i / 5) for i in range(1, 20)]
    thrice = "".join(f"[default{rank}]:{row}" for row in rows for rank in range(3))
    assert read(tmp_path, thrice).series["lm loss"].step.tolist() == list(range(1, 20))
    staggered = "".join(rows[:10] + rows[2:12] + rows[4:] + rows[15:])
    run = read(tmp_path, staggered)
    assert run.series["lm loss"].step.tolist() == list(range(1, 20))
    assert codes(run) == []


def test_a_restart_overrides(tmp_path: Path) -> None:
    first = "".join(line(i, 9.0 - i / 10) for i in range(1, 21))
    second = "".join(line(i, 8.0 - i / 10) for i in range(11, 31))
    run = read(tmp_path, ARGUMENTS + first + "srun: Job step aborted\n" + ARGUMENTS + second)
    assert run.series["lm loss"].step.tolist() == list(range(1, 31))
    assert run.series["lm loss"].value[10] == pytest.approx(6.9)
    assert codes(run)[0] == "restart"


def test_more_restarts_than_hands(tmp_path: Path) -> None:
    text = "".join(line(s, 9 - a - s / 1000) for a in range(7) for s in range(10 * a + 1, 10 * a + 16))
    run = read(tmp_path, text)
    assert run.series["lm loss"].step.tolist() == list(range(1, 76))
    assert set(codes(run)) == {"restart"}


def test_glued_and_cut_lines(tmp_path: Path) -> None:
    glued = line(1, 8.0).rstrip("\n") + line(2, 7.0)
    cut = line(3, 6.0)
    broken = cut[: cut.index("lm loss: 6") + 10] + "[Rank 3] (after 20 iterations) memory (MB) | allocated: 15492.8\n"
    run = read(tmp_path, glued + broken + cut[90:] + line(4, 5.0))
    assert run.series["lm loss"].step.tolist() == [1, 2, 4]
    assert set(run.series) == {"lm loss", "learning rate", "loss scale"}


def test_a_torn_last_line(tmp_path: Path) -> None:
    rows = line(1, 8.0) + line(2, 7.0)
    last = line(3, 6.0).rstrip("\n")
    assert read(tmp_path, rows + last).series["lm loss"].step.tolist() == [1, 2, 3]  # its bar is there
    torn = read(tmp_path, rows + last[: last.index("lm loss") + 12])
    assert torn.series["lm loss"].step.tolist() == [1, 2]
    assert codes(torn) == ["torn-tail"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ARGUMENTS, "training ended before its first log"),
        (ARGUMENTS + line(10, None, lr=0, skipped=10), "training ended before its first log"),
        (b"\x00\xff iteration \xfe 1/2 | learning rate: x |\n" * 100, "training ended before its first log"),
    ],
)
def test_a_log_without_a_loss(tmp_path: Path, text: str | bytes, found: str) -> None:
    with pytest.raises(UnreadableError, match=found):
        read(tmp_path, text)


# ---- real logs


def real(folder: Path, name: str) -> Run:
    path = folder / "megatron" / name
    assert READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    return run


def test_a_real_log_of_a_line_an_iteration(real_logs: Path) -> None:
    run = real(real_logs, "meg_ds_3d_gpt2_perf_n16-ds-off.out")
    loss = run.series["lm loss"]
    assert loss.step.tolist() == list(range(1, 63))
    assert loss.value[[0, 2]].tolist() == [12.44238, 44.24266]
    assert run.series["learning rate"].value.max() == 1.5e-4
    assert learning_rate(run, assign_roles(run)) == (1.5e-4, "hparams lr")
    assert (optimizer(run), batch_size(run)) == ("Adam", 1024)
    assert "six" not in repr(run.hparams)  # the group whose cluster it was
    assert codes(run) == []


def test_a_real_log_with_skipped_iterations(real_logs: Path) -> None:
    run = real(real_logs, "meg_gpt2_base_n8_dp1_tp4_pp8-1809562.out")
    assert run.series["lm loss"].step.tolist() == list(range(20, 201, 10))
    assert run.series["learning rate"].value.min() == 3.75e-5  # not the 0 of the skipped ones
    assert run.series["lm loss value"].value.tolist() == [8.095942, 7.645013]
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("lm loss", "lm loss value")
    assert batch_size(run) == 4
    assert codes(run) == ["aggregated"]

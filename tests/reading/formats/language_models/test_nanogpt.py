"""nanoGPT's console output: iterations, estimates, and the settings that were printed."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.nanogpt import READER
from lrdoctor.reading.parsing.head import Head, look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, clipping, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, read_one, written


def it(step: int, loss: float | str, more: str = ", mfu 17.31%") -> str:
    printed = loss if isinstance(loss, str) else f"{loss:.4f}"
    return f"iter {step}: loss {printed}, time 243.91ms{more}\n"


def estimate(step: int, train: float, val: float) -> str:
    return f"step {step}: train loss {train:.4f}, val loss {val:.4f}\n"


CONFIG = """\
Overriding config with config/train_shakespeare_char.py:
# train a miniature character-level shakespeare model

out_dir = 'out-shakespeare-char'
eval_interval = 250 # keep frequent because we'll overfit
wandb_run_name = 'ft-' + str(time.time())
dataset = 'shakespeare_char'
gradient_accumulation_steps = 2
batch_size = 64
learning_rate = 1e-3 # with baby networks can afford to go a bit higher
max_iters = 5000
lr_decay_iters = 5000 # make equal to max_iters usually
min_lr = 1e-4 # learning_rate / 10 usually
warmup_iters = 100
grad_clip = 1.0

Overriding: learning_rate = 0.0005
Overriding: device = cpu
Overriding: decay_lr = True
tokens per iteration will be: 32,768
number of parameters: 10.65M
using fused AdamW: True
"""


def read(tmp_path: Path, text: str | bytes) -> Run:
    return read_one(READER, written(tmp_path, text, "output.log"))


RECOGNISED = [
    ("an iteration", it(0, 4.5), True),
    ("one without mfu, as at first", it(0, 4.5, ""), True),
    ("an estimate alone", estimate(0, 4.5, 4.4), True),
    ("with a time before it", "2023-03-22 09:30:39 " + it(2920, 3.98), True),
    ("a diverged one", it(10, "nan"), True),
    ("after a long traceback", "  File x\n" * 20_000 + it(0, 4.5), True),
    ("a traceback through its source", '    losses = estimate_loss()\n  File "train.py", line 355\n', False),
    ("its source", 'print(f"iter {iter_num}: loss {lossf:.4f}, time {dt*1000:.2f}ms, mfu {mfu*100:.2f}%")\n', False),
    ("build-nanogpt", "step     0 | loss: 10.955010 | lr: 6.0e-05 | tok/sec: 1.0\n", False),
    (
        "llm.c",
        "step    1/19560 | loss 11.010252 (+nanz)| norm 15.1374 (+nanz)| lr 8.57e-07 | 4621 ms | 1 tok/s\n",
        False,
    ),
    ("llm.c on the CPU", "step 0: train loss 5.356189 (took 2.5 ms)\n", False),
    ("another script", "iter 0: loss 4.5\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_a_line(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "output.log")) is known


def test_a_run_with_everything(tmp_path: Path) -> None:
    text = CONFIG + estimate(0, 4.45, 4.44) + "".join(it(i, 4 - i / 10) for i in range(6)) + estimate(5, 3.4, 3.5)
    run = read(tmp_path, text)
    assert run.step_axis == "iter"
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "loss": ([0, 1, 2, 3, 4, 5], [4.0, 3.9, 3.8, 3.7, 3.6, 3.5]),
        "train loss (eval)": ([0, 5], [4.45, 3.4]),
        "val loss": ([0, 5], [4.44, 3.5]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("loss", "val loss")
    assert learning_rate(run, roles) == (0.0005, "hparams learning_rate")  # what overrides the file wins
    assert (optimizer(run), batch_size(run), clipping(run)) == ("AdamW", 128, 1.0)
    assert run.hparams["min_lr"] == 1e-4
    assert run.hparams["decay_lr"] is True
    assert run.hparams["device"] == "cpu"
    assert not {"out_dir", "wandb_run_name"} & run.hparams.keys()
    assert run.notes == ()


def test_estimates_alone_are_the_training_loss(tmp_path: Path) -> None:
    run = read(tmp_path, "".join(estimate(250 * i, 4 - i / 10, 4.1 - i / 10) for i in range(5)))
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("train loss", "val loss")


@pytest.mark.parametrize("count", [5, 6])
def test_estimates_as_dense_as_the_loss_do_not_replace_it(tmp_path: Path, count: int) -> None:
    run = read(tmp_path, "".join(estimate(i, 4.2, 4.3) for i in range(5)) + "".join(it(i, 4.1) for i in range(count)))
    assert assign_roles(run).loss == "loss"


def test_forks_print_more(tmp_path: Path) -> None:
    run = read(tmp_path, it(0, 4.5, ", lr 1.00e-03") + it(1, 4.4, ", mfu 1.00%, lr 2.00e-03, grad norm 0.5"))
    assert run.series["lr"].value.tolist() == [1e-3, 2e-3]
    assert run.series["grad norm"].value.tolist() == [0.5]


@pytest.mark.parametrize(
    "line",
    [
        "iter {0}: loss 2.5000, lr 6.0000e-04, time 243.91ms, mfu 17.31%\n",
        "{0} | loss 2.5000 | lr 6.000000e-04 | 243.91ms | mfu 17.31%\n",
    ],
)
def test_forks_print_the_lr_before_the_time(tmp_path: Path, line: str) -> None:
    text = "".join(line.format(step) for step in range(0, 50, 10))
    assert READER.recognise(Head(tmp_path / "a.log", text.encode(), len(text))) is not None
    run = read(tmp_path, estimate(0, 2.6, 2.7) + text)
    assert run.series["loss"].step.tolist() == run.series["lr"].step.tolist() == [0, 10, 20, 30, 40]
    assert set(run.series["lr"].value) == {6e-4}
    assert assign_roles(run).loss == "loss"


def test_settings_only_where_they_were_printed(tmp_path: Path) -> None:
    text = "learning_rate = 5\n" + it(0, 4.5) + "Overriding: learning_rate = 0.1\n"
    assert dict(read(tmp_path, text).hparams) == {"learning_rate": 0.1}


def test_nan_is_kept(tmp_path: Path) -> None:
    run = read(tmp_path, it(0, 4.5) + it(1, "nan") + it(2, "inf"))
    assert np.array_equal(run.series["loss"].value, [4.5, math.nan, math.inf], equal_nan=True)


def test_a_resumed_run(tmp_path: Path) -> None:
    text = "".join(it(i, 4 - i / 100) for i in range(30)) + "".join(it(i, 3 - i / 100) for i in range(20, 40))
    run = read(tmp_path, text)
    assert run.series["loss"].step.tolist() == list(range(40))
    assert run.series["loss"].value[20] == 2.8
    assert codes(run) == ["restart"]


@pytest.mark.parametrize(
    ("last", "points", "notes"),
    [
        ("iter 2: loss 4.3000, time 1.00ms, mfu 1.00%", 3, []),
        ("iter 2: loss 4.3000, time 1.00ms", 3, []),
        ("iter 2: loss 4.3000, time 1.00ms, mf", 2, ["torn-tail"]),
        ("iter 2: loss 4.3", 2, ["torn-tail"]),
        ("KeyboardInterrupt", 2, []),
    ],
)
def test_a_torn_last_line(tmp_path: Path, last: str, points: int, notes: list[str]) -> None:
    run = read(tmp_path, it(0, 4.5) + it(1, 4.4) + last)
    assert len(run.series["loss"]) == points
    assert codes(run) == notes


def test_bytes_of_any_kind(tmp_path: Path) -> None:
    run = read(
        tmp_path, b"\x00\xff\n" + it(0, 4.5).encode() + b"iter 9999999999999999: loss 1, time 1ms\niter \xff: loss\n"
    )
    assert run.series["loss"].step.tolist() == [0]
    with pytest.raises(UnreadableError, match="without one loss"):
        read(tmp_path, b"\x00\xff\xfe" * 1000)


def test_a_real_output_log(real_logs: Path) -> None:
    folder = real_logs / "wandb_offline" / "druidowm_jnyhr7aj" / "files"
    path = folder / "output.log"
    assert READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test", (folder / "config.yaml",)))
    assert run.series["loss"].step.tolist() == list(range(2156))
    assert run.series["loss"].value[:2].tolist() == [4.4512, 4.4586]
    assert run.series["val loss"].step.tolist() == list(range(0, 2001, 200))
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("loss", "val loss")
    assert learning_rate(run, roles) == (0.0006, "hparams learning_rate")
    assert codes(run) == []


def test_a_real_traceback_is_no_log(real_logs: Path) -> None:
    path = real_logs / "wandb_offline" / "druidowm_18kjtmnl" / "files" / "output.log"
    assert READER.recognise(look(path)) is None

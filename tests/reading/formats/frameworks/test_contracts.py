"""Frameworks whose logs the generic readers read: every value as a pattern reads it, at its step, in its part.

No reader of their own: what is tested is that none is needed.
"""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.records.run import Run
from tests.reading.formats.line_logs import written

STEPS = 60


def loss(n: int) -> float:
    return round(9 / (1 + n / 20) + 1, 4)


def lr(n: int) -> float:
    return 3e-4 * min(1.0, (n + 1) / 20)


def torchtitan() -> str:
    """With the colours that it prints at a terminal."""
    return "".join(
        f"[rank0]:[titan] 2024-10-01 12:00:00,123 - root - INFO - \x1b[31mstep: {10 * n:2}  "
        f"\x1b[32mloss: {loss(n):7.4f}  "
        f"\x1b[38;5;208mgrad_norm: {1.2345:7.4f}  \x1b[33mmemory: 24.97GiB(31.55%)  \x1b[34mtps: 6,123  "
        f"\x1b[36mtflops: 31.23  \x1b[35mmfu: 10.01%\x1b[39m\n"
        for n in range(1, STEPS)
    )


def nemo() -> str:
    """NeMo 2's progress printer: a validation loss is told again in each line after it."""
    text = ""
    for n in range(STEPS):
        text += f"Training epoch 0, iteration {n}/299 | lr: {lr(n):.4g} | global_batch_size: 512 | global_step: {n}"
        text += f" | reduced_train_loss: {loss(n):.4f} | train_step_timing in s: 6.194"
        text += f" | consumed_samples: {(n + 1) * 512}" if n else ""
        text += f" | val_loss: {loss(n - n % 20) + 0.1:.4f}\n" if n >= 20 else "\n"
    return text


def openclip() -> str:
    text = "2023-01-01,12:00:00 | INFO |   batch_size: 256\n2023-01-01,12:00:00 | INFO |   lr: 0.0003\n"
    for n in range(STEPS):
        epoch, within = divmod(n, 20)
        text += (
            f"2023-01-01,12:00:{n % 60:02d} | INFO | Train Epoch: {epoch} [{within * 25600:>7}/512000 ({5 * within}%)]"
        )
        text += f" Data (t): 0.511 Batch (t): 1.201, 213.311/s, 213.311/s/gpu LR: {lr(n):5f} Logit Scale: 14.286"
        text += (
            f" Contrastive_loss: {loss(n):#.5g} ({loss(n) + 0.1:#.5g}) Loss: {loss(n):#.5g} ({loss(n) + 0.1:#.5g})\n"
        )
        if within == 19:
            text += f"2023-01-01,12:00:59 | INFO | Eval Epoch: {epoch + 1} image_to_text_mean_rank: 10.2345"
            text += f"\tclip_val_loss: {loss(n) + 0.1:.4f}\tepoch: {epoch + 1:.4f}\tnum_samples: 5000.0000\n"
    return text


def espnet() -> str:
    text, head = "", "[host] 2023-01-01 12:00:00,000 (trainer:732) INFO: "
    for n in range(STEPS):
        epoch, within = divmod(n, 10)
        text += f"{head}{epoch + 1}epoch:train:{100 * within + 1}-{100 * within + 100}batch: iter_time=1.8e-04,"
        text += f" loss_ctc={loss(n) + 3}, loss_att={loss(n) + 2}, acc=0.21, loss={loss(n)}, backward_time=0.12,"
        text += f" grad_norm=12.1, clip=100.000, loss_scale=1.000, optim0_lr0={lr(n):.3e}, train_time=1.212\n"
        if within == 9:
            text += f"{head}{epoch + 1}epoch results: [train] iter_time=1.9e-04, loss_ctc=9, loss={loss(n) - 0.5:.4f},"
            text += f" optim0_lr0={lr(n):.3e}, train_time=1.2, time=20 minutes and 12.31 seconds, total_count=1000,"
            text += f" [valid] loss_ctc=8, acc=0.3, wer=0.9, loss={loss(n) + 0.1:.4f}, time=12.1 seconds\n"
    return text


def icefall() -> str:
    text, head = "", "2022-05-01 12:00:00,000 INFO [train.py:876] (0/4) "
    for n in range(STEPS):
        epoch, within = divmod(n, 20)
        part = f"loss={loss(n)}, simple_loss={2 * loss(n):.4f}, pruned_loss={loss(n) - 0.2:.4f}"
        text += f"{head}Epoch {epoch + 1}, batch {50 * within}, loss[{part}, over 2512.00 frames. ],"
        text += f" tot_loss[{part}, over 91234.51 frames. ], batch size: 20, lr: {lr(n):.2e}, grad_scale: 8.0\n"
        if within == 19:
            text += f"{head}Computing validation loss\n{head}Epoch {epoch + 1}, validation: loss={loss(n) + 0.1:.4f},"
            text += f" simple_loss=0.5, pruned_loss=0.2, over 944034.00 frames. \n{head}Maximum memory is 16123MB\n"
    return text


def speechbrain() -> str:
    """`train_log.txt` of `FileTrainLogger`."""
    rows = (
        f"epoch: {n + 1}, lr: {lr(n):.2e} - train loss: {loss(n):.4f}"
        f" - valid loss: {loss(n) + 0.1:.4f}, valid PER: 40.2\n"
        for n in range(STEPS)
    )
    return "".join(rows) + "Epoch loaded: 38 - test loss: 1.21, test PER: 15.21\n"


def kohya() -> str:
    """sd-scripts' bar, which writes over itself."""
    bars = (
        f"\rsteps:  {n:2d}%|█         | {n}/1600 [00:{n:02d}<27:00,  1.02s/it, avr_loss={loss(n):.4g}]"
        for n in range(1, STEPS)
    )
    return "running training\n  num epochs: 8\n" + "".join(bars) + "\n"


@dataclass(frozen=True)
class Kind:
    """A framework: what it writes, its log's name, patterns of its losses and its LR, where these stand.

    Args:
        text, name: of the log.
        loss, val, lr: patterns whose last group is the value, all others what counts the steps.
        step: from the numbers that count to the step; None where only the order is known.
    """

    text: Callable[[], str]
    name: str
    loss: str
    val: str = ""
    lr: str = ""
    step: Callable[..., float] | None = None


NUMBER = r"([\d.]+\d)"
KINDS = [
    Kind(torchtitan, "train.log", r"step: +(\d+).*?[ m]loss: +(\S+)", step=lambda n: n),
    Kind(
        nemo,
        "nemo_log.txt",
        loss=r"global_step: (\d+) .*reduced_train_loss: (\S+)",
        val=r"val_loss: (\S+)",
        lr=r"\| lr: (\S+)",
        step=lambda n: n,
    ),
    Kind(
        openclip,
        "out.log",
        loss=r"Epoch: (\d+) \[ *(\d+)/.* Loss: (\S+)",
        val=r"clip_val_loss: (\S+)",
        lr=r"LR: (\S+)",
        step=lambda epoch, n: 512_000 * epoch + n,
    ),
    Kind(
        espnet,
        "train.log",
        loss=rf"(\d+)epoch:train:\d+-(\d+)batch.* loss={NUMBER}",
        val=rf"valid.* loss={NUMBER}",
        lr=r"batch:.*lr0=(\S+),",
    ),
    Kind(
        icefall,
        "log-train-2022-05-01-12-00-00-0",
        loss=rf"(\d+), batch (\d+), loss\[loss={NUMBER}",
        val=rf"validation: loss={NUMBER}",
        lr=r", lr: (\S+),",
    ),
    Kind(
        speechbrain,
        "train_log.txt",
        loss=r"epoch: (\d+).*train loss: (\S+)",
        val=r"valid loss: (\S+),",
        lr=r"lr: (\S+)",
        step=lambda n: n,
    ),
    Kind(kohya, "train.log", r" (\d+)/1600.*?avr_loss=(\S+)\]", step=lambda n: n),
]
every = pytest.mark.parametrize("kind", KINDS, ids=[kind.text.__name__ for kind in KINDS])


def read(tmp_path: Path, kind: Kind, text: str) -> Run:
    (run,) = lrdoctor.read(written(tmp_path, text, f"mine/{kind.name}"))
    return run


def values(found: list[str] | list[tuple[str, ...]]) -> list[float]:
    return [float(one if isinstance(one, str) else one[-1]) for one in found]


@every
def test_losses_validation_and_lr_as_a_pattern_reads_them(tmp_path: Path, kind: Kind) -> None:
    text = kind.text()
    run = read(tmp_path, kind, text)
    roles = lrdoctor.diagnose(run).roles
    assert roles.loss is not None
    told = re.findall(kind.loss, text.replace("\r", "\n"))
    assert run.series[roles.loss].value.tolist() == values(told)
    steps = run.series[roles.loss].step.tolist()
    if kind.step is not None:
        assert steps == [kind.step(*map(int, one[:-1])) for one in told]
    assert steps == sorted(set(steps))
    for tag, pattern in ((roles.val_loss, kind.val), (roles.lr, kind.lr)):
        assert (tag is None) == (not pattern), run.series
        if tag is not None:
            assert run.series[tag].value.tolist() == [value for value in values(re.findall(pattern, text)) if value]


@every
def test_a_loss_that_is_nan_stays(tmp_path: Path, kind: Kind) -> None:
    text = kind.text()
    last = list(re.finditer(kind.loss, text.replace("\r", "\n")))[-1]
    begin, end = last.span(last.lastindex or 0)
    run = read(tmp_path, kind, text[:begin] + "nan" + text[end:])
    loss = lrdoctor.diagnose(run).roles.loss
    assert loss is not None
    assert math.isnan(run.series[loss].value[-1])


@every
def test_a_log_cut_anywhere_is_read_or_refused(tmp_path: Path, kind: Kind) -> None:
    text = kind.text()
    for share in (0.1, 0.5, 0.9, 0.999):
        path = written(tmp_path, text[: int(share * len(text))], kind.name)
        try:
            (run,) = lrdoctor.read(path)
        except lrdoctor.LrdoctorError:
            assert share < 0.5
        else:
            assert run.series


def test_sacreds_folder(tmp_path: Path) -> None:
    """Written by sacred 0.8.7's FileStorageObserver: `metrics.json` beside `config.json` and `run.json`."""
    steps = [10 * n for n in range(STEPS)]
    losses = [*map(loss, range(STEPS - 1)), math.nan]
    stamps = ["2026-12-01T13:43:21.419833"] * STEPS
    metrics = {
        "training.loss": {"steps": steps, "timestamps": stamps, "values": losses},
        "validation.loss": {"steps": [0, 200, 400], "timestamps": stamps[:3], "values": [3, 2, 1]},
    }
    written(tmp_path, json.dumps(metrics, indent=2), "sacred/1/metrics.json")
    written(tmp_path, json.dumps({"batch_size": 32, "lr": 0.001, "seed": 36391759}), "sacred/1/config.json")
    written(tmp_path, json.dumps({"command": "main", "result": 0.5, "status": "COMPLETED"}), "sacred/1/run.json")
    written(tmp_path, "Epoch 1 done\n", "sacred/1/cout.txt")
    (run,) = lrdoctor.read(tmp_path)
    assert run.series["training.loss"].step.tolist() == steps
    assert run.series["training.loss"].value[:-1].tolist() == losses[:-1]
    assert math.isnan(run.series["training.loss"].value[-1])
    assert run.series["validation.loss"].step.tolist() == [0, 200, 400]
    diagnosis = lrdoctor.diagnose(run)
    assert (diagnosis.roles.loss, diagnosis.roles.val_loss, diagnosis.lr) == ("training.loss", "validation.loss", 0.001)

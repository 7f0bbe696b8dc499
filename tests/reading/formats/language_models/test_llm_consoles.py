"""What nanochat, LitGPT, MaxText and Composer print: every value, validation at its step, damage, look-alikes."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models import composer, litgpt, maxtext, nanochat
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.records.run import Source
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAME = "train.log"


def loss(n: int) -> float:
    return round(9 / (1 + n / 20) + 1, 4)


def of_nanochat(n: int) -> str:
    check = f"Step {n:05d} | Validation bpb: {loss(n) / 3:.6f}\n" if n % 10 == 0 else ""
    rest = "dt: 3212.45ms | tok/sec: 163,210 | bf16_mfu: 15.03 | epoch: 1 pq: 0 rg: 14 | total time: 0.84m | eta: 9.0m"
    return f"{check}step {n:05d}/21400 ({n / 214:.2f}%) | loss: {loss(n):.6f} | lrm: 1.00 | {rest}\n"


def of_litgpt(n: int) -> str:
    check = f"iter {4 * n}: val loss {loss(n) + 0.1:.4f}, val time: 12231.21 ms\n" if n % 10 == 0 and n else ""
    val = f"{loss(n - n % 10) + 0.1:.3f}" if n >= 10 else "n/a"
    row = f"Epoch 1 | iter {4 * n} step {n} | loss train: {loss(n):.4f}, val: {val}"
    return f"{row} | iter time: 512.43 ms (step) remaining time: 1 day, 3:21:12\n{check}"


def of_maxtext(n: int) -> str:
    check = f"eval metrics after step: {n}, loss={loss(n) + 0.1}, total_weights=75264.0\n" if n % 10 == 0 else ""
    speed = "seconds: 3.123, TFLOP/s/device: 62.111, Tokens/s/device: 1720.334, total_weights: 65536"
    return f"I0804 08:20:00.0 1 metric_logger.py:210] completed step: {n}, {speed}, loss: {loss(n)}\n{check}"


def of_composer(n: int) -> str:
    told = f"[batch={n + 1}/3200]:\n\t Train time/batch: {n}\n\t Train time/sample: {512 * n}\n"
    told += f"\t Train loss/train/total: {loss(n)}\n\t Train memory/current_allocated_mem: 2.5\n"
    told += f"\t Train lr-DecoupledAdamW/group0: {6e-4 if n else 0:.4f}\n"
    if n % 10 == 0:
        told += "[Eval batch=16/16] Eval on eval data:\n"
        told += f"\t Eval metrics/eval/LanguageCrossEntropy: {loss(n) + 0.1}\n"
    return told


@dataclass(frozen=True)
class Kind:
    """A format: its reader, a step's lines, what stands before, the tags of the losses."""

    reader: Reader
    row: Callable[[int], str]
    before: str
    loss: str
    val: str
    first: int = 0

    def log(self, steps: int = 60) -> str:
        return self.before + "".join(map(self.row, range(self.first, self.first + steps)))


KINDS = [
    Kind(
        nanochat.READER,
        of_nanochat,
        "Total batch size 524,288 => gradient accumulation steps: 2\n",
        "loss",
        "Validation bpb",
    ),
    Kind(
        litgpt.READER,
        of_litgpt,
        "{'optimizer': {'class_path': 'torch.optim.AdamW', 'init_args': {'lr': 0.0004, 'weight_decay': 0.1}},\n"
        " 'train': TrainArgs(save_interval=1000, global_batch_size=512, max_norm=1.0, lr_warmup_steps=2000)}\n",
        "loss train",
        "val loss",
        1,
    ),
    Kind(
        maxtext.READER,
        of_maxtext,
        "Config param learning_rate: 3e-05\nConfig param opt_type: adamw\nConfig param run_name: a/b\n",
        "loss",
        "eval metrics/loss",
    ),
    Kind(
        composer.READER,
        of_composer,
        "num_nodes: 2\n",
        "Train loss/train/total",
        "Eval metrics/eval/LanguageCrossEntropy",
    ),
]
every = pytest.mark.parametrize("kind", KINDS, ids=[kind.reader.name for kind in KINDS])


@every
def test_recognised_by_its_lines_and_none_by_anothers(tmp_path: Path, kind: Kind) -> None:
    path = written(tmp_path, kind.log(), NAME)
    assert [other.reader.name for other in KINDS if knows(other.reader, path)] == [kind.reader.name]
    assert knows(kind.reader, written(tmp_path, "loading\n" * 20_000 + kind.log(), NAME))
    for text in (kind.before, "step 1 | loss: 0.5 | lr: 0.1\n" * 20, ""):
        assert not knows(kind.reader, written(tmp_path, text, NAME))


@every
def test_every_loss_at_its_step(tmp_path: Path, kind: Kind) -> None:
    (run,) = lrdoctor.read(written(tmp_path, kind.log(), f"mine/{NAME}"))
    steps = range(kind.first, kind.first + 60)
    assert run.source.format == kind.reader.name
    assert points(run, kind.loss) == [(n, loss(n)) for n in steps]
    share = 1 / 3 if kind.val == "Validation bpb" else 1
    more = 0 if kind.val == "Validation bpb" else 0.1
    checks = [(n, loss(n) * share + more) for n in steps if n % 10 == 0 and n >= kind.first]
    assert run.series[kind.val].step.tolist() == [n for n, _ in checks]
    assert run.series[kind.val].value.tolist() == pytest.approx([value for _, value in checks], abs=1e-4)
    roles = lrdoctor.diagnose(run).roles
    assert roles.loss == kind.loss
    assert roles.val_loss == (None if "bpb" in kind.val else kind.val)
    assert run.name == "mine"


def test_settings_that_were_printed(tmp_path: Path) -> None:
    told: dict[str, dict[str, object]] = {}
    for kind in KINDS:
        told[kind.reader.name] = dict(read_one(kind.reader, written(tmp_path, kind.log(), NAME)).hparams)
    assert told["nanochat"] == {"total_batch_size_tokens": 524288, "gradient_accumulation_steps": 2}
    assert told["litgpt"] == {
        "learning_rate": 0.0004,
        "weight_decay": 0.1,
        "optimizer": "AdamW",
        "global_batch_size": 512,
        "lr_warmup_steps": 2000,
        "gradient_accumulation_steps": 4,
    }
    assert told["maxtext"] == {"learning_rate": 3e-05, "opt_type": "adamw"}


def test_nanochats_fine_tuning(tmp_path: Path) -> None:
    text = "".join(
        f"Step {n:05d}/00701 | Training loss: {loss(n):.6f}| lrm: {1 - n / 701:.6f}| num_tokens: 13,422\n"
        + (f"Step {n:05d} | Validation loss: {loss(n) + 0.1:.6f}\n" if n % 10 == 0 else "")
        for n in range(60)
    )
    run = read_one(nanochat.READER, written(tmp_path, text, NAME))
    assert points(run, "Training loss") == [(n, loss(n)) for n in range(60)]
    assert len(run.series["Validation loss"]) == 6
    assert "aggregated" not in codes(run)


def test_a_step_of_several_iterations_in_litgpt(tmp_path: Path) -> None:
    text = "".join(
        f"Epoch 1 | iter {i} step {i // 4} | loss train: {loss(i)}, val: n/a | iter time: 1.0 ms\n"
        for i in range(1, 81)
    )
    run = read_one(litgpt.READER, written(tmp_path, text, NAME))
    assert run.series["loss train"].step.tolist() == [i / 4 for i in range(1, 81)]


def test_composers_epochs_ranks_and_rounded_lrs(tmp_path: Path) -> None:
    text = "".join(
        f"0: [epoch={1 + n // 10}][batch={1 + n % 10}/10]:\n0:  Train loss/train/total: {loss(n)}\n"
        f"0:  Train lr-AdamW/group0: 0.0000\n"
        for n in range(30)
    )
    run = read_one(composer.READER, written(tmp_path, text, NAME))
    assert points(run, "Train loss/train/total") == [(n, loss(n)) for n in range(30)]
    assert list(run.series) == ["Train loss/train/total"]
    assert "skipped" in codes(run)


@every
def test_nan_a_restart_and_a_torn_line(tmp_path: Path, kind: Kind) -> None:
    again = kind.row(20) + kind.row(21).replace(f"{loss(21):.6f}", "nan").replace(f"{loss(21)}", "nan")
    torn = kind.row(22)
    torn = torn[: torn.index(f"{loss(22)}"[:4]) + 3]
    run = read_one(kind.reader, written(tmp_path, kind.log() + again + torn, NAME))
    assert run.series[kind.loss].step[-1] == 21
    assert math.isnan(run.series[kind.loss].value[-1])
    assert {"restart", "torn-tail"} <= set(codes(run))


@every
def test_no_loss_is_an_error_in_one_line(tmp_path: Path, kind: Kind) -> None:
    with pytest.raises(UnreadableError, match="without one loss"):
        read_one(kind.reader, written(tmp_path, kind.before, NAME))


@every
def test_damaged_logs_are_read_or_refused(tmp_path: Path, kind: Kind) -> None:
    assert survives(kind.reader, tmp_path, kind.log(), NAME) >= 5


def test_colours_and_progress_that_overwrites_itself(tmp_path: Path) -> None:
    text = re.sub(r"^", "\x1b[32m", KINDS[0].log(), flags=re.MULTILINE).replace("\n", "\x1b[0m\r\n")
    run = read_one(nanochat.READER, written(tmp_path, text, NAME))
    assert len(run.series["loss"]) == 60


def test_the_phases_of_nanochat_are_runs_of_their_own(tmp_path: Path) -> None:
    base = "".join(map(of_nanochat, range(40)))
    middle = "".join(f"step {n:05d} ({n / 2:.2f}%) | loss: {loss(n):.6f} | lrm: 0.50 | dt: 1ms\n" for n in range(30))
    tuned = "Step 00000 | Validation loss: 1.050000\n"
    tuned += "".join(f"Step {n:05d}/00020 | Training loss: {loss(n):.6f}| lrm: 0.9| num_tokens: 9\n" for n in range(20))
    runs = nanochat.READER.read(Source(tmp_path, (written(tmp_path, base + middle + tuned, NAME),), "nanochat", "test"))
    told = [next(tag for tag in ("loss", "Training loss") if tag in run.series) for run in runs]
    assert told == ["loss", "loss", "Training loss"]
    assert [len(run.series[tag]) for run, tag in zip(runs, told, strict=True)] == [40, 30, 20]
    assert points(runs[2], "Validation loss") == [(0, 1.05)]
    assert "Validation loss" not in runs[1].series

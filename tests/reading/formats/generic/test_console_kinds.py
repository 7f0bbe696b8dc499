"""Kinds of text that people paste, at least two dialects of each: how many losses, at which steps, in how many runs."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import written

BAR = "█████"
STEPS = range(10, 210, 10)


def loss(step: float) -> float:
    return round(2 * math.exp(-step / 40) + 0.4 + 0.02 * math.sin(step * 7), 4)


def log(line: Callable[[int], str], steps: range = STEPS) -> str:
    return "".join(line(step) + "\n" for step in steps)


def lightning() -> str:
    """A bar at 0 % shows what the last epoch ended with, and the last one goes back there."""
    text = ""
    for e in range(20):
        old = f", train_loss={loss(e * 10 - 1)}, val_loss={1 / (e + 1):.3f}" if e else ""
        text += f"\rEpoch {e}:   0%|          | 0/10 [00:00<?, ?it/s, v_num=1{old}]"
        for s in range(1, 11):
            now = f", train_loss={loss(e * 10 + s - 1)}" + (f", val_loss={1 / (e + 1):.3f}" if e else "")
            text += f"\rEpoch {e}:  {s}0%|{BAR}  | {s}/10 [00:01<00:01, 9.1it/s, v_num=1{old if s == 1 else now}]"
            text += f"\rEpoch {e}:  {s}0%|{BAR}  | {s}/10 [00:01<00:01, 9.1it/s, v_num=1{now}]"
        for s in range(1, 4):
            text += f"\rValidation DataLoader 0:  {s}0%|{BAR} | {s}/3 [00:00<00:00, 50it/s]"
        end = f", train_loss={loss(e * 10 + 9)}, val_loss={1 / (e + 2):.3f}"
        text += f"\rEpoch {e}: 100%|{BAR}| 10/10 [00:01<00:00, 9.1it/s, v_num=1{end}]\n"
    return text + f"\rEpoch 0:   0%|          | 0/10 [00:00<?, ?it/s, v_num=1{end}]\n`Trainer.fit` stopped.\n"


def tqdm_under_epochs() -> str:
    text = ""
    for e in range(1, 11):
        states = (f"{s * 10:3d}%|{BAR}| {s * 10}/100 [00:01, loss={loss(e * 10 + s - 11)}]" for s in range(11))
        text += f"Epoch {e}/10\n" + "\r".join(states) + f"\nEpoch {e} train_loss: {loss(e * 10)} val_loss: 0.{e}\n"
    return text


def hugging_face(*, before: bool) -> str:
    text = ""
    for s in range(500, 1000, 25):
        bar = f" {s // 20}%|{BAR}| {s}/2000 [01:00<01:00, 1.5it/s]\n"
        text += bar * before + f"{{'loss': {loss(s - 500)}, 'learning_rate': 0.0001, 'epoch': {s / 1000:.2f}}}\n\n{bar}"
        if s % 100 == 0:
            text += "".join(f"{k * 10}%|{BAR}| {k}/10 [00:00<00:00, 20it/s]\n" for k in range(1, 11))
            text += f"{{'eval_loss': {loss(s)}, 'epoch': {s / 1000:.2f}}}\n{bar}"
    return text


def keras(above: str, took: str) -> str:
    return above + "".join(
        f"Epoch {e}/12\n32/5000 [>...] - ETA: 2s - loss: 9.1\r5000/5000 [======] - 2s {took} - loss: {loss(e * 10)}"
        f" - val_loss: 0.{e}\n"
        for e in range(1, 13)
    )


def by_ranks(line: str) -> str:
    orders = [(2, 0, 3, 1), (0, 1, 2, 3)]
    return log(
        lambda s: "\n".join(line.format(r=r, s=s, l=round(loss(s) + r / 100, 4)) for r in orders[s // 10 % 2]),
        range(0, 200, 10),
    )


def halves(line: str, width: int) -> str:
    return f"{line[:width]}\n{line[width:]}"


ONE = (20, 10, 200)
# The text; for each run how many losses it has, the first step and the last.
KINDS: dict[str, tuple[str, list[tuple[int, float, float]]]] = {
    "bars: Lightning": (lightning(), [(200, 1, 200)]),
    "bars: Lightning, one state an epoch": (
        log(lambda e: f"Epoch {e}: 100%|{BAR}| 10/10 [00:01<00:00, loss={loss(e * 10)}, v_num=3]", range(20)),
        [(20, 10, 200)],
    ),
    "bars: tqdm under epochs": (tqdm_under_epochs(), [(100, 10, 1000)]),
    "bars: rich": (
        log(lambda e: f"Epoch {e}/19 ━━━━━━ 10/10 0:00:01 • 0:00:00 9.5it/s train_loss: {loss(e * 10)}", range(20)),
        [(20, 10, 200)],
    ),
    "bars: Hugging Face, after the row": (hugging_face(before=False), [(20, 500, 975)]),
    "bars: Hugging Face, on both sides": (hugging_face(before=True), [(20, 500, 975)]),
    "samples: Keras 2.2": (keras("Train on 5000 samples, validate on 100 samples\n", "40us/step"), [(12, 1, 12)]),
    "samples: tf.keras 1.14": (keras("", "400us/sample"), [(12, 1, 12)]),
    "twice: alike": (log(lambda s: f"INFO:root:step {s} loss {loss(s)}\nINFO:root:step {s} loss {loss(s)}"), [ONE]),
    "twice: two handlers": (
        log(lambda s: f"2024-01-01 10:00:00,000 - INFO - step {s}: loss={loss(s)}\nstep {s}: loss={loss(s)}"),
        [ONE],
    ),
    "twice: by epoch": (
        log(lambda e: f"I0101 10:00 t.py:5] Epoch {e}: loss={loss(e)}\nEpoch {e}: loss={loss(e)}", range(1, 21)),
        [(20, 1, 20)],
    ),
    "ranks: torchrun": (by_ranks("[rank{r}]: step {s} | loss {l}"), [(20, 0, 190)]),
    "ranks: srun": (by_ranks("{r}: step {s} | loss {l}"), [(20, 0, 190)]),
    "ranks: torchelastic": (by_ranks("[default{r}]:step {s} | loss {l}"), [(20, 0, 190)]),
    "ranks: mpirun": (by_ranks("[1,{r}]<stdout>:step {s} loss {l}"), [(20, 0, 190)]),
    "ranks: in words": (by_ranks("10:00:01 INFO rank={r} step {s} loss {l}"), [(20, 0, 190)]),
    "ranks: icefall": (
        by_ranks("10:00:01 INFO [train.py:8] ({r}/4) Epoch 1, batch {s}, loss[loss={l}]"),
        [(20, 0, 190)],
    ),
    "phases: of other lengths": (
        log(lambda s: f"[pretrain] step {s}/400 loss: {loss(s / 4)}", range(0, 400, 10))
        + log(lambda s: f"[finetune] step {s}/100 loss: {loss(s)}", range(0, 100, 5)),
        [(40, 0, 390), (20, 0, 95)],
    ),
    "phases: of other losses and counters": (
        log(lambda s: f"Iter {s} recon_loss {loss(s / 4)}", range(0, 400, 10))
        + "Pretraining done\n"
        + log(lambda e: f"Epoch {e} train loss {loss(e * 8)} val loss 0.{e}", range(1, 31)),
        [(40, 0, 390), (30, 1, 30)],
    ),
    "phases: seeds by epoch": (
        "".join(f"seed {k}\n" + log(lambda e: f"epoch {e} loss {loss(e * 8)}", range(1, 16)) for k in range(3)),
        [(15, 1, 15)] * 3,
    ),
    "phases: folds by step": (
        "".join(f"fold {k}\n" + log(lambda s: f"step {s} loss {loss(s)}", range(0, 200, 10)) for k in range(3)),
        [(20, 0, 190)] * 3,
    ),
    "no phases: epochs whose steps begin again": (
        "".join(f"step {s % 200} loss {loss(s)}\n" for s in range(0, 800, 10)),
        [(80, 0, 790)],
    ),
    "settings: JSON above": (
        'config = {\n  "lr": 0.003,\n  "epochs": 100\n}\n' + log(lambda s: f"step {s} loss {loss(s)}"),
        [ONE],
    ),
    "settings: YAML above": (
        "training:\n  epochs: 50\n  lr: 0.01\n" + log(lambda s: f"iter {s}: loss {loss(s)}"),
        [ONE],
    ),
    "numbers: an LR rounded to zero": (
        log(lambda s: f"step {s}: loss {loss(s)}, lr {max(0, 4e-4 - s * 4e-6):.4f}"),
        [ONE],
    ),
    "numbers: a column in every second row": (
        log(lambda s: f"step {s}: loss {loss(s)}" + (f" gnorm 1.{s}" if s % 20 else "")),
        [ONE],
    ),
    "numbers: a column in every fifth row": (
        log(lambda s: f"step {s}: loss {loss(s)}" + (f" val_loss {loss(s)}" if s % 50 == 0 else "")),
        [ONE],
    ),
    "numbers: thousands": (log(lambda s: f"step {s * 1000:,}/200,000 | loss {loss(s)}"), [(20, 10_000, 200_000)]),
    "counters: Training [": (log(lambda s: f"Training: [ {s:4d}/20000] eta: 1:00:00 loss: {loss(s)}"), [ONE]),
    "counters: Pretraining [": (log(lambda s: f"10:00 INFO Pretraining  [{s:6d}/20000]  loss: {loss(s)}"), [ONE]),
    "counters: Epoch(train)": (
        log(lambda s: f"05/06 10:00:00 - mmengine - INFO - Epoch(train) [3][{s:4d}/500]  lr: 1e-3  loss: {loss(s)}"),
        [(20, 1010, 1200)],
    ),
    "counters: Iter(train)": (
        log(lambda s: f"05/06 10:00:00 - mmengine - INFO - Iter(train) [{s:4d}/500]  lr: 1e-3  loss: {loss(s)}"),
        [ONE],
    ),
    "counters: before the word": (log(lambda s: f"{s} iters, loss={loss(s)}"), [ONE]),
    "counters: epochs before the word": (
        log(lambda e: f"[12:00:01] {e} epoch - loss: {loss(e)}", range(1, 21)),
        [(20, 1, 20)],
    ),
    "counters: of batches": (log(lambda s: f"| epoch 1 | {s}/1000 batches | lr 0.1 | loss {loss(s)}"), [ONE]),
    "counters: an excerpt of the third epoch": (
        log(lambda s: f"Epoch  3, {s:5d}/ 900; acc: 9.0; xent: {loss(s)}"),
        [(20, 1810, 2000)],
    ),
    "wrapped: at the screen's edge": (
        log(
            lambda s: halves(
                f"10:00:01,123 INFO trainer.py:120 epoch 1 step {s:05d} gnorm 1.2345 lr 0.001 loss {loss(s):.4f}",
                80,
            )
        ),
        [ONE],
    ),
    "wrapped: indented": (log(lambda s: f"iter {s}: lr 0.001, time 0.5,\n    loss {loss(s)}, acc 0.5"), [ONE]),
    "wrapped: with a backslash": (log(lambda s: f"iter {s}: lr 0.001 time 0.5 \\\n    loss {loss(s)} acc 0.5"), [ONE]),
    "heads: Caffe": (
        log(
            lambda s: (
                f"I0305 solver.cpp:219] Iteration {s} (1.9 iter/s, 10.4s/20 iters), loss = {loss(s)}\n"
                f"I0305 solver.cpp:238]     Train net output #0: head_a = 2.16 (* 1 = 2.16 loss)\n"
                f"I0305 sgd_solver.cpp:105] Iteration {s}, lr = 0.002"
            )
        ),
        [ONE],
    ),
    "rows: Darknet": (
        log(
            lambda s: (
                f"Region 16 Avg IOU: -nan, Class: -nan\n {s}: {loss(s)}, 1.5 avg, 0.001 rate, 3.2 seconds, 64 images"
            )
        ),
        [ONE],
    ),
    "rows: AlexeyAB's Darknet": (
        log(lambda s: f" {s}: {loss(s)}, 1.5 avg loss, 0.001 rate, 3.2 seconds, 64 images, 0.4 hours left"),
        [ONE],
    ),
    "names: perplexity": (log(lambda s: f"step {s} perplexity: {math.exp(loss(s)):.4f} lr: 0.1"), [ONE]),
    "names: ppl": (log(lambda s: f"| epoch 1 | {s}/1000 batches | lr 0.1 | ppl {math.exp(loss(s)):.4f}"), [ONE]),
    "names: tot": (log(lambda s: f"iter {s} loc: {loss(s)} conf: {loss(s)} tot: {2 * loss(s):.3f}"), [ONE]),
    "names: total": (log(lambda s: f"iter {s} a_loss: {loss(s)} b_loss: {loss(s)} total: {2 * loss(s):.3f}"), [ONE]),
    "names: CrossEntropy": (
        log(lambda s: f"[Epoch 0][Batch {s}], Speed: 210.33 samples/sec, CrossEntropy={loss(s)}"),
        [ONE],
    ),
    "names: cross-entropy": (
        log(lambda s: f"Epoch[0] Batch [{s}]\tSpeed: 2.3 samples/sec\tcross-entropy={loss(s)}"),
        [ONE],
    ),
    "names: several heads": (log(lambda s: f"step {s} loss1: {loss(s)} loss2: {loss(s)}"), [ONE]),
    "blocks: indented": (log(lambda s: f"Iteration {s}\n  train/loss: {loss(s)}\n  train/lr: 0.01"), [ONE]),
    "blocks: a name and a value": (
        log(lambda e: f"== epoch {e} ==\nloss            {loss(e)}\nacc             0.5", range(1, 21)),
        [(20, 1, 20)],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_text(tmp_path: Path, kind: str) -> None:
    text, expected = KINDS[kind]
    found = []
    for run in lrdoctor.read(written(tmp_path, text, "train.log")):
        told = run.series[assign_roles(run).loss or ""]
        found.append((len(told), told.step[0], told.step[-1]))
    assert found == expected


# What stands in place of the number; whether it is no number.
BROKEN = ["nan", "NaN", "nan.", "-nan(ind)", "nanxxx", "-1.#IND", "1.#QNAN", "tensor(nan, device='cuda:0')"]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("line", ["step {s}, lr=0.1, loss: {l}", "Step {s}. Learning rate is 0.1. The loss is {l}"])
def test_what_is_no_number_is_kept_as_such(tmp_path: Path, line: str, broken: str) -> None:
    text = log(lambda s: line.format(s=s, l=broken if s > 100 else loss(s)))
    [run] = lrdoctor.read(written(tmp_path, text, "train.log"))
    told = run.series[assign_roles(run).loss or ""]
    assert told.step.tolist() == list(STEPS)
    assert [math.isnan(value) for value in told.value] == [s > 100 for s in STEPS]


ROWS = log(lambda e: f"epoch {e} loss {loss(e)}", range(1, 21))
SETTINGS = [
    ("Namespace(lr=0.001, optimizer='adam', epochs=60)\n", {"lr": 0.001, "optimizer": "adam"}),
    ("args: {'dim': 64, 'lr': 0.01, 'num_epochs': 20}\n", {"lr": 0.01}),
    ("TrainConfig(epochs=20, lr=3e-4)\n", {"lr": 3e-4}),
    ("Namespace(lr=4e-3, batch_size=32)\noom\nNamespace(lr=1e-3, batch_size=8)\n", {"lr": 0.001, "batch_size": 8}),
    ("lr: 0.01\nbatch_size: 64\nTraceback\nlr: 0.002\nbatch_size: 16\n", {"lr": 0.002, "batch_size": 16}),
    ("BatchNorm(momentum=0.99)\nargs: momentum=0.9, lr=0.1\n", {"momentum": 0.9, "lr": 0.1}),
    ("  (bn): BatchNorm1d(3, eps=1e-05, momentum=0.1)\nSGD lr: 0.02 momentum: 0.9\n", {"momentum": 0.9, "lr": 0.02}),
    ("<BatchNormalization momentum=0.99>\nSGD(lr=0.1, momentum=0.8)\n", {"momentum": 0.8, "lr": 0.1}),
]  # fmt: skip


@pytest.mark.parametrize(("above", "settings"), SETTINGS)
def test_settings_are_those_of_the_training_that_ran(tmp_path: Path, above: str, settings: dict[str, float]) -> None:
    [run] = lrdoctor.read(written(tmp_path, above + ROWS, "train.log"))
    assert {name: run.hparams[name] for name in settings} == settings


def test_each_of_several_trainings_has_its_own_settings(tmp_path: Path) -> None:
    text = "".join(f"Namespace(lr={lr}, batch_size={size}, seed=3)\n{ROWS}" for lr, size in ((0.1, 32), (0.01, 64)))
    runs = lrdoctor.read(written(tmp_path, text, "train.log"))
    assert [(run.hparams["lr"], run.hparams["batch_size"]) for run in runs] == [(0.1, 32), (0.01, 64)]
    assert all(set(run.series) == {"loss"} for run in runs)


@pytest.mark.parametrize("zero", ["0.0", "0.00e+00"])
def test_an_lr_of_exactly_zero_is_kept(tmp_path: Path, zero: str) -> None:
    text = log(
        lambda e: f"{{'loss': {loss(e)}, 'learning_rate': {1e-4 if e < 20 else zero}, 'epoch': {e}.0}}", range(1, 21)
    )
    [run] = lrdoctor.read(written(tmp_path, text, "train.log"))
    assert run.series["learning_rate"].value[-1] == 0
    assert len(run.series["learning_rate"]) == 20


def test_an_lr_printed_as_zero_all_along_is_said_so(tmp_path: Path) -> None:
    [run] = lrdoctor.read(written(tmp_path, log(lambda s: f"step {s} lr 0.0000 loss {loss(s)}"), "train.log"))
    assert [note.code for note in run.notes] == ["lr-printed-zero"]
    [finding] = [found for found in lrdoctor.diagnose(run).findings if found.code == "LR902"]
    assert "printed as 0 in every row" in finding.message


REFUSED = [
    (log(lambda s: f"step {s} loss {loss(s)}", range(3)), "only 3 rows with a training loss"),
    (log(lambda s: f"Validation loss {s}: {loss(s):.6f}"), "validation losses only"),
    (log(lambda e: f"epoch {e} val_loss: {loss(e)}", range(20)), "validation losses only"),
    (log(lambda s: f"Epoch 0, batch {s}, speed 210.33 samples/sec, train accuracy=0.{s}"), "accuracies only"),
    (log(lambda e: f"epoch {e}: acc 0.{e} top1 0.{e}", range(20)), "accuracies only"),
    (log(lambda s: f"{'x' * s} loss {s} {'y' * s}: 0.5 a{'b' * s}: 2"), "of no one form"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_refusal_says_what_is_there(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(lrdoctor.UnreadableError, match=reason):
        lrdoctor.read(written(tmp_path, text, "train.log"))

"""Training and evaluation told under the same names: which rows are whose, in several dialects each."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.reading.formats.generic.console_splits import split_in_heading
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import written

EPOCHS = range(1, 13)


def loss(step: float) -> float:
    return round(2 * math.exp(-step / 4) + 0.4 + 0.02 * math.sin(step * 7), 4)


def val(step: float) -> float:
    return round(loss(step) + 0.3, 4)


def each(line: Callable[[int], str], steps: range = EPOCHS) -> str:
    return "".join(line(step) + "\n" for step in steps)


def by_phase(training: str, evaluation: str, batch: str, *, epoch: str = "") -> str:
    """Four epochs of ten batches and of three to evaluate on, under headings."""
    text = ""
    for e in range(1, 5):
        text += epoch.format(e=e) + training.format(e=e)
        text += "".join(batch.format(b=b, n=100, l=loss(e * 10 + b / 10)) for b in range(0, 100, 10))
        text += evaluation.format(e=e) + "".join(batch.format(b=b, n=30, l=val(e * 10 + b)) for b in range(0, 30, 10))
    return text


def drawn(e: int) -> str:
    return (
        f"Epoch: {e}\n [====>]  Step: 2ms | Tot: 1s | Loss: {loss(e):.3f} | Acc: 5.0% (5/10)  391/391 \n"
        f" [====>]  Step: 2ms | Tot: 1s | Loss: {val(e):.3f} | Acc: 5.0% (5/10)  100/100 \n"
    )


def went_back(e: int) -> str:
    """A bar that writes its counter over itself, state by state."""
    text = f"\nEpoch: {e}\n"
    for n, of in ((3, loss), (2, val)):
        for k in range(1, n + 1):
            text += f" [==>..]  Step: 2ms | Loss: {of(10 * e + k):.4f} | Acc: 5.0% (5/10)   " + "\b" * 30 + f" {k}/{n} "
            text += "\r" if k < n else "\n"
    return text.removesuffix("\n")


ONCE = [(e, loss(e)) for e in EPOCHS]
ONCE_VAL = [(e, val(e)) for e in EPOCHS]
BATCHES = [((e - 1) * 100 + b, loss(e * 10 + b / 10)) for e in range(1, 5) for b in range(0, 100, 10)]
BATCHES_VAL = [((e - 1) * 100 + 90, val(e * 10 + 20)) for e in range(1, 5)]
STEPS = [(s * 10, loss(s)) for s in range(1, 31)]
EVERY_TEN = [(s * 10, val(s)) for s in range(10, 31, 10)]


def every_ten(row: str, evaluation: str) -> str:
    return each(
        lambda s: row.format(s=s * 10, l=loss(s)) + ("\n" + evaluation.format(s=s * 10, l=val(s))) * (s % 10 == 0),
        range(1, 31),
    )


Points = Sequence[tuple[float, float]]
# The text; the points of the training loss and of the validation loss.
SPLITS: dict[str, tuple[str, Points, Points]] = {
    "words: Estimator": (
        every_ten(
            "INFO:tensorflow:loss = {l}, step = {s} (1.2 sec)",
            "INFO:tensorflow:Saving dict for global step {s}: acc = 0.9, global_step = {s}, loss = {l}",
        ),
        STEPS,
        EVERY_TEN,
    ),
    "words: holdout": (every_ten("it {s} loss={l}", "held-out? no: holdout it {s} loss={l}"), STEPS, EVERY_TEN),
    "words: Evaluating": (every_ten("step {s}: loss {l}", "Evaluating at step {s}: loss {l}"), STEPS, EVERY_TEN),
    "words: a file's name says train": (
        every_ten("I01 train.py:35] step {s}: loss {l}", "I01 train.py:80] Validating: step {s}: loss {l}"),
        STEPS,
        EVERY_TEN,
    ),
    "words: Train 1, Test 1": (
        each(lambda e: f"Train {e}, loss: {loss(e)}, train acc: 0.5\nTest {e}, loss: {val(e)}, test acc: 0.5"),
        ONCE,
        ONCE_VAL,
    ),
    "words: [INFO] Train 1": (
        each(lambda e: f"[INFO] train {e} | loss {loss(e)}\n[INFO] valid {e} | loss {val(e)}"),
        ONCE,
        ONCE_VAL,
    ),
    "headings: bare": (
        by_phase("Training\n", "Validation\n", "  batch {b}: loss {l}\n", epoch="Epoch {e}/4\n"),
        BATCHES,
        BATCHES_VAL,
    ),
    "headings: starred": (
        by_phase(
            "**** Running training ****\n",
            "**** Running evaluation ****\n",
            "[{b}/{n}] loss={l}\n",
            epoch="-- epoch {e}\n",
        ),
        BATCHES,
        BATCHES_VAL,
    ),
    "headings: with the epoch": (
        by_phase("Epoch {e} - training phase\n", "Epoch {e} - validation phase\n", "iter {b} | loss: {l}\n"),
        BATCHES,
        BATCHES_VAL,
    ),
    "headings: by a logger": (
        by_phase(
            "2024-01-01 10:00:00,123 - INFO - my.training.loop - Start training\n",
            "2024-01-01 10:00:00,123 - INFO - my.training.loop - Start evaluating\n",
            "batch {b}/{n}, loss {l}\n",
            epoch="2024-01-01 10:00:00,123 - INFO - my.training.loop - Epoch {e}\n",
        ),
        BATCHES,
        BATCHES_VAL,
    ),
    "headings: of evaluations alone": (
        by_phase("", "Eval begin...\n", "step {b}/{n} - loss: {l} - 5ms/step\n", epoch="Epoch {e}/4\n"),
        BATCHES,
        BATCHES_VAL,
    ),
    "headings: Test Error": (
        each(
            lambda e: (
                f"Epoch {e}\n-----\nloss: {loss(e)}  [   64/60000]\nloss: {loss(e)}  [30064/60000]\n"
                f"Test Error: \n Accuracy: 40.0%, Avg loss: {val(e)} \n"
            )
        ),
        [((e - 1) * 60000 + at, loss(e)) for e in EPOCHS for at in (64, 30064)],
        [((e - 1) * 60000 + 30064, val(e)) for e in EPOCHS],
    ),
    "headings: values of one line each": (
        each(lambda e: f"EPOCH {e}\ntrain:\nloss: {loss(e)}\nacc: 0.5\ndev:\nloss: {val(e)}\nacc: 0.6"),
        ONCE,
        ONCE_VAL,
    ),
    "headings: which nothing closes": (
        every_ten("step {s} loss: {l}", "Running evaluation...\nloss: {l} acc: 0.5"),
        STEPS,
        EVERY_TEN,
    ),
    "headings: which a row of the same form follows": (
        every_ten("step {s} loss: {l}", "Validation:\nstep {s} loss: {l}"),
        STEPS,
        EVERY_TEN,
    ),
    "bars: AllenNLP": (
        each(
            lambda e: (
                f"10:00:00 - INFO - allennlp.training.trainer - Epoch {e - 1}/11\n"
                "10:00:00 - INFO - allennlp.training.trainer - Training\n"
                f"accuracy: 0.8, loss: {loss(e)} ||: 100%|####| 12/12 [00:10<00:00, 12.1it/s]\n"
                "10:00:30 - INFO - allennlp.training.trainer - Validating\n"
                f"accuracy: 0.7, loss: {val(e)} ||: 100%|####| 3/3 [00:01<00:00, 22.1it/s]"
            )
        ),
        [(12 * e, loss(e)) for e in EPOCHS],
        [(12 * e, val(e)) for e in EPOCHS],
    ),
    "bars: of two lengths, drawn": (
        each(drawn),
        [(391 * e, round(loss(e), 3)) for e in EPOCHS],
        [(391 * e, round(val(e), 3)) for e in EPOCHS],
    ),
    "bars: of two lengths, each state": (
        each(went_back),
        [(3 * e - 3 + k, loss(10 * e + k)) for e in EPOCHS for k in (1, 2, 3)],
        [(3 * e, val(10 * e + 2)) for e in EPOCHS],
    ),
    "bars: of two lengths, tqdm": (
        each(
            lambda e: (
                f"Epoch {e}\n100%|███| 50/50 [00:10<00:00, 12.1it/s, loss={loss(e)}]\n"
                f"100%|███| 10/10 [00:01<00:00, 22.1it/s, loss={val(e)}]"
            )
        ),
        [(50 * e, loss(e)) for e in EPOCHS],
        [(50 * e, val(e)) for e in EPOCHS],
    ),
}


@pytest.mark.parametrize("kind", SPLITS)
def test_rows_of_training_and_of_evaluation(tmp_path: Path, kind: str) -> None:
    text, training, evaluation = SPLITS[kind]
    [run] = lrdoctor.read(written(tmp_path, text, "train.log"))
    roles = assign_roles(run)
    told = [run.series[name or ""] for name in (roles.loss, roles.val_loss)]
    assert [list(zip(one.step, one.value, strict=True)) for one in told] == [list(training), list(evaluation)]


# What looks like a heading or like bars that take turns, and swallows no row of training; how many rows there are.
WHOLE: dict[str, tuple[str, int]] = {
    "a heading above all": (
        "Evaluating\nloss: 2.5 acc: 0.1\n" + each(lambda s: f"step {s} loss {loss(s)}", range(30)),
        30,
    ),
    "headings without rows": (every_ten("step {s} loss: {l}", "Evaluating..."), 30),
    "headings above rows that name their split": (
        every_ten(
            "{{'loss': {l}, 'epoch': 0.{s}}}", "***** Running Evaluation *****\n{{'eval_loss': {l}, 'epoch': 0.{s}}}"
        ),
        30,
    ),
    "a heading that ends": (every_ten("loss: {l} acc: 0.5", "Validation done"), 30),
    "trainings of two lengths": (
        "".join(
            each(lambda s: f"step {s}/20 loss {loss(s)}", range(1, 21))
            + each(lambda s: f"step {s}/12 loss {loss(s)}", range(1, 13))
            for _ in range(2)
        ),
        64,
    ),
    "words in a sentence": (every_ten("step {s} loss: {l}", "Saved the model with the best validation so far"), 30),
}  # fmt: skip


@pytest.mark.parametrize("kind", WHOLE)
def test_no_row_of_training_is_taken_for_an_evaluation(tmp_path: Path, kind: str) -> None:
    text, count = WHOLE[kind]
    runs = lrdoctor.read(written(tmp_path, text, "train.log"))
    assert sum(len(run.series[assign_roles(run).loss or ""]) for run in runs) == count


HEADINGS = [
    ("Validating...", "val"), ("=> Testing", "test"), ("TRAIN", "train"), ("Begin the evaluation", "val"),
    ("Evaluation finished", "train"), ("Training finished", ""), ("Training | Validation", ""),
    ("Loading test data from data/test.csv", ""), ("10:00:01 [INFO] Dev set:", "val"), ("x" * 500 + " test", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "split"), HEADINGS)
def test_what_a_heading_announces(text: str, split: str) -> None:
    assert split_in_heading(text) == split

"""Dialects of text logs, each read point for point: the training loss, the validation loss and their steps."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import written

COUNT = 24
TRAIN = [round(2.5 * math.exp(-i / 8) + 0.4 + 0.01 * math.sin(7 * i), 4) for i in range(COUNT)]
VAL = [round(2.2 * math.exp(-i / 9) + 0.6 + 0.01 * math.cos(5 * i), 4) for i in range(COUNT)]
RISING = [round(0.95 - 0.7 * math.exp(-i / 8), 4) for i in range(COUNT)]  # an accuracy
EPOCHS = range(1, COUNT + 1)


@dataclass(frozen=True)
class Told:
    """A log and what it tells; of `None` it tells nothing."""

    text: str
    steps: range | None = EPOCHS
    val: bool = True
    name: str = "train.log"


def rows(line: Callable[[int, float, float], str], above: str = "") -> str:
    return above + "".join(line(i, t, v) + "\n" for i, (t, v) in enumerate(zip(TRAIN, VAL, strict=True), start=1))


DIALECTS: dict[str, Told] = {
    "vali beside test": Told(
        rows(lambda i, t, v: f"Epoch: {i}, Steps: 26 | Train Loss: {t} Vali Loss: {v} Test Loss: {v + 0.3:.4f}"),
        range(26, 26 * 25, 26),
    ),
    "vali_loss": Told(rows(lambda i, t, v: f"epoch {i} train_loss {t} vali_loss {v} test_loss {v + 0.3:.4f}")),
    "tloss, vloss": Told(rows(lambda i, t, v: f"[{i}/24] tloss={t} vloss={v}")),
    "TrainLoss, ValLoss": Told(rows(lambda i, t, v: f"Epoch {i} TrainLoss: {t} ValLoss: {v}")),
    "tr_loss, te_loss": Told(rows(lambda i, t, v: f"ep {i}: tr_loss {t}, te_loss {v}")),
    "vld": Told(rows(lambda i, t, v: f"Epoch {i} | trn loss {t} | vld loss {v}")),
    "val alone": Told(rows(lambda i, t, v: f"epoch {i} loss: {t} val: {v}")),
    "val alone, in a table": Told(rows(lambda i, t, v: f"epoch={i}\tloss={t}\tval={v}")),
    "train and val alone": Told(rows(lambda i, t, v: f"epoch {i} | train: {t} | val: {v}")),
    "train and test alone": Told(rows(lambda i, t, v: f"[{i}/24] train={t} test={v}")),
    "LOSS train valid": Told(rows(lambda i, t, v: f"EPOCH {i} LOSS train {t} valid {v}")),
    "Loss: train, val; Acc: train, val": Told(
        rows(lambda i, t, v: f"Epoch {i} Loss: train {t}, val {v} | Acc: train 0.{i + 10}, val 0.{i + 9}")
    ),
}


@pytest.mark.parametrize("told", DIALECTS.values(), ids=DIALECTS.keys())
def test_dialect(tmp_path: Path, told: Told) -> None:
    (run,) = lrdoctor.read(written(tmp_path, told.text, told.name))
    roles = assign_roles(run)
    assert roles.loss is not None
    np.testing.assert_array_equal(run.series[roles.loss].value, TRAIN)
    if told.steps is not None:
        np.testing.assert_array_equal(run.series[roles.loss].step, list(told.steps))
    assert (roles.val_loss is not None) == told.val
    if roles.val_loss is not None:
        np.testing.assert_array_equal(run.series[roles.val_loss].value, VAL)


NO_VALIDATION_LOSS = {
    "an accuracy called val": rows(lambda i, t, _: f"epoch {i} loss: {t} val: {RISING[i - 1]}"),
    "accuracies of all splits": rows(
        lambda i, t, _: (
            f"Epoch: {i:03d}, Loss: {t}, Train: {RISING[i - 1]}, Val: {RISING[i - 1]}, Test: {RISING[i - 1]}"
        )
    ),
}


@pytest.mark.parametrize("text", NO_VALIDATION_LOSS.values(), ids=NO_VALIDATION_LOSS.keys())
def test_what_is_no_validation_loss(tmp_path: Path, text: str) -> None:
    (run,) = lrdoctor.read(written(tmp_path, text, "train.log"))
    assert assign_roles(run).loss in {"loss", "Loss"}
    assert assign_roles(run).val_loss is None


NO_TRAININGS = {
    "accuracies called train and val": rows(lambda i, *_: f"epoch {i} train: {RISING[i - 1]} val: {RISING[i - 2]}"),
}


@pytest.mark.parametrize("text", NO_TRAININGS.values(), ids=NO_TRAININGS.keys())
def test_what_is_no_training(tmp_path: Path, text: str) -> None:
    with pytest.raises(lrdoctor.UnreadableError):
        lrdoctor.read(written(tmp_path, text, "train.log"))

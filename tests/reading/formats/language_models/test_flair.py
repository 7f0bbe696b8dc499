"""Flair's training.log and loss.tsv: alone and together, as versions since 2019 write them."""

import io
import math
from pathlib import Path

import pandas as pd
import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.flair import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

LENGTH, EPOCHS = 40, 6
RULE = "-" * 100
COLUMNS = "EPOCH\tTIMESTAMP\tBAD_EPOCHS\tLEARNING_RATE\tTRAIN_LOSS\tDEV_LOSS\tDEV_PRECISION\tDEV_RECALL\tDEV_F1"


def stamped(text: str) -> str:
    return f"2020-06-23 12:11:11,684 {text}\n"


def mean(epoch: int, at: int = LENGTH) -> float:
    return 1.0 / (epoch + at / LENGTH)


def log(epochs: int = EPOCHS, *, rated: bool = True, lr: float = 0.1) -> str:
    text = stamped(RULE) + stamped("Parameters:") + stamped(f' - learning_rate: "{lr}"')
    text += stamped(' - mini_batch_size: "32"') + stamped(" - optimizer: \"<class 'torch.optim.sgd.SGD'>\"")
    for epoch in range(1, epochs + 1):
        for at in range(4, LENGTH + 1, 4):
            speed = " - time (sec): 5.65 - samples/sec: 86.35"
            rate = f" - lr: {lr:.6f} - momentum: 0.000000" if rated else ""
            text += stamped(f"epoch {epoch} - iter {at}/{LENGTH} - loss {mean(epoch, at):.8f}{speed}{rate}")
        text += stamped(RULE) + stamped(f"EPOCH {epoch} done: loss {mean(epoch):.4f} - lr {lr:.4f}")
        text += stamped(f"DEV : loss {mean(epoch) + 0.1} - f1-score (micro avg)  {0.5 + epoch / 100}")
        text += stamped("BAD EPOCHS (no improvement): 0")
    return text + "Results:\n- F-score (micro) 0.6971\nMICRO_AVG: acc 0.62 - f1-score 0.7667\n"


def table(epochs: int = EPOCHS, first: int = 1, lr: float = 0.1) -> str:
    """The header without an end, then each row behind a new line, as the trainer writes them."""
    rows = [
        f"\n{epoch + first}\t12:11:32\t0\t{lr:.4f}\t{mean(epoch + 1)}\t{mean(epoch + 1) + 0.1}\t0.7667\t_\t0.5"
        for epoch in range(epochs)
    ]
    return COLUMNS + "".join(rows)


CASES = [
    ("a log", log(), True),
    ("a log of 2019", stamped("epoch 1 - iter 0/249 - loss 0.04735912"), True),
    ("a log after what else was printed", "lr: 0.0002 \n" * 9000 + log(), True),
    ("a table", table(), True),
    ("a header alone", COLUMNS, True),
    ("a table of another", "EPOCH\tTRAIN_LOSS\n1\t0.5\n2\t0.4\n", False),
    ("another log", "epoch 1 - iter 5 - loss 0.5\n" * 20, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_header_or_line(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "training.log")) is known


def test_a_table_as_pandas_reads_it(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, table(), "ner/loss.tsv"))
    frame = pd.read_csv(io.StringIO(table()), sep="\t", na_values="_")
    told = [name for name in frame.columns[2:] if frame[name].notna().any()]
    assert list(run.series) == told
    for name in told:
        assert points(run, name) == list(zip(frame["EPOCH"].astype(float), frame[name], strict=True))
    assert (run.name, run.step_axis) == ("ner", "epoch")


@pytest.mark.parametrize("rated", [True, False])
def test_a_log_counts_iterations_over_epochs(tmp_path: Path, rated: bool) -> None:
    run = read_one(READER, written(tmp_path, log(rated=rated), "ner/training.log"))
    steps = [(n - 1) * LENGTH + at for n in range(1, EPOCHS + 1) for at in range(4, LENGTH + 1, 4)]
    assert run.series["loss"].step.tolist() == steps
    assert run.series["loss"].value[0] == round(mean(1, 4), 8)
    assert points(run, "DEV_LOSS") == [(n * LENGTH, mean(n) + 0.1) for n in range(1, EPOCHS + 1)]
    assert points(run, "DEV_f1-score (micro avg)")[0] == (LENGTH, 0.51)
    assert points(run, "LEARNING_RATE")[-1] == (EPOCHS * LENGTH, 0.1)
    assert ("lr" in run.series) is rated
    assert {key: run.hparams[key] for key in ("learning_rate", "batch_size")} == {
        "learning_rate": 0.1,
        "batch_size": 32,
    }


@pytest.mark.parametrize("first", [0, 1])
def test_both_in_a_folder_are_one_run(tmp_path: Path, first: int) -> None:
    written(tmp_path, log(), "ner/training.log")
    written(tmp_path, table(first=first), "ner/loss.tsv")
    written(tmp_path, log(3), "pos/training.log")
    runs = {run.name: run for run in lrdoctor.read(tmp_path)}
    assert set(runs) == {"ner", "pos"}
    run = runs["ner"]
    assert run.series["TRAIN_LOSS"].step.tolist() == [n * LENGTH for n in range(1, EPOCHS + 1)]
    assert run.series["TRAIN_LOSS"].value.tolist() == [mean(n) for n in range(1, EPOCHS + 1)]
    roles = lrdoctor.diagnose(run).roles
    assert (roles.loss, roles.val_loss, roles.lr) == ("loss", "DEV_LOSS", "lr")
    assert len(run.series["loss"]) == EPOCHS * 10


def test_logs_called_otherwise_are_runs_of_their_own(tmp_path: Path) -> None:
    written(tmp_path, log(), "a.log")
    written(tmp_path, log(5, lr=0.05), "b.log")
    written(tmp_path, table(), "loss.tsv")
    assert len(READER.group([tmp_path / name for name in ("a.log", "b.log", "loss.tsv")], tmp_path)) == 3


def test_lrs_rounded_to_zero_are_left_out(tmp_path: Path) -> None:
    files = [
        written(tmp_path, text, name) for text, name in ((table(lr=5e-6), "loss.tsv"), (log(lr=5e-6), "training.log"))
    ]
    run = read_one(READER, *files)
    assert "LEARNING_RATE" not in run.series
    assert run.series["lr"].value[0] == 5e-6
    assert "skipped" in codes(run)


def test_training_begun_again(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, log(4) + log(2), "training.log"))
    assert run.series["loss"].step[-1] == 2 * LENGTH
    assert "restart" in codes(run)
    again = read_one(READER, written(tmp_path, table(4) + "\n" + table(2), "loss.tsv"))
    assert again.series["TRAIN_LOSS"].step.tolist() == [1, 2]


def test_nan_stays_and_a_torn_line_goes(tmp_path: Path) -> None:
    text = (
        log() + stamped(f"epoch 7 - iter 4/{LENGTH} - loss nan") + stamped(f"epoch 7 - iter 8/{LENGTH} - loss 0.5")[:-3]
    )
    run = read_one(READER, written(tmp_path, text, "training.log"))
    assert math.isnan(run.series["loss"].value[-1])
    assert "torn-tail" in codes(run)


def test_no_loss_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one loss"):
        read_one(READER, written(tmp_path, COLUMNS, "loss.tsv"))


def test_damaged_logs_are_read_or_refused(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, log(), "training.log") >= 8
    assert survives(READER, tmp_path, table(), "loss.tsv") >= 8

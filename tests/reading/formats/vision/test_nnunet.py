"""nnU-Net's training logs: both versions, resumed trainings in several files."""

import math
import re
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision.nnunet import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAME = "training_log_2024_4_26_09_39_10.txt"
STAMP = "2024-04-26 09:39:10.910043: "
HEAD = (
    f"{STAMP}do_dummy_2d_data_aug: True\n {{'batch_size': 2, 'patch_size': [40, 192, 192]}}\n{STAMP}unpacking done...\n"
)


def loss(epoch: int) -> float:
    return round(math.exp(-epoch / 9) - 0.8, 4)


def lr(epoch: int) -> float:
    return float(round(0.01 * (1 - epoch / 1000) ** 0.9, 5))


def second(epochs: range, dice: str = "[0.5, {dice}]", head: str = HEAD) -> str:
    """As nnU-Net 2 prints."""
    return head + "".join(
        f"{STAMP}\n{STAMP}Epoch {e}\n{STAMP}Current learning rate: {lr(e)}\n{STAMP}train_loss {loss(e)}\n"
        f"{STAMP}val_loss {loss(e) + 0.05}\n{STAMP}Pseudo dice {dice.replace('{dice}', str(e / 100))}\n"
        f"{STAMP}Epoch time: 148.59 s\n{STAMP}Yayy! New best EMA pseudo Dice: 0.5\n"
        for e in epochs
    )


def first(epochs: int) -> str:
    """As nnU-Net 1 prints."""
    return f"Starting... \n{STAMP}lr: 0.01\n" + "".join(
        f"{STAMP}\nepoch:  {e}\n{STAMP}train loss : {loss(e)}\n{STAMP}validation loss: {loss(e) + 0.05}\n"
        f"{STAMP}Average global foreground Dice: [{e / 100}]\n"
        f"{STAMP}(interpret this as an estimate for the Dice of the different classes. This is not exact.)\n"
        f"{STAMP}lr: {lr(e + 1)}\n{STAMP}This epoch took 1708.021668 s\n\n"
        for e in range(epochs)
    )


CASES = [
    ("version 2", second(range(9)), True),
    ("version 1", first(9), True),
    ("after much else", "unpacking\n" * 9000 + second(range(9)), True),
    ("without a finished epoch", HEAD + f"{STAMP}Epoch 0\n{STAMP}Current learning rate: 0.01\n", False),
    ("another script's", "Epoch 0\ntrain_loss 0.5\nval_loss 0.6\n" * 9, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_losses_and_dice(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, NAME)) is known


def test_version_2_as_a_pattern_reads_it(tmp_path: Path) -> None:
    text = second(range(40))
    run = read_one(READER, written(tmp_path, text, f"fold_0/{NAME}"))
    for tag in ("train_loss", "val_loss", "Current learning rate"):
        values = [float(value) for value in re.findall(rf"{tag}:? (\S+)", text)]
        assert points(run, tag) == list(zip(map(float, range(40)), values, strict=True))
    assert run.series["Pseudo dice/1"].value[-1] == 0.39
    assert (run.name, run.step_axis, run.hparams["batch_size"]) == ("fold_0", "epoch", 2)


def test_version_1_tells_the_lr_of_the_next_epoch(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, first(20), NAME))
    assert points(run, "lr") == [(0, 0.01), *((e, lr(e)) for e in range(1, 21))]
    assert points(run, "train loss") == [(e, loss(e)) for e in range(20)]
    roles = lrdoctor.diagnose(run).roles
    assert (roles.loss, roles.val_loss, roles.lr) == ("train loss", "validation loss", "lr")


def test_what_numpy_2_prints(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, second(range(9), "[np.float32(0.9107), nan]"), NAME))
    assert run.series["Pseudo dice/0"].value[0] == 0.9107
    assert math.isnan(run.series["Pseudo dice/1"].value[0])


def test_a_resumed_training_is_one_run_of_several_files(tmp_path: Path) -> None:
    written(tmp_path, second(range(20)), "fold_0/training_log_2024_4_26_09_39_10.txt")
    written(tmp_path, second(range(15, 30)), "fold_0/training_log_2024_10_2_09_39_10.txt")
    written(tmp_path, second(range(9)), "fold_1/training_log_2024_4_26_09_39_10.txt")
    runs = {run.name: run for run in lrdoctor.read(tmp_path)}
    assert set(runs) == {"fold_0", "fold_1"}
    assert points(runs["fold_0"], "train_loss") == [(e, loss(e)) for e in range(30)]
    assert "restart" in codes(runs["fold_0"])


def test_logs_called_otherwise_are_runs_of_their_own(tmp_path: Path) -> None:
    files = [written(tmp_path, second(range(9)), name) for name in ("a.log", "b.log")]
    assert len(READER.group(files, tmp_path)) == 2


def test_nan_stays_and_a_torn_line_goes(tmp_path: Path) -> None:
    run = read_one(
        READER, written(tmp_path, second(range(9)).replace(f"train_loss {loss(8)}", "train_loss nan")[:-3], NAME)
    )
    assert math.isnan(run.series["train_loss"].value[-1])
    torn = read_one(READER, written(tmp_path, second(range(9)) + f"{STAMP}Epoch 9\n{STAMP}train_loss 0.1", NAME))
    assert "torn-tail" in codes(torn)


def test_no_epoch_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one finished epoch"):
        read_one(READER, written(tmp_path, HEAD, NAME))


@pytest.mark.parametrize("text", [second(range(9)), first(9)])
def test_damaged_logs_are_read_or_refused(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, NAME) >= 5

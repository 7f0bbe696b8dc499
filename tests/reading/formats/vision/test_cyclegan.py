"""The loss_log.txt of CycleGAN and pix2pix: rows, steps over epochs, restarts, and that no loss is made up."""

import math
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision.cyclegan import READER
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

HEADER = "================ Training Loss (Sat Dec  3 12:00:00 2023) ================\n"
NAME = "loss_log.txt"


def row(epoch: int, iters: int, losses: str = "G_GAN: 1.166 G_L1: 40.355 D_real: 0.465 D_fake: 0.438 ") -> str:
    return f"(epoch: {epoch}, iters: {iters}, time: 0.103, data: 0.641) {losses}\n"


def training(epochs: int, length: int = 522, every: int = 100) -> str:
    """Lines every so many examples of the whole training, as the trainer counts them."""
    counted = range(every, epochs * length + 1, every)
    return HEADER + "".join(row((n - 1) // length + 1, (n - 1) % length + 1) for n in counted)


PIX2PIX = training(6)
CASES = [
    ("pix2pix", PIX2PIX, True),
    ("CycleGAN", HEADER + row(1, 100, "D_A: 0.201 G_A: 0.297 cycle_A: 4.741 idt_A: 0.712 D_B: 0.250 "), True),
    ("pix2pixHD, which has one time", "(epoch: 1, iters: 400, time: 0.101) G_GAN: 1.115 G_VGG: 6.741 \n", True),
    ("with commas", "(epoch: 1, iters: 9, time: 0.1, data: 0.2) , G_GAN: 1.1, D_real: 0.2\n", True),
    ("a console's, after its options", "lr: 0.0002 \n" * 9000 + PIX2PIX, True),
    ("a header alone", HEADER, False),
    ("a line without a loss", row(1, 100, ""), False),
    ("another script's", "epoch: 1, iters: 100, loss: 0.5\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, NAME)) is known


@pytest.mark.parametrize(("length", "every"), [(522, 100), (2960, 400), (100, 100), (1334, 7)])
def test_examples_are_counted_over_epochs(tmp_path: Path, length: int, every: int) -> None:
    run = read_one(READER, written(tmp_path, training(9, length, every), f"facades/{NAME}"))
    if length > every:
        assert run.series["G_L1"].step.tolist() == list(range(every, 9 * length + 1, every))
        assert run.step_axis == "iters"
    else:  # one line an epoch: how long it is, nothing says
        assert run.series["G_L1"].step.tolist() == list(range(1, 10))
        assert run.step_axis == "epoch"
    assert set(run.series) == {"G_GAN", "G_L1", "D_real", "D_fake"}
    assert (run.name, codes(run)) == ("facades", [])


def test_a_training_that_was_resumed_goes_on(tmp_path: Path) -> None:
    again = HEADER + "".join(line + "\n" for line in PIX2PIX.splitlines() if "(epoch: 4" in line).replace("40.355", "9")
    text = "".join(line + "\n" for line in PIX2PIX.splitlines() if "(epoch: 6" not in line) + again
    run = read_one(READER, written(tmp_path, text, NAME))
    assert "restart" in codes(run)
    assert run.series["G_L1"].value[-1] == 9
    assert run.series["G_L1"].step[-1] < 4 * 522 + 1


def test_no_loss_of_a_gan_is_called_the_trainings(tmp_path: Path) -> None:
    path = written(tmp_path, training(60), NAME)
    run = read_one(READER, path)
    assert assign_roles(run).loss is None
    diagnosis = lrdoctor.diagnose(run)
    assert diagnosis.verdict.value == "inconclusive"
    assert diagnosis.reason.startswith("no training loss among the series (D_fake, D_real, G_GAN, G_L1)")


def test_a_total_that_was_logged_is_the_loss(tmp_path: Path) -> None:
    text = PIX2PIX.replace("G_GAN", "loss: 2.5 G_GAN")
    assert assign_roles(read_one(READER, written(tmp_path, text, NAME))).loss == "loss"


def test_values_that_are_no_numbers(tmp_path: Path) -> None:
    text = PIX2PIX + row(9, 9, "G_GAN: nan G_L1: inf D_real: 1.2.3 D_fake: -1e-05")
    run = read_one(READER, written(tmp_path, text, NAME))
    assert math.isnan(run.series["G_GAN"].value[-1])
    assert run.series["G_L1"].value[-1] == math.inf
    assert points(run, "D_fake")[-1][1] == -1e-05
    assert len(run.series["D_real"]) == len(run.series["D_fake"]) - 1


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, PIX2PIX + row(7, 5)[:-9], NAME))
    assert codes(run) == ["torn-tail"]
    assert len(run.series["D_fake"]) == PIX2PIX.count("D_fake")


def test_a_log_without_a_loss_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one loss"):
        read_one(READER, written(tmp_path, HEADER, NAME))


def test_damaged_logs_are_read_or_refused(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, PIX2PIX, NAME) >= 10

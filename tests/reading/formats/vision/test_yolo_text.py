"""YOLO's results.txt: rows without a header, their total and the sum of validation."""

from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision.yolo_text import COLUMNS, READER
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written


def numbers(epoch: int) -> list[float]:
    part = [0.08 / (epoch + 1), 0.05 / (epoch + 1), 0.04 / (epoch + 1)]
    return [*part, sum(part), 37, 640, 0.4, 0.3, 0.2, 0.1, *(value * 1.1 for value in part)]


def row(epoch: int, memory: str = "4.61G") -> str:
    """As `'%10s' * 2 + '%10.4g' * 13` writes it."""
    return ("%10s" * 2 + "%10.4g" * 13) % (f"{epoch}/29", memory, *numbers(epoch)) + "\n"


YOLO = "".join(map(row, range(30)))


def test_every_column_is_the_independent_readings(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, YOLO, "exp/results.txt"))
    told = [line.split()[2:] for line in YOLO.splitlines()]
    for place, tag in enumerate(COLUMNS):
        if tag:
            assert points(run, tag) == [(epoch, float(cells[place])) for epoch, cells in enumerate(told)]
    assert points(run, "val/loss")[0][1] == pytest.approx(sum(map(float, told[0][-3:])))
    roles = assign_roles(run)
    assert (run.name, run.step_axis, roles.loss, roles.val_loss) == ("exp", "epoch", "train/loss", "val/loss")
    assert codes(run) == ["aggregated", "derived"]


def test_settings_lie_beside_it(tmp_path: Path) -> None:
    path = written(tmp_path, YOLO, "exp/results.txt")
    options = written(tmp_path, "adam: false\nbatch_size: 24\n", "exp/opt.yaml")
    hyper = written(tmp_path, "lr0: 0.01\nmomentum: 0.937\n", "exp/hyp.yaml")
    run = read_one(READER, path, companions=(options, hyper))
    assert (learning_rate(run, assign_roles(run))[0], optimizer(run)) == (0.01, "SGD+momentum")


def test_a_resumed_training_and_a_torn_row(tmp_path: Path) -> None:
    text = YOLO + "".join(map(row, range(20, 30))) + row(30)[:60]
    run = read_one(READER, written(tmp_path, text, "results.txt"))
    assert [epoch for epoch, _ in points(run, "train/loss")] == list(range(30))
    assert set(codes(run)) == {"aggregated", "derived", "restart", "torn-tail"}


def test_nan_is_kept(tmp_path: Path) -> None:
    broken = YOLO.replace(YOLO.splitlines()[20].split()[5], "nan")
    run = read_one(READER, written(tmp_path, broken, "results.txt"))
    assert len(run.series["train/loss"]) == 30
    assert not run.series["train/loss"].value[20] >= 0


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (YOLO, True),
        (row(0, "0G") + row(1, "812M"), True),
        (row(0), False),
        ("Epoch gpu_mem box obj cls total\n" + YOLO, False),
        ("1/2 3G 4 5 6\n2/2 3G 4 5 6\n", False),
        ("10/59 4.6G a b c d e f g h i j k l m\n" * 3, False),
        ("", False),
    ],
)
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "results.txt")) is known


def test_without_a_row_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a whole row"):
        read_one(READER, written(tmp_path, "\n", "results.txt"))


def test_damaged_files(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, YOLO, "results.txt") > 3

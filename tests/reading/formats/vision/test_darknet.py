"""Darknet's console output, pjreddie's and AlexeyAB's."""

import math
import re
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.vision.darknet import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAME = "log.txt"
START = "Learning Rate: 0.001, Momentum: 0.9, Decay: 0.0005\nResizing\n608\n"
REGION = "Region 16 Avg IOU: 0.201511, Class: 0.4801, Obj: 0.51, No Obj: 0.49, .5R: 0.01, .75R: 0.0,  count: 7\n"
NAN = "Region 23 Avg IOU: -nan, Class: -nan, Obj: -nan, No Obj: 0.48, .5R: -nan, .75R: -nan,  count: 0\n"


def loss(n: int) -> float:
    return 900.0 / n + 0.5


def row(n: int, word: str = "avg", lr: float = 1e-3, left: str = "") -> str:
    return f" {n}: {loss(n):f}, {loss(n) + 9:f} {word}, {lr:f} rate, 3.210411 seconds, {64 * n} images{left}\n"


OLD = START + "".join(REGION + NAN + row(n) + "Loaded: 0.000051 seconds\n" for n in range(1, 41))
NEW = START + "".join(REGION + row(n, "avg loss", left=", 33.15 hours left") for n in range(1, 41))
CASES = [
    ("pjreddie's", OLD, True),
    ("AlexeyAB's", NEW, True),
    ("one on one line with others", OLD.replace("\n ", " "), True),
    ("after a long net", "conv     32  3 x 3 / 1   608 x 608 x   3\n" * 9000 + OLD, True),
    ("regions alone", REGION * 50, False),
    ("another's averages", "1: 0.5, 0.6 avg, 3 seconds\n" * 20, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_batches(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, NAME)) is known


@pytest.mark.parametrize("text", [OLD, NEW])
def test_every_batch_as_a_pattern_reads_it(tmp_path: Path, text: str) -> None:
    run = read_one(READER, written(tmp_path, text, f"yolov3/{NAME}"))
    told = [list(map(float, found)) for found in re.findall(r" (\d+): (\S+), (\S+) avg.*, (\S+) rate", text)]
    assert points(run, "loss") == [(n, value) for n, value, _, _ in told]
    assert points(run, "avg loss") == [(n, mean) for n, _, mean, _ in told]
    assert points(run, "lr") == [(n, lr) for n, _, _, lr in told]
    assert len(run.series) == 3
    assert (run.name, run.step_axis) == ("yolov3", "iteration")
    wanted = {"learning_rate": 0.001, "momentum": 0.9, "batch_size": 64}
    assert {key: run.hparams[key] for key in wanted} == wanted
    assert lrdoctor.diagnose(run).roles.loss == "loss"


def test_lrs_rounded_to_zero_are_left_out(tmp_path: Path) -> None:
    text = row(1, lr=0) + row(2, lr=0) + row(3)
    run = read_one(READER, written(tmp_path, text, NAME))
    assert points(run, "lr") == [(3, 0.001)]
    assert codes(run) == ["skipped"]


def test_evaluations(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, OLD + " mean average precision (mAP@0.50) = 0.913211, or 91.32 %\n", NAME))
    assert points(run, "mAP@0.50") == [(40, 0.913211)]


def test_nan_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    text = OLD + row(20) + row(21).replace(f"{loss(21):f}", "-nan") + row(22)[:40]
    run = read_one(READER, written(tmp_path, text, NAME))
    assert run.series["loss"].step[-1] == 21
    assert math.isnan(run.series["loss"].value[-1])
    assert {"restart", "torn-tail"} <= set(codes(run))


def test_no_batch_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one finished batch"):
        read_one(READER, written(tmp_path, START, NAME))


@pytest.mark.parametrize("text", [OLD, NEW])
def test_damaged_logs_are_read_or_refused(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, NAME) >= 8

"""Caffe's solver output: the total, its parts, tests, settings; file and line numbers are no series."""

import math
import re
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.frameworks.caffe import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAME = "caffe.INFO"
SOLVER = """I0712 22:28:04.027757 32223 solver.cpp:32] Initializing solver from parameters:
test_iter: 100
base_lr: 0.01
max_iter: 36000
lr_policy: "poly"
momentum: 0.9
type: "Nesterov"
snapshot_prefix: "models/result/quick"
I0712 22:28:04.031060 32223 net.cpp:42] Initializing net from parameters:
name: "GoogleNet"
layer {
  name: "data"
  type: "Data"
  data_param {
    batch_size: 30
  }
}
layer {
  data_param {
    batch_size: 50
  }
}
"""


def glog(file: str, text: str) -> str:
    return f"I0305 09:10:40.123456  4242 {file}] {text}\n"


def loss(n: int) -> float:
    return round(3.6 / (1 + n / 100), 4)


def training(
    iterations: int = 400, every: int = 20, *, outputs: tuple[str, ...] = ("head_a", "head_b"), plain: bool = False
) -> str:
    text = SOLVER
    for n in range(0, iterations, every):
        if n % 80 == 0:
            text += glog("solver.cpp:331", f"Iteration {n}, Testing net (#0)")
            text += glog("solver.cpp:398", f"    Test net output #0: accuracy = {0.1 + n / 1000}")
            text += glog(
                "solver.cpp:398", f"    Test net output #1: loss = {loss(n) + 0.1} (* 1 = {loss(n) + 0.1} loss)"
            )
        speed = "" if plain else " (1.91 iter/s, 10.4s/20 iters)"
        text += glog("solver.cpp:219", f"Iteration {n}{speed}, loss = {loss(n)}")
        for place, name in enumerate(outputs):
            part = loss(n) / len(outputs)
            text += glog("solver.cpp:238", f"    Train net output #{place}: {name} = {part:g} (* 1 = {part:g} loss)")
        text += glog("sgd_solver.cpp:105", f"Iteration {n}, lr = 0.002")
    return text


CASES = [
    ("of 2017", training(), True),
    ("of 2015", training(plain=True), True),
    ("without glog's prefixes", re.sub(r"^I0305.*?\] ", "", training(), flags=re.MULTILINE), True),
    ("behind a long net", SOLVER + 'layer {\n  name: "conv"\n}\n' * 9000 + training(), True),
    ("before training", SOLVER, False),
    ("another's iterations", "Iteration 5, loss = 0.5\n" * 20, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_the_solvers_lines(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, NAME)) is known


def test_every_series_as_a_pattern_reads_it(tmp_path: Path) -> None:
    text = training()
    run = read_one(READER, written(tmp_path, text, f"googlenet/{NAME}"))
    told = re.findall(r"Iteration (\d+) .*loss = (\S+)", text)
    assert points(run, "loss") == [(float(n), float(value)) for n, value in told]
    assert points(run, "Test net output/loss") == [(n, loss(n) + 0.1) for n in range(0, 400, 80)]
    assert [len(run.series[f"Train net output #{n}: head_{'ab'[n]}"]) for n in (0, 1)] == [20, 20]
    assert set(run.series["lr"].value) == {0.002}
    assert len(run.series) == 6
    assert run.step_axis == "iteration"


def test_roles_and_settings(tmp_path: Path) -> None:
    (run,) = lrdoctor.read(written(tmp_path, training(outputs=("loss", "aux_loss")), "train.log"))
    diagnosis = lrdoctor.diagnose(run)
    roles = diagnosis.roles
    assert (roles.loss, roles.val_loss, roles.lr) == ("loss", "Test net output/loss", "lr")
    assert roles.val_accuracy == "Test net output/accuracy"
    told = {"base_lr": 0.01, "momentum": 0.9, "batch_size": 30, "optimizer": "nesterov", "lr_policy": "poly"}
    assert {key: run.hparams[key] for key in told} == told


def test_outputs_of_many_values_and_of_a_second_net(tmp_path: Path) -> None:
    more = glog("solver.cpp:331", "Iteration 400, Testing net (#1)")
    more += "".join(glog("solver.cpp:398", f"    Test net output #{n}: prob = 0.01") for n in range(9))
    more += glog("solver.cpp:398", "    Test net output #9: loss = 0.25 (* 1 = 0.25 loss)")
    run = read_one(READER, written(tmp_path, training() + more, NAME))
    assert points(run, "Test net #1 output/loss") == [(400, 0.25)]
    assert not any("prob" in tag for tag in run.series)
    assert "skipped" in codes(run)


def test_a_training_that_was_resumed_goes_on(tmp_path: Path) -> None:
    again = glog("solver.cpp:219", "Iteration 200 (1 iter/s, 1s/20 iters), loss = 9")
    again += glog("solver.cpp:219", "Iteration 220 (1 iter/s, 1s/20 iters), loss = 8")
    run = read_one(READER, written(tmp_path, training() + again, NAME))
    assert points(run, "loss")[-2:] == [(200, 9), (220, 8)]
    assert "restart" in codes(run)


def test_nan_stays_and_a_torn_line_goes(tmp_path: Path) -> None:
    text = training() + glog("solver.cpp:219", "Iteration 400 (1 iter/s, 1s/20 iters), loss = -nan")
    run = read_one(READER, written(tmp_path, text + glog("s.cpp:1", "Iteration 420, loss = 0.125")[:-3], NAME))
    assert math.isnan(run.series["loss"].value[-1])
    assert codes(run) == ["torn-tail"]


def test_no_loss_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one loss"):
        read_one(READER, written(tmp_path, SOLVER, NAME))


def test_damaged_logs_are_read_or_refused(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, training(), NAME) >= 8

"""MXNet's Module and GluonCV's scripts: batches within epochs, and what is told of whole epochs."""

import math
import re
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.frameworks.mxnet import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAME = "train.log"
ARGUMENTS = (
    "INFO:root:start with arguments Namespace(batch_size=128, lr=0.05, network='mlp', optimizer='sgd', mom=0.9)\n"
)


def loss(epoch: int, batch: int) -> float:
    return round(2 / (1 + epoch + batch / 500), 6)


def module(epochs: int = 8, *, ranges: bool = True) -> str:
    """As `Module.fit` logs with a `Speedometer` every hundred batches."""
    text = ARGUMENTS
    for epoch in range(epochs):
        for batch in range(100, 500, 100):
            at = f"{batch - 100}-{batch}" if ranges else f"{batch}"
            text += f"INFO:root:Epoch[{epoch}] Batch [{at}]\tSpeed: 51532.00 samples/sec\taccuracy=0.5"
            text += f"\ttop_k_accuracy_5=0.9\tcross-entropy={loss(epoch, batch)}\n"
        text += f"INFO:root:Epoch[{epoch}] Train-cross-entropy={loss(epoch, 500)}\n"
        text += f"INFO:root:Epoch[{epoch}] Time cost=1.261\nINFO:root:Epoch[{epoch}] Validation-accuracy=0.6\n"
        text += f"INFO:root:Epoch[{epoch}] Validation-cross-entropy={loss(epoch, 500) + 0.5}\n"
    return text


def gluon(epochs: int = 5) -> str:
    """As GluonCV's train_yolo3.py logs."""
    text = ""
    for epoch in range(epochs):
        for batch in range(49, 400, 50):
            text += f"[Epoch {epoch}][Batch {batch}], LR: 1.00E-03, Speed: 30.221 samples/sec,"
            text += f" ObjLoss={loss(epoch, batch):.3f}, BoxCenterLoss=5.123\n"
        text += f"[Epoch {epoch}] Training cost: 1234.221, ObjLoss={loss(epoch, 400):.3f}, BoxCenterLoss=5.1\n"
        text += f"[Epoch {epoch}] Validation: \naeroplane=0.5\nmAP={0.1 * epoch:.2f}\n"
    return text


CLASSIFIER = (
    "".join(
        f"Epoch[{e}] Batch [{b}]\tSpeed: 512.110 samples/sec\taccuracy=0.1\tlr=0.1\n"
        for e in range(3)
        for b in (49, 99)
    )
    + "[Epoch 2] training: accuracy=0.3\n[Epoch 2] validation: err-top1=0.700000 err-top5=0.400000\n"
)
CASES = [
    ("Module's", module(), True),
    ("Module's of 2016", module(ranges=False), True),
    ("Module's epochs alone", "".join(re.findall(r"INFO.*(?:Train|Valid|Time).*\n", module())), True),
    ("GluonCV's YOLO", gluon(), True),
    ("GluonCV's classifier", CLASSIFIER, True),
    ("after much else", "[12:00:00] src/io.cc:100: loading\n" * 9000 + module(), True),
    ("another's epochs", "Epoch [0] loss=0.5\n" * 20, False),
    ("another's batches", "[Epoch 0][Batch 5] loss=0.5\n" * 20, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_batches_or_epochs(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, NAME)) is known


@pytest.mark.parametrize("ranges", [True, False])
def test_module_as_a_pattern_reads_it(tmp_path: Path, ranges: bool) -> None:
    text = module(ranges=ranges)
    run = read_one(READER, written(tmp_path, text, f"mlp/{NAME}"))
    told = re.findall(r"Epoch\[(\d+)\] Batch \[(?:\d+-)?(\d+)\].*cross-entropy=(\S+)", text)
    assert points(run, "cross-entropy") == [(int(e) * 500 + int(b), float(value)) for e, b, value in told]
    valid = re.findall(r"Epoch\[(\d+)\] Validation-cross-entropy=(\S+)", text)
    assert points(run, "Validation-cross-entropy") == [(500 * (int(e) + 1), float(value)) for e, value in valid]
    assert {"accuracy", "top_k_accuracy_5", "Train-cross-entropy", "Validation-accuracy"} < set(run.series)
    assert {key: run.hparams[key] for key in ("lr", "batch_size", "optimizer")} == {
        "lr": 0.05,
        "batch_size": 128,
        "optimizer": "sgd",
    }
    assert (run.name, run.step_axis, codes(run)) == ("mlp", "batch", ["steps-invented"])
    roles = lrdoctor.diagnose(run).roles
    assert (roles.loss, roles.val_loss) == ("cross-entropy", "Validation-cross-entropy")


def test_gluon_counts_batches_from_0(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, gluon(), NAME))
    assert run.series["ObjLoss"].step.tolist() == [e * 400 + b for e in range(5) for b in range(49, 400, 50)]
    assert run.series["training/ObjLoss"].step.tolist() == [400, 800, 1200, 1600, 2000]
    assert points(run, "validation/mAP")[-1] == (2000, 0.4)
    assert set(run.series["LR"].value) == {0.001}


def test_a_classifier_of_gluon(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, CLASSIFIER, NAME))
    assert points(run, "validation/err-top1") == [(300, 0.7)]
    assert points(run, "training/accuracy") == [(300, 0.3)]


def test_epochs_without_batches(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, CASES[2][1], NAME))
    assert points(run, "Train-cross-entropy") == [(e, loss(e, 500)) for e in range(8)]
    assert run.step_axis == "epoch"


def test_nan_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    again = module(2).replace(f"cross-entropy={loss(1, 400)}", "cross-entropy=nan")
    run = read_one(READER, written(tmp_path, module(4) + again + "INFO:root:Epoch[2] Batch [0-100]\tSpee", NAME))
    assert run.series["cross-entropy"].step[-1] == 900
    assert math.isnan(run.series["cross-entropy"].value[-1])
    assert {"restart", "torn-tail"} <= set(codes(run))


def test_no_metric_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without one metric"):
        read_one(READER, written(tmp_path, ARGUMENTS, NAME))


@pytest.mark.parametrize("text", [module(3), gluon(3)])
def test_damaged_logs_are_read_or_refused(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, NAME) >= 5

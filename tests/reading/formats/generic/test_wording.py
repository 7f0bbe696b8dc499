"""Lines that tell where training is in words of their own."""

import math

import pytest

from lrdoctor.reading.formats.generic.console_line import MAX_LINE, parse

# What is wrote so; the line; its epoch, its position and the last one; its values.
LINES: list[tuple[str, str, float | None, float | None, float, dict[str, float]]] = [
    ("after", "Loss after epoch 3: 0.5", 3, None, 0, {"Loss": 0.5}),
    ("at", "Training loss at iteration 20 : 0.5", None, 20, 0, {"loss": 0.5}),
    ("after a number", "Loss after 100 batches: 0.5", None, 100, 0, {"Loss": 0.5}),
    ("DCGAN", "[0/25][100/1583]\tLoss_D: 0.3\tLoss_G: 1.2", 0, 100, 1583, {"Loss_D": 0.3, "Loss_G": 1.2}),
    ("a bracket", "[10/100] loss: 0.5", None, 10, 100, {"loss": 0.5}),
    ("a parenthesis", "( 3/100): loss: 0.5", None, 3, 100, {"loss": 0.5}),
    (
        "Swin",
        "[swin] (main.py 181): INFO Train: [1/300][100/2502]\teta 0:20:11 lr 0.0005\tloss 6.9534 (7.0)\tgrad_norm 2.1",
        1,
        100,
        2502,
        {"lr": 0.0005, "loss": 6.9534, "grad_norm": 2.1},
    ),
    (
        "timm",
        "Train: 2 [ 100/5004 (  2%)]  Loss: 6.95 (6.96)  Time: 0.6s,  393.01/s  (0.6s,  393.01/s)  LR: 1.000e-06",
        2,
        100,
        5004,
        {"Loss": 6.95, "LR": 1e-6},
    ),
    ("ignite", "Epoch[1] Iteration[10/100] Loss: 0.69", 1, 10, 100, {"Loss": 0.69}),
    (
        "ESPnet",
        "INFO: 2epoch:train:101-200batch: iter_time=0.001, loss_ctc=70.1, loss=60.5, optim0_lr0=1e-05",
        2,
        200,
        0,
        {"loss_ctc": 70.1, "loss": 60.5, "optim0_lr0": 1e-5},
    ),
    (
        "ESPnet's means",
        "INFO: 2epoch results: [train] iter_time=0.001, loss=50.2, [valid] loss=35.5, cer=0.5",
        2,
        None,
        0,
        {"val/loss": 35.5, "val/cer": 0.5},
    ),
    ("WeNet", "DEBUG TRAIN Batch 3/100 loss 78.5 lr 0.0001 rank 0", 3, 100, 0, {"loss": 78.5, "lr": 1e-4}),
    ("WeNet's validation", "DEBUG CV Batch 3/100 loss 78.5", 3, 100, 0, {"val/loss": 78.5}),
    (
        "CLU",
        "I0101 10:00:00.123456 140 logging_writer.py:48] [100] learning_rate=0.01, loss=2.5",
        None,
        100,
        0,
        {"learning_rate": 0.01, "loss": 2.5},
    ),
    ("Tacotron", "Train loss 100 0.456 Grad Norm 1.2 3.4s/it", None, 100, 0, {"loss": 0.456, "Grad Norm": 1.2}),
    ("Tacotron's validation", "Validation loss 100: 0.456  ", None, 100, 0, {"val/loss": 0.456}),
    (
        "Darknet",
        " 100: 345.6, 340.25 avg loss, 0.001 rate, 3.3 seconds, 6400 images",
        None,
        100,
        0,
        {"loss": 345.6, "avg loss": 340.25, "lr": 0.001},
    ),
    ("Levanter", "Progress on:train 100it/10.0kit rate:1.1s/it postfix:loss=3.5", None, 100, 0, {"loss": 3.5}),
    ("a scheduler", "Epoch     5: adjusting learning rate of group 0 to 1.0000e-02.", 5, None, 0, {"lr-group0": 0.01}),
    ("settings", "| learning_rate | 0.0003 |", None, None, 0, {"learning_rate": 0.0003}),
]


@pytest.mark.parametrize(
    ("text", "epoch", "at", "of", "values"), [line[1:] for line in LINES], ids=[line[0] for line in LINES]
)
def test_wordings(text: str, epoch: float | None, at: float | None, of: float, values: dict[str, float]) -> None:
    line = parse(text)
    assert line is not None
    assert (line.epoch, line.at, line.of, line.values) == (epoch, at, of, values)


@pytest.mark.parametrize(
    "text",
    ["Train: [1/300][100/2502]\tloss nan (nan)", "Train loss 7 nan", "7: nan, nan avg loss, 0.1 rate, 3 seconds"],
)
def test_what_is_not_finite_was_written(text: str) -> None:
    line = parse(text)
    assert line is not None
    assert math.isnan(line.values["loss"])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Epoch 00005: reducing learning rate of group 1 to 1.0000e-04.", {}),
        ("loss 1.5 2.5", {"loss": 1.5}),
        ("[rank0]: loss 0.5", {"loss": 0.5}),
        ("[11/10 13:27:45] loss: 0.5", {"loss": 0.5}),
    ],
)
def test_what_only_looks_alike(text: str, values: dict[str, float]) -> None:
    line = parse(text)
    assert (None if line is None else line.at) is None
    assert ({} if line is None else line.values) == values


@pytest.mark.parametrize(
    "part", ["Train: [", "1epoch results: ", "TRAIN Batch 1/", "loss after 1", "[1] a", "| lr | 1", "1: 1, 1 avg"]
)
def test_a_hostile_line_takes_no_time(part: str) -> None:
    parse((part * MAX_LINE)[:MAX_LINE])

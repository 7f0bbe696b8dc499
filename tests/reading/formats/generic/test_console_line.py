"""One line of a text log: what counts, what is a value, what speaks of validation."""

import math

import pytest

from lrdoctor.reading.formats.generic.console_line import MAX_LINE, parse

PADDLE = (
    "[2022/08/16 03:07:33] ppocr INFO: epoch: [1/400], global_step: 20, lr: 0.0001, acc: 0.5, loss: 3.915012,"
    " avg_reader_cost: 0.5 s, avg_batch_cost: 0.4 s, avg_samples: 64.0, ips: 64.1 samples/s, eta: 2 days, 0:32:33"
)
LIGHTNING = {"train_loss_step": 2.5, "val_acc_epoch": 0.5}
PARTS = {"loss": 0.5, "acc": 0.8, "val/loss": 0.6, "val/acc": 0.7, "lr": 0.1}
# The line; its epoch, its position and the last one; its values.
LINES: list[tuple[str, float | None, float | None, float, dict[str, float]]] = [
    ("Epoch 3/10, Step 200/1500, loss: 2.31, lr 1e-4", 3, 200, 1500, {"loss": 2.31, "lr": 1e-4}),
    ("Epoch [3/10], Step [200/1500], Loss: 2.3100", 3, 200, 1500, {"Loss": 2.31}),
    ("epoch 3 | step 200 | loss 2.31 | lr 1e-4", 3, 200, 0, {"loss": 2.31, "lr": 1e-4}),
    ("epoch=3 step=1,200 loss=.5", 3, 1200, 0, {"loss": 0.5}),
    ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.2", 1, 640, 60000, {"Loss": 2.2}),
    (
        "Epoch: [0][  10/5005]\tTime  0.5 ( 1.2)\tLoss 6.9012e+00 (7.0e+00)\tAcc@1   0.25",
        0,
        10,
        5005,
        {"Loss": 6.9012, "Acc@1": 0.25},
    ),
    (
        "Epoch: [2]  [  10/5005]  eta: 1:00:00  lr: 0.1  loss: 6.9 (7.0)  time: 0.5",
        2,
        10,
        5005,
        {"lr": 0.1, "loss": 6.9},
    ),
    ("[1,  2000] loss: 2.173", 1, 2000, 0, {"loss": 2.173}),
    ("469/469 [=====] - 2s 3ms/step - loss: 0.21 - val_loss: 0.2", None, 469, 469, {"loss": 0.21, "val_loss": 0.2}),
    ("469/469 ━━━━━━━ 2s 3ms/step - accuracy: 0.9 - loss: 0.21", None, 469, 469, {"accuracy": 0.9, "loss": 0.21}),
    ("469/469 - 2s - loss: 0.21", None, 469, 469, {"loss": 0.21}),
    ("Epoch 3/10", 3, None, 0, {}),
    (
        "Epoch 3:  45%|████▌     | 675/1500 [01:23<01:40,  8.2it/s, loss=0.23, lr=1e-4]",
        3,
        675,
        1500,
        {"loss": 0.23, "lr": 1e-4},
    ),
    ("Steps:   1%|          | 10/1000 [00:10<10:00,  1.2it/s, loss=0.1]", None, 10, 1000, {"loss": 0.1}),
    (
        "Epoch 3/9 ━━━━━━━ 1500/1500 0:02:00 • 0:00:00 12.5it/s v_num: 0 train_loss: 0.23",
        3,
        1500,
        1500,
        {"train_loss": 0.23},
    ),
    (
        PADDLE,
        1,
        20,
        0,
        {"lr": 1e-4, "acc": 0.5, "loss": 3.915012},
    ),
    (
        "2021-03-30 06:55:57 [INFO]\t[TRAIN] epoch: 1, iter: 20/500, loss: 2.0, lr: 0.1, batch_cost: 0.5",
        1,
        20,
        500,
        {"loss": 2, "lr": 0.1},
    ),
    (
        "{'loss': 0.52, 'grad_norm': 1.2, 'learning_rate': 1e-05, 'epoch': 0.03}",
        0.03,
        None,
        0,
        {"loss": 0.52, "grad_norm": 1.2, "learning_rate": 1e-5},
    ),
    ("{'loss': '0.52', 'epoch': '0.03'}", 0.03, None, 0, {"loss": 0.52}),
    ("2020-03-08 16:33:08,462:INFO: Meta batch loss: 234.5", None, None, 0, {"Meta batch loss": 234.5}),
    (
        "2022-07-20 06:31:44,244 - INFO: ===> Epoch 103 Complete: Avg. Loss: 0.5 time: 667.19",
        103,
        None,
        0,
        {"Avg. Loss": 0.5},
    ),
    ("Epoch 1 completed in 10.3 seconds with loss 0.5", 1, None, 0, {"loss": 0.5}),
    ("Training loss (for one batch) at step 100: 1.5", None, 100, 0, {"loss": 1.5}),
    ("INFO:root:epoch 1 iter 20 loss=tensor(0.53, device='cuda:0')", 1, 20, 0, {"loss": 0.53}),
    (
        "Epoch: 0001 loss_train: 1.9 acc_train: 0.1 loss_val: 1.8",
        1,
        None,
        0,
        {"loss_train": 1.9, "acc_train": 0.1, "loss_val": 1.8},
    ),
    ("Epoch 1: v_num=3, train_loss_step=2.5, val_acc_epoch=0.5", 1, None, 0, LIGHTNING),
    ("123it [00:05, 24.5it/s, loss=2.5]", None, 123, 0, {"loss": 2.5}),
    ("step 1,500/100,000 | loss 2.5", None, 1500, 100000, {"loss": 2.5}),
    ("epoch #3: loss=0.5", 3, None, 0, {"loss": 0.5}),
    (
        "epoch 3: train loss = np.float64(0.5), lr = Array(0.1, dtype=float32)",
        3,
        None,
        0,
        {"train loss": 0.5, "lr": 0.1},
    ),
    ("step 3 loss tf.Tensor(0.5, shape=(), dtype=float32)", None, 3, 0, {"loss": 0.5}),
    ("Epoch 3 | Train: loss 0.5, acc 0.8 | Val: loss 0.6, acc 0.7 | lr 0.1", 3, None, 0, PARTS),
    ("Training epoch 1: loss 0.5; validation: loss 0.6", 1, None, 0, {"loss": 0.5, "val/loss": 0.6}),
    ("epoch 3: training loss of 0.5 and val loss of 0.6", 3, None, 0, {"training loss": 0.5, "val loss": 0.6}),
    ("Acc_iter 100 Loss 0.5", None, 100, 0, {"Loss": 0.5}),
    ("INFO  * Acc@1 72.5 Acc@5 90.5", None, None, 0, {"test/Acc@1": 72.5, "test/Acc@5": 90.5}),
    # What counts nothing, and what is no value.
    ("Epoch 00003: val_loss improved from 0.51 to 0.49, saving model", 3, None, 0, {}),
    ("loss 0.5 total steps: 1000, num_epochs: 3, best epoch: 2", None, None, 0, {"loss": 0.5}),
    ("I0301 12:00:00.123 train.py:55] epoch 2 batch_idx: 7 loss=2.5", 2, 7, 0, {"loss": 2.5}),
    ("num_updates: 12, loss: 0.5", None, 12, 0, {"loss": 0.5}),
    (
        "Test set: Average loss: 0.5, Accuracy: 75/100 (75%)",
        None,
        None,
        0,
        {"test/Average loss": 0.5, "test/Accuracy": 0.75},
    ),
    ("Test: [  0/98]\tTime  0.5 ( 1.2)\tLoss 1.5 (1.1)", None, None, 0, {"test/Loss": 1.5}),
    (" * Acc@1 72.5 Acc@5 90.5", None, None, 0, {"test/Acc@1": 72.5, "test/Acc@5": 90.5}),
    ("Validation: loss 0.5", None, None, 0, {"val/loss": 0.5}),
    ("val Loss: 0.5 Acc: 0.9", None, None, 0, {"val Loss": 0.5, "val/Acc": 0.9}),
    ("train Loss: 0.5 Acc: 0.9", None, None, 0, {"train Loss": 0.5, "Acc": 0.9}),
    ("Epoch 3: train loss 0.5, val loss 0.6, acc 0.9", 3, None, 0, {"train loss": 0.5, "val loss": 0.6, "acc": 0.9}),
    ("INFO: - Eval metrics : batch_loss: 2.5 ; f1: 0.5", None, None, 0, {"val/batch_loss": 2.5, "val/f1": 0.5}),
]


@pytest.mark.parametrize(("text", "epoch", "at", "of", "values"), LINES, ids=[line[0][:40] for line in LINES])
def test_a_line(text: str, epoch: float | None, at: float | None, of: float, values: dict[str, float]) -> None:
    line = parse(text)
    assert line is not None
    told = {tag: value for tag, value in line.values.items() if tag != "completed in"}
    assert (line.epoch, line.at, line.of, told) == (epoch, at, of, values)


NOT_FINITE = [
    ("Epoch: [0][10/100]\tLoss nan (nan)\tAcc@1 0.5 (0.5)", {"Loss", "Acc@1"}),
    ("step 10 loss nan lr 0.1", {"loss", "lr"}),
    ("train loss inf val loss nan", {"train loss", "val loss"}),
    ("iteration 10 | lm loss: nan | number of nan iterations:   3", {"lm loss"}),
]


@pytest.mark.parametrize(("text", "tags"), NOT_FINITE)
def test_what_is_not_finite_ends_a_name(text: str, tags: set[str]) -> None:
    line = parse(text)
    assert line is not None
    assert set(line.values) == tags
    assert line.at in {10, None}


@pytest.mark.parametrize("word", ["nan", "NaN", "inf", "-inf"])
def test_what_is_not_finite_was_written(word: str) -> None:
    line = parse(f"step 3 loss: {word}")
    assert line is not None
    assert not math.isfinite(line.values["loss"])


def test_an_lr_rounded_to_zero_is_unknown() -> None:
    line = parse("step 3 loss 0.5 lr: 0.000000")
    assert line is not None
    assert (dict(line.values), line.zero_lr) == ({"loss": 0.5}, True)


@pytest.mark.parametrize("text", ["", "nothing to see", "2020-03-08 16:33:08 done", "x" * (MAX_LINE + 1) + " loss 1"])
def test_lines_that_say_nothing(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "part", ["a", "a ", "ab.c@d-", "loss ", "loss at ", "[ ", "| ", "= ", "1/", "1,", "1", "1e", "é"]
)
def test_no_line_takes_long(part: str) -> None:
    parse((part * MAX_LINE)[:MAX_LINE])  # would not end with a regular expression that backtracks


def test_lines_that_differ_in_digits_alone() -> None:
    told = [parse(f"epoch {i} step {i}5 Acc@{i} 0.{i} loss {i}.5 lr 0.00{i - 1}") for i in range(1, 6)]
    assert [(line.epoch, line.at, line.zero_lr) for line in told if line] == [
        (i, 10 * i + 5, i == 1) for i in range(1, 6)
    ]
    assert [list(line.values) for line in told if line] == [
        [f"Acc@{i}", "loss", *(["lr"] if i > 1 else [])] for i in range(1, 6)
    ]
    assert [line.values["loss"] for line in told if line] == [1.5, 2.5, 3.5, 4.5, 5.5]


def test_nan_is_a_value_unless_a_value_follows() -> None:
    diverged, counted = parse("step 3 loss nan"), parse("number of nan iterations: 4, loss: 2.5")
    assert diverged is not None
    assert math.isnan(diverged.values["loss"])
    assert counted is not None
    assert (counted.at, dict(counted.values)) == (None, {"loss": 2.5})

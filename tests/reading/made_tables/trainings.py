"""Tables of trainings as trainers and people write them; `trainings(seed, count)` makes them, every kind in turn.

Courses: noise-free and noisy, diverging, broken by NaN, flat, begun late, of a few rows, slow, in steps, constant.
"""

import math
import random
from collections.abc import Callable, Iterator

from tests.reading.made_tables.writing import Cell, MadeTable, as_json, as_text, one_of, table, with_index

COURSES = (
    "plain",
    "noisy",
    "noise-free",
    "diverging",
    "broken",
    "flat",
    "late",
    "few",
    "slow",
    "steps",
    "constant",
    "all NaN",
)
NAMES = (
    "metrics.csv",
    "log.csv",
    "history.csv",
    "training_log.csv",
    "loss.csv",
    "results.csv",
    "run1.csv",
    "train.csv",
)


def trainings(seed: int, count: int) -> Iterator[tuple[str, str, str]]:
    """Kind, file name and text of so many tables."""
    random_ = random.Random(seed)  # noqa: S311 - no secret
    for i in range(count):
        course = COURSES[i // len(KINDS) % len(COURSES)]
        made, name, mark = KINDS[i % len(KINDS)](random_, course)
        if mark == "json":
            yield f"{made.kind}, {course}", name, as_json(made, lines=name.endswith("l"))
        else:
            yield f"{made.kind}, {course}", name, as_text(made, mark, digits=random_.choice((4, 6, 8)))


def losses(r: random.Random, course: str, rows: int, level: float = 2.3) -> list[float]:
    """A training loss a row."""
    rows = min(rows, r.randrange(4, 8)) if course == "few" else rows
    noise = {"noise-free": 0.0, "noisy": 0.2, "flat": 0.05}.get(course, 0.03)
    fall, begin = r.uniform(3, 12) / rows, rows if course == "late" else 0
    out = []
    for i in range(begin, begin + rows):
        value = level * (0.1 + 0.9 * math.exp(-fall * i))
        if course == "flat":
            value = level
        elif course == "slow":
            value = level * (1 - 0.2 * i / rows)
        elif course == "diverging":
            value = level * (1 + 0.05 * i + (3.0 if i > rows // 2 else 0.0) * r.random())
        elif course == "steps":
            value = level * 0.5 ** (4 * i // rows)
        out.append(max(value * (1 + r.gauss(0, noise)), 1e-6))
    if course in {"constant", "all NaN"}:
        return [level if course == "constant" else math.nan] * rows
    if course == "broken":
        out[rows * 2 // 3 :] = [math.nan] * len(out[rows * 2 // 3 :])
    return out


def _beside(values: list[float], r: random.Random, noise: float = 0.02) -> list[float]:
    """A validation loss beside a training loss."""
    return [1.05 * v * (1 + r.gauss(0, noise)) + 0.05 for v in values]


def _accuracy(values: list[float]) -> list[float]:
    return [0.0 if math.isnan(v) else min(0.99, max(0.1, 1 - v / 2.5)) for v in values]


Made = tuple[MadeTable, str, str]


def lightning(r: random.Random, course: str) -> Made:
    train = losses(r, course, 60)
    rows: list[list[Cell]] = []
    for i, value in enumerate(train):
        rows.append([i // 10, 50 * i + 49, value, None])
        if i % 10 == 9:
            rows.append([i // 10, 50 * i + 49, None, 1.1 * value + 0.1])
    return (
        table("Lightning", one_of(r, "epoch,step,train_loss,val_loss|epoch,step,train/loss,val/loss"), rows),
        "metrics.csv",
        ",",
    )


def keras(r: random.Random, course: str) -> Made:
    train = losses(r, course, r.choice((10, 25, 60)))
    rows = [[i, a, v, b, w] for i, (a, v, b, w) in enumerate(zip(*_four(r, train), strict=True))]
    return (
        table("Keras with epochs", "epoch,accuracy,loss,val_accuracy,val_loss", rows),
        "training_log.csv",
        r.choice(",;"),
    )


def keras_without_epoch(r: random.Random, course: str) -> Made:
    train = losses(r, course, r.choice((10, 25, 60)))
    rows = [[v, a, w, b] for a, v, b, w in zip(*_four(r, train), strict=True)]
    made = table("Keras without epochs", "loss,accuracy,val_loss,val_accuracy", rows)
    return with_index(made) if r.random() < 0.5 else made, "history.csv", r.choice((",", "\t", ";"))


def _four(r: random.Random, train: list[float]) -> tuple[list[float], list[float], list[float], list[float]]:
    val = _beside(train, r)
    return _accuracy(train), train, _accuracy(val), val


def fastai(r: random.Random, course: str) -> Made:
    train = losses(r, course, r.choice((5, 10, 30)))
    rows = [
        [i, v, w, a, f"00:{r.randrange(10, 59)}"] for i, (a, v, _, w) in enumerate(zip(*_four(r, train), strict=True))
    ]
    return table("fastai", "epoch,train_loss,valid_loss,error_rate,time", rows), "history.csv", ","


def timm(r: random.Random, course: str) -> Made:
    train = losses(r, course, 50, 6.9)
    rows = [
        [i, v, w, 100 * a, 100 * b, 0.1 * (1 - i / 60)]
        for i, (a, v, b, w) in enumerate(zip(*_four(r, train), strict=True))
    ]
    return table("timm", "epoch,train_loss,eval_loss,eval_top1,eval_top5,lr", rows), "summary.csv", ","


def yolo(r: random.Random, course: str) -> Made:
    box = losses(r, course, r.choice((10, 100)), 3.0)
    rows = [
        [i + 1, v, 0.8 * v, 0.5 * v, a, a, a, w, 0.8 * w, 0.01]
        for i, (a, v, _, w) in enumerate(zip(*_four(r, box), strict=True))
    ]
    names = (
        "epoch,train/box_loss,train/cls_loss,train/dfl_loss,metrics/precision(B),metrics/recall(B),metrics/mAP50(B),"
        "val/box_loss,val/cls_loss,lr/pg0"
    )
    return table("YOLO", names, rows), "results.csv", ","


def baselines(r: random.Random, course: str) -> Made:
    train = losses(r, course, 80)
    rows = [[v, 0.01, 3e-4, 2048 * (i + 1), 100 + i, i + 1] for i, v in enumerate(train)]
    names = "train/loss,train/entropy_loss,train/learning_rate,time/total_timesteps,rollout/ep_rew_mean,time/iterations"
    return table("Stable-Baselines3", names, rows), "progress.csv", ","


def steps_and_losses(r: random.Random, course: str) -> Made:
    every = r.choice((1, 10, 100))
    name = one_of(r, "step,loss|Step,Loss|iteration,loss|global_step,train_loss|iter,train_loss|batch,loss")
    rows = [[every * i, v] for i, v in enumerate(losses(r, course, r.choice((40, 300))))]
    return table("step and loss", name, rows), r.choice(NAMES), one_of(r, ",|\t|;| ")


def two_losses(r: random.Random, course: str) -> Made:
    train = losses(r, course, r.choice((12, 50)))
    name = one_of(r, "epoch|Epoch|ep|epochs|Epoch #|epoch_num|current_epoch")
    rows = [[i + 1, v, w] for i, (v, w) in enumerate(zip(train, _beside(train, r), strict=True))]
    return table("two losses", [name, "train_loss", "val_loss"], rows), r.choice(NAMES), r.choice(";,|")


def loss_alone(r: random.Random, course: str) -> Made:
    rows = [[v] for v in losses(r, course, r.choice((30, 200)))]
    made = table("a loss alone", one_of(r, "loss|train_loss|Loss|training_loss"), rows)
    return with_index(made) if r.random() < 0.3 else made, r.choice(NAMES), ","


def mean_squares(r: random.Random, course: str) -> Made:
    rows = [[i + 1, v] for i, v in enumerate(losses(r, course, 60, 0.8))]
    return (
        table("iter and mse", one_of(r, "iter,mse|step,mse|iteration,MSE|epoch,mse"), rows),
        r.choice(NAMES),
        ",",
    )


def root_mean_squares(r: random.Random, course: str) -> Made:
    train = losses(r, course, 40, 1.2)
    rows = [[i + 1, v, w] for i, (v, w) in enumerate(zip(train, _beside(train, r), strict=True))]
    return (
        table("RMSE by epoch", one_of(r, "epoch,train_rmse,val_rmse|epoch,rmse,mae|epoch,RMSE,R2"), rows),
        r.choice(NAMES),
        ",",
    )


def own_counter(r: random.Random, course: str) -> Made:
    name = one_of(r, "n_iter|batches_done|k|t|i|update_num|grad_steps|itr|it|kimg|samples_seen|tokens")
    rows = [[(i + 1) * 4, v, 1e-3] for i, v in enumerate(losses(r, course, 50))]
    return table("own counter", [name, "loss", "lr"], rows), r.choice(NAMES), ","


def timed(r: random.Random, course: str) -> Made:
    at, rows = 1.6e9, list[list[Cell]]()
    for v in losses(r, course, 60):
        at += r.uniform(20, 40)
        rows.append([round(at, 2), v, r.uniform(0.5, 2)])
    return table("timed", "timestamp,loss,grad_norm", rows), r.choice(NAMES), ","


def two_alone(r: random.Random, course: str) -> Made:
    train = losses(r, course, r.choice((15, 60)))
    names = one_of(r, "train_loss,val_loss|loss,val_loss|train_loss,train_acc|loss,lr|train_loss,test_loss")
    other = [1e-3 * 0.98**i for i in range(len(train))] if names.endswith("lr") else _beside(train, r)
    rows = [[v, w] for v, w in zip(train, other, strict=True)]
    return table("two alone", names, rows), r.choice(NAMES), ","


def folds(r: random.Random, course: str) -> Made:
    rows = [[fold, i + 1, v, 1.1 * v] for fold in range(3) for i, v in enumerate(losses(r, course, 20))]
    return (
        table(
            "folds",
            one_of(r, "fold,epoch,train_loss,val_loss|seed,epoch,loss,val_loss|run,step,loss,val_loss"),
            rows,
        ),
        "cv.csv",
        ",",
    )


def described(r: random.Random, course: str) -> Made:
    rows = [["resnet18", 64, 0.1, i, v] for i, v in enumerate(losses(r, course, 40))]
    return table("described", "model,batch_size,lr,epoch,loss", rows), r.choice(NAMES), ","


def objects(r: random.Random, course: str) -> Made:
    train = losses(r, course, 30)
    names = one_of(r, "step,loss,lr|epoch,loss,val_loss|iter,loss,grad_norm|epoch,train_loss,val_loss")
    rows = [[i, v, w] for i, (v, w) in enumerate(zip(train, _beside(train, r), strict=True))]
    return table("JSON", names, rows), one_of(r, "log.jsonl|metrics.jsonl|history.json|log.json"), "json"


def dated(r: random.Random, course: str) -> Made:
    rows = []
    for i, v in enumerate(losses(r, course, 30)):
        second = 37 * i + r.randrange(9)
        rows.append([f"2024-05-01 {10 + second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}", v, 1 - v / 5])
    return (
        table("dated", one_of(r, "time,loss,acc|timestamp,train_loss,train_acc|date,loss,accuracy"), rows),
        r.choice(NAMES),
        ",",
    )


KINDS: tuple[Callable[[random.Random, str], Made], ...] = (
    *(lightning, keras, keras_without_epoch, fastai, timm, yolo, baselines, steps_and_losses, two_losses, loss_alone),
    *(mean_squares, root_mean_squares, own_counter, timed, two_alone, folds, described, objects, dated),
)

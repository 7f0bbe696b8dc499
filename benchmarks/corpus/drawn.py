"""Sweeps drawn at random: a listed task with another optimizer, schedule, batch, length, scale and log.

They are drawn once and kept as a table (`drawn.csv`), so that a new task does not change the old draws.

    python -m benchmarks.corpus draw 300 --seed 1      appends what is not in the table yet
"""

import csv
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_type_hints

import numpy as np

from benchmarks.corpus.sweep import Sweep
from benchmarks.corpus.tasks import TASKS

TABLE = Path(__file__).parent / "drawn.csv"
# What people use, about as often as they do.
OPTIMIZERS = {
    "Adam": 5,
    "SGD-momentum": 5,
    "AdamW": 4,
    "SGD": 4,
    "RMSprop": 2,
    "Lion": 2,
    "Adagrad": 2,
    "SGD-nesterov": 2,
    "Adafactor": 1,
}
SCHEDULES = {
    "constant": 8,
    "cosine": 5,
    "linear": 3,
    "step": 2,
    "wsd": 2,
    "onecycle": 2,
    "cosine-tenth": 2,
    "inverse-sqrt": 1,
    "exponential": 1,
    "step-halves": 1,
}
LOGGING = {"plain": 16, "window": 2, "running": 1, "smoothed": 1, "rounded-3": 1, "rounded-4": 1}
# Families whose nets take one tensor of floats, or only one whose output can be scaled.
SCALED_IN = frozenset({"linear", "mlp", "cnn", "resnet", "noisy-labels", "regression", "autoencoder", "distillation"})
SCALED_OUT = SCALED_IN | {"patch-transformer", "char-lm", "recurrent"}
# A step of these costs ten times as much as one of an MLP.
SLOW = frozenset({"cnn", "cnn-bn", "resnet", "patch-transformer", "char-lm", "recurrent"})


def one(rng: np.random.Generator) -> Sweep:
    """One random sweep."""

    def pick(weights: dict[str, int]) -> str:
        share = np.array(list(weights.values()), float)
        return str(rng.choice(list(weights), p=share / share.sum()))

    family = str(rng.choice(sorted({name.split("/")[0] for name in TASKS})))
    task = str(rng.choice(sorted(name for name in TASKS if name.split("/")[0] == family)))
    optimizer, schedule = pick(OPTIMIZERS), pick(SCHEDULES)
    steps = int(round(10 ** rng.uniform(2.5, 3.4 if family in SLOW else 3.8), -1))
    points = 10 ** rng.uniform(1.7, 2.9)
    scale = [
        float(rng.choice([1, 1, 1, 3, 10])),
        float(rng.choice([1, 1, 1, 0.2, 4])),
        float(rng.choice([1, 1, 1, 0.5, 2])),
    ]
    decays = optimizer in ("AdamW", "Lion") or rng.random() < 0.15
    return Sweep(
        task,
        optimizer,
        schedule,
        batch=int(2 ** rng.integers(3, 8)),
        steps=steps,
        log_every=max(1, round(steps / points)),
        validations=int(rng.integers(10, 80)),
        warmup=float(rng.choice([0.02, 0.05, 0.1, 0.2])) if rng.random() < 0.25 and schedule != "onecycle" else 0.0,
        clip=float(rng.choice([0.5, 1.0, 5.0])) if rng.random() < 0.15 else 0.0,
        weight_decay=float(rng.choice([1e-4, 1e-3, 1e-2] if not optimizer.endswith(("W", "n")) else [0.01, 0.1]))
        if decays
        else 0.0,
        logging=pick(LOGGING),
        logs=pick({"all": 17, "none": 2, "loss": 1}),
        reach=int(rng.integers(0, 6)),
        before=scale[0] if family in SCALED_IN else 1.0,
        after=scale[1] if family in SCALED_OUT else 1.0,
        init=scale[2] if family in SCALED_IN else 1.0,
    )


def drawn() -> tuple[Sweep, ...]:
    """The rows of the table."""
    kinds = get_type_hints(Sweep)
    with TABLE.open(newline="", encoding="utf-8") as f:
        return tuple(Sweep(**{k: kinds[k](v) for k, v in row.items()}) for row in csv.DictReader(f))


def draw(count: int, seed: int) -> None:
    """Append `count` new rows to the table."""
    rng = np.random.default_rng(seed)
    rows = list(drawn()) if TABLE.exists() else []
    names = {s.name for s in rows}
    while count:
        sweep = one(rng)
        if sweep.name not in names:
            names.add(sweep.name)
            rows.append(sweep)
            count -= 1
    with TABLE.open("w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, [field.name for field in fields(Sweep)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(s) for s in rows)

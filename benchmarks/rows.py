"""Labelled runs: rows of sweep files, as the logs a trainer would have left."""

import math
import random
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from lrdoctor.records.run import Floats, HParam, Note, Run, Series, Source

VARIANTS = ("full", "no-lr", "no-val", "first-fifth", "resumed", "excerpt")
LINES = 20  # of an excerpt, as people paste them
NARROW = 0.3  # decades; a band of one or two grid points has no edges to speak of
CORPUS = Path(__file__).parent / "corpus" / "data"


@dataclass(frozen=True, eq=False)
class Row:
    """One real run of a sweep and what its LR was worth.

    Arrays are as logged: `step` and `loss` and `lr_trace` of shape (n,), validation of shape (k,), empty without any.
    `epochs` and `steps_per_epoch` are the trainer's; `kind` is `scratch` or a way of fine-tuning.
    Bands are absolute LRs; `gap` is the sweep's grid step in decades.
    """

    sweep: str
    family: str
    optimizer: str
    schedule: str
    lr: float
    batch_size: int
    step: Floats
    loss: Floats
    lr_trace: Floats
    val_step: Floats
    val_loss: Floats
    val_accuracy: Floats
    band_low: float
    band_high: float
    edge: bool
    gap: float
    end_ratio: float
    verdict: str
    regret: float
    epochs: int
    steps_per_epoch: int
    kind: str

    @property
    def low(self) -> float:
        """log10(lower edge / this LR), half a grid step outwards: where the edge lies between two runs."""
        return float(np.log10(self.band_low / self.lr)) - 0.5 * self.gap

    @property
    def high(self) -> float:
        """log10(upper edge / this LR), half a grid step outwards."""
        return float(np.log10(self.band_high / self.lr)) + 0.5 * self.gap


def load_rows(files: Iterable[Path]) -> list[Row]:
    """The rows of sweep files, sweep by sweep, ascending in LR."""
    rows: list[Row] = []
    for file in sorted(files):
        for _, sweep in pd.read_parquet(file).groupby("sweep", sort=True):
            ordered = sweep.sort_values("lr")
            gap = float(np.median(np.diff(np.log10(ordered.lr.to_numpy()))))
            rows.extend(_row(record, gap) for record in ordered.to_dict("records"))
    return rows


def corpus_rows() -> list[Row]:
    """The corpus, less the sweeps whose band is narrower than `NARROW`: seed noise decides their labels."""
    rows = load_rows(CORPUS.rglob("*.parquet"))
    return [row for row in rows if np.log10(row.band_high / row.band_low) > NARROW]


def _array(value: object) -> Floats:
    return np.empty(0) if value is None else np.asarray(value, dtype=np.float64)


def _row(record: Mapping[Hashable, object], gap: float) -> Row:
    def number(key: str) -> float:
        return float(record[key])  # type: ignore[arg-type]  # a parquet scalar

    step, val_loss = _array(record["step"]), _array(record["val_loss"])
    at = record.get("val_step")
    return Row(
        sweep=str(record["sweep"]),
        family=str(record["family"]),
        optimizer=str(record["optimizer"]),
        schedule=str(record["schedule"]),
        lr=number("lr"),
        batch_size=int(number("batch_size")),
        step=step,
        loss=_array(record["loss"]),
        lr_trace=_traced(record, step),
        val_step=_array(np.arange(len(val_loss)) * number("steps_per_epoch") if at is None else at),
        val_loss=val_loss,
        val_accuracy=_array(record["val_accuracy"]),
        band_low=number("band_low"),
        band_high=number("band_high"),
        edge=bool(record["edge"]),
        gap=gap,
        end_ratio=number("end_ratio"),
        verdict=str(record["verdict"]),
        regret=min(number("regret"), 1.0) if math.isfinite(number("regret")) else 1.0,
        epochs=int(number("num_epochs")),
        steps_per_epoch=int(number("steps_per_epoch")),
        kind=family if (family := str(record["family"])).startswith("finetune-") else "scratch",
    )


def _traced(record: Mapping[Hashable, object], step: Floats) -> Floats:
    """The LR at every logged loss; none where the log names a schedule alone."""
    trace = record.get("lr_trace")
    if trace is not None:
        return _array(trace)
    constant = (record["schedule"] or "constant") == "constant"
    return np.full(len(step), float(record["lr"])) if constant else np.empty(0)  # type: ignore[arg-type]


@dataclass(frozen=True)
class View:
    """What a log shows of a run.

    Args:
        part: which losses: all of them, the first fifth, the last 60 %, or twenty lines from the last two thirds.
        lr: whether the LR is a column, only in the settings (with the schedule's name), or nowhere.
        validation: whether validation is logged.
        steps: whether lines say their step.
        sparse: every tenth loss (at least twenty), the first one missing, and no validation of the untrained model, as
            Lightning and most trainers leave it.
    """

    part: Literal["all", "first-fifth", "resumed", "excerpt"] = "all"
    lr: Literal["column", "settings", "none"] = "column"
    validation: bool = True
    steps: bool = True
    sparse: bool = False


VIEWS: Mapping[str, View] = {
    "full": View(),
    "no-lr": View(lr="none"),
    "no-val": View(validation=False),
    "first-fifth": View("first-fifth"),
    "resumed": View("resumed"),
    "excerpt": View("excerpt"),
    "sparse": View(sparse=True),
    "settings": View(lr="settings"),
    "settings, no-val": View(lr="settings", validation=False),
    "resumed, sparse": View("resumed", sparse=True),
    "resumed, no-lr": View("resumed", lr="none"),
    "resumed, settings, no-val": View("resumed", lr="settings", validation=False),
    "excerpt, stepless": View("excerpt", lr="settings", validation=False, steps=False),
    "excerpt, settings, no-val": View("excerpt", lr="settings", validation=False),
    "excerpt, no-lr": View("excerpt", lr="none", steps=False),
}
"""By name; those of VARIANTS are the outside scorer's."""


def logged(row: Row, view: View) -> tuple[float, float]:
    """First and last step that a log shows; as the outside scorer cuts them."""
    n = len(row.step)
    if view.part == "excerpt":
        first = random.Random(f"{row.sweep} {row.lr!r}").randint(n // 3, max(n // 3, n - LINES))  # noqa: S311
        return float(row.step[first]), float(row.step[min(n, first + LINES) - 1])
    low, high = {"first-fifth": (0.0, 0.2), "resumed": (0.4, 1.0)}.get(view.part, (0.0, 1.0))
    last = n if high == 1 else max(21, int(n * high))
    return float(row.step[int(n * low)]), float(row.step[min(n, last) - 1])


def as_run(row: Row, variant: str = "full") -> Run:
    """The row as `lrdoctor.read` gives it; `variant`, a name of VIEWS, says what the log lacks."""
    view = VIEWS[variant]
    first, last = logged(row, view)
    keep = (row.step >= first) & (row.step <= last)
    if view.sparse:
        every = max(1, min(10, int(keep.sum()) // 20))
        keep &= np.arange(len(keep)) % every == every - 1
    series = {"train_loss": Series(row.step[keep], row.loss[keep])}
    if row.steps_per_epoch:
        series["epoch"] = Series(row.step[keep], row.step[keep] // row.steps_per_epoch)
    if view.lr == "column" and len(row.lr_trace):
        series["lr"] = Series(row.step[keep], row.lr_trace[keep])
    if view.validation and len(row.val_loss):
        seen = (row.val_step >= first) & (row.val_step <= last) & ((row.val_step > row.step[0]) | (not view.sparse))
        if seen.any():
            series["val_loss"] = Series(row.val_step[seen], row.val_loss[seen])
            if len(row.val_accuracy):
                series["val_accuracy"] = Series(row.val_step[seen], row.val_accuracy[seen])
    here = Path(row.sweep)
    run = Run(f"{row.lr:.3g}", series, Source(here, (here,), "table", "benchmark"), _settings(row, view))
    return run if view.steps else _stepless(run)


def _settings(row: Row, view: View) -> dict[str, HParam]:
    if view.lr == "none":
        return {}
    hparams: dict[str, HParam] = {
        "lr": row.lr,
        "optimizer": row.optimizer.split("(")[0].split("-")[0],
        "batch_size": row.batch_size,
        "max_epochs": row.epochs,
    }
    beta = re.search(r"momentum=([\d.]+)", row.optimizer)
    if beta or "momentum" in row.optimizer.lower() or "nesterov" in row.optimizer.lower():
        hparams["momentum"] = float(beta[1]) if beta else 0.9
    if row.schedule != "constant" and (view.lr == "settings" or not len(row.lr_trace)):
        hparams["lr_scheduler_type"] = row.schedule
    return hparams


def _stepless(run: Run) -> Run:
    """The run as a log without a step column is read: steps counted from 0, no epochs."""
    loss = run.series["train_loss"]
    counted = Series(np.arange(len(loss), dtype=float), loss.value)
    notes = (*run.notes, Note("steps-invented", "no step column", "train_loss"))
    return replace(run, series={"train_loss": counted}, notes=notes)


def families(rows: Sequence[Row]) -> list[str]:
    """The task families, sorted."""
    return sorted({row.family for row in rows})


def unseen(rows: Sequence[Row], most: int = 6) -> list[frozenset[str]]:
    """The families in at most `most` groups: slow baselines leave out a group at a time."""
    names = families(rows)
    return [frozenset(names[k::most]) for k in range(min(most, len(names)))]

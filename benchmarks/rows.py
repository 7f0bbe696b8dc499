"""Labelled runs: rows of sweep files, as the logs a trainer would have left."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lrdoctor.records.run import Floats, HParam, Run, Series, Source

VARIANTS = ("full", "no-lr", "no-val", "first-fifth")
NARROW = 0.3  # decades; a band of one or two grid points has no edges to speak of
CORPUS = Path(__file__).parent / "corpus" / "data"


@dataclass(frozen=True, eq=False)
class Row:
    """One real run of a sweep and what its LR was worth.

    Arrays are as logged: `step` and `loss` and `lr_trace` of shape (n,), validation of shape (k,), empty without any.
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
    trace = record.get("lr_trace")
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
        lr_trace=np.full(len(step), number("lr")) if trace is None else _array(trace),
        val_step=_array(np.arange(len(val_loss)) * number("steps_per_epoch") if at is None else at),
        val_loss=val_loss,
        val_accuracy=_array(record["val_accuracy"]),
        band_low=number("band_low"),
        band_high=number("band_high"),
        edge=bool(record["edge"]),
        gap=gap,
        end_ratio=number("end_ratio"),
        verdict=str(record["verdict"]),
    )


def as_run(row: Row, variant: str = "full") -> Run:
    """The row as `lrdoctor.read` gives it: `variant` says what the log lacks.

    Beside VARIANTS there is `sparse`: every tenth loss (at least twenty), the first one missing, and no validation of
    the untrained model, as Lightning and most trainers leave it.
    """
    last = row.step[max(20, len(row.step) // 5) - 1] if variant == "first-fifth" else row.step[-1]
    keep = row.step <= last
    if variant == "sparse":
        every = max(1, min(10, len(keep) // 20))
        keep &= np.arange(len(keep)) % every == every - 1
    series = {"train_loss": Series(row.step[keep], row.loss[keep])}
    hparams: dict[str, HParam] = {}
    if variant != "no-lr":
        series["lr"] = Series(row.step[keep], row.lr_trace[keep])
        hparams = {"lr": row.lr, "optimizer": row.optimizer.split("(")[0].split("-")[0], "batch_size": row.batch_size}
        if "momentum" in row.optimizer.lower() or "nesterov" in row.optimizer.lower():
            hparams["momentum"] = 0.9
    if variant != "no-val" and len(row.val_loss):
        seen = (row.val_step <= last) & ((row.val_step > row.step[0]) if variant == "sparse" else True)
        series["val_loss"] = Series(row.val_step[seen], row.val_loss[seen])
        if len(row.val_accuracy):
            series["val_accuracy"] = Series(row.val_step[seen], row.val_accuracy[seen])
    here = Path(row.sweep)
    return Run(f"{row.lr:.3g}", series, Source(here, (here,), "table", "benchmark"), hparams)


def families(rows: Sequence[Row]) -> list[str]:
    """The task families, sorted."""
    return sorted({row.family for row in rows})


def unseen(rows: Sequence[Row], most: int = 6) -> list[frozenset[str]]:
    """The families in at most `most` groups: slow baselines leave out a group at a time."""
    names = families(rows)
    return [frozenset(names[k::most]) for k in range(min(most, len(names)))]

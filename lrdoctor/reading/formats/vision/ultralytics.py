"""Ultralytics (YOLOv8 and later, RT-DETR) and YOLOv5: `results.csv` beside `args.yaml`, or `opt.yaml` and `hyp.yaml`.

    epoch, train/box_loss, train/cls_loss, train/dfl_loss, ..., val/dfl_loss,   lr/pg0,    lr/pg1,    lr/pg2
        0,         1.6878,         3.3859,          2.143, ...,       3.3394, 0.070545, 0.0032727, 0.0032727

One row an epoch, padded up to 2023, counted from 0 or (2024) from 1; YOLOv5 calls the LRs `x/lr0` to `x/lr2`.  In the
warm-up the LR of the biases (`lr/pg0`, `x/lr2`) falls from 0.1 while the others rise: it is not the run's.  Since 8.4
a head may train at three times the LR of the rest, in groups of its own.  The total loss is not logged, only its parts.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import HParam, Note, Run, Series, Source

NAME = "ultralytics"
NOMINAL_BATCH = 64  # YOLOv5 accumulates gradients up to it, Ultralytics to the setting `nbs`
BOOSTED = 1.5  # groups whose LRs still differ by more at the end differ for good, not for the warm-up
PLAIN_GROUPS = 3  # weights, normalisation, biases
DERIVED_LR = "lr"

_GROUP = re.compile(r"lr/pg\d+|x/lr\d+|lr/\d+")
TASKS = frozenset({"detect", "segment", "classify", "pose", "obb"})


def recognise(head: Head) -> str | None:
    """By an LR column of its parameter groups beside training losses and `metrics/...`, one row an epoch."""
    layout = sniff(head)
    if layout is None or not layout.names or layout.names[0] != "epoch":
        return None
    groups = [name for name in layout.names if _GROUP.fullmatch(name)]
    losses = [name for name in layout.names if re.fullmatch(r"train/(\w+_)?loss", name)]
    if not groups or not losses or not any(name.startswith("metrics/") for name in layout.names):
        return None
    return f"the columns epoch, {losses[0]}, {groups[-1]}"


def read(source: Source) -> list[Run]:
    """The run of one `results.csv`; raises `UnreadableError`."""
    return [_understood(run) for run in table.read(source)]


def _understood(run: Run) -> Run:
    notes = [*run.notes, Note("aggregated", "each training loss is the mean over an epoch")]
    series, lr = dict(run.series), _main_lr(run.series)
    if lr is not None:
        series[DERIVED_LR] = lr
        text = "lr is the lowest of the parameter groups' LRs: a group with a multiple of it is no other setting"
        notes.append(Note("derived", text, DERIVED_LR))
    *_, task, folder = ("", "", *run.source.path.parent.parts)
    # `runs/detect/train`, `train2`, ...: the first of them would be called after the task alone.
    name = f"{task}/{folder}" if folder == "train" and task in TASKS else run.name
    return replace(
        run, name=name, series=series, hparams=_with_accumulation(run.hparams), step_axis="epoch", notes=notes
    )


def _main_lr(series: Mapping[str, Series]) -> Series | None:
    """The LR that the settings mean, where groups go on with multiples of it; None where only the biases' LR differs.

    The biases' warm-up is above it too, so the lowest is right in every epoch.
    """
    groups = [points for tag, points in series.items() if _GROUP.fullmatch(tag)]
    if (
        len(groups) <= PLAIN_GROUPS
        or DERIVED_LR in series
        or any(not np.array_equal(groups[0].step, points.step) for points in groups)
    ):
        return None
    values = np.stack([points.value for points in groups])
    last = values[:, -1]
    if not (last > 0).all() or last.max() <= BOOSTED * last.min():
        return None
    return Series(groups[0].step, values.min(axis=0), groups[0].wall_time)


def _with_accumulation(hparams: Mapping[str, HParam]) -> dict[str, HParam]:
    """The settings with the gradient accumulation that these trainers work out by themselves."""
    batch = hparams.get("batch", hparams.get("batch_size"))
    nominal = hparams.get("nbs", NOMINAL_BATCH)
    found = dict(hparams)
    if isinstance(batch, int) and isinstance(nominal, int) and batch > 0 and 0 < nominal < 2**20:
        found.setdefault("gradient_accumulation_steps", max(round(nominal / batch), 1))
    return found


READER = Reader(NAME, "Ultralytics and YOLOv5 results.csv", recognise, read)

"""A total loss where the log has only its components: YOLO logs box, class and distribution losses, and no sum.

Only families whose total is known to be the plain sum are summed; the weights are in the logged components already.
Several heads whose losses are numbered (`loss1`, `loss2`) are summed too: whatever their weights, all of them train.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from lrdoctor.records.run import Note, Run, Series
from lrdoctor.vocabulary.tags import LOSS_NAMES, is_loss_name, quantity

# Ultralytics and YOLOv5 (detection, segmentation, pose), RT-DETR.  Each total has a box loss and a class loss.
COMPONENTS = frozenset({"box", "giou", "cls", "obj", "dfl", "seg", "sem", "pose", "kobj", "rle", "l1", "angle"})
_NUMBERED = re.compile(r"\d{1,2}")
BOX, CLASS = frozenset({"box", "giou"}), frozenset({"cls", "obj"})


def with_totals(run: Run) -> Run:
    """The run with `train/loss` and `val/loss` where these stand in its log as components only."""
    added = {tag: total for tag, total, _ in _totals(run.series) if tag not in run.series}
    if not added:
        return run
    notes = [
        Note("derived", f"{tag} is the sum of {', '.join(parts)}", tag)
        for tag, _, parts in _totals(run.series)
        if tag in added
    ]
    return replace(run, series={**run.series, **added}, notes=[*run.notes, *notes])


def _totals(series: Mapping[str, Series]) -> Iterator[tuple[str, Series, list[str]]]:
    """Each total's tag, its points and the components it is made of."""
    for split in ("train", "val"):
        parts = {tag: kind for tag in series if (kind := _component(tag, split)) is not None}
        kinds = set(parts.values())
        if not (kinds & BOX and kinds & CLASS):
            # Validation losses that differ in a number are heads where the training's do too, else sets of data.
            parts = _heads(series, split) if split == "train" or _heads(series, "train") else {}
        if not parts:
            continue
        first, *rest = (series[tag] for tag in parts)
        if all(np.array_equal(first.step, other.step) for other in rest):
            total = Series(first.step, np.sum([series[tag].value for tag in parts], axis=0), first.wall_time)
            yield f"{split}/loss", total, list(parts)


def _heads(series: Mapping[str, Series], split: str) -> dict[str, str]:
    """The losses that differ in a number alone, where nothing is their total."""
    validation = split == "val"
    losses = [tag for tag in series if is_loss_name(tag) and quantity(tag)[1] == validation]
    stems = {_NUMBERED.sub("#", tag) for tag in losses}
    if len(losses) < 2 or len(stems) > 1 or any(quantity(tag)[0] in LOSS_NAMES for tag in losses):
        return {}
    return {tag: tag for tag in losses}


def _component(tag: str, split: str) -> str | None:
    """`box` of `train/box_loss`; None for any other tag."""
    folder, _, name = tag.strip().lower().rpartition("/")
    kind = name.removesuffix("_loss")
    return kind if folder == split and name.endswith("_loss") and kind in COMPONENTS else None

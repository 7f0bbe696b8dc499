"""What the pages of TensorBoard and W&B let one download of a run's chart."""

import csv
import io
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from tensorboard import program
from torch.utils import tensorboard

from generation.training import Point, Recipe, Training

SummaryWriter: Any = tensorboard.SummaryWriter


def tensorboard_downloads(folder: Path, recipe: Recipe, lr: float, seed: int, name: str) -> list[Point]:
    """The CSV downloads of `Loss/train` and `LR`, served by TensorBoard itself.

    It keeps 1,000 points a tag, chosen at random, the last one always; the same ones for tags logged alike.
    """
    points = list(Training(recipe, lr, seed).run())
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as logs:
        writer = SummaryWriter(str(Path(logs) / name))
        for p in points:
            writer.add_scalar("Loss/train", p.loss, p.step)
            writer.add_scalar("LR", p.lr, p.step)
        writer.close()
        address = _served(logs)
        for tag in ("Loss/train", "LR"):
            query = urlencode({"run": name, "tag": tag, "format": "csv"})
            with urlopen(f"{address}data/plugin/scalars/scalars?{query}") as answer:  # noqa: S310  # our own server
                (folder / f"run-{name}-tag-{tag.replace('/', '_')}.csv").write_bytes(answer.read())
    return points


def _served(logs: str) -> str:
    """The address of a TensorBoard that has read `logs` to their end; it stops when the process does."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    page: Any = program.TensorBoard()
    once = ["--reload_task=blocking", "--reload_interval=0", "--load_fast=false"]
    page.configure(argv=["tensorboard", "--logdir", logs, "--host=localhost", "--port=0", *once])
    address: str = page.launch()
    return address


def wandb_chart(folder: Path, recipe: Recipe, lr: float, seed: int, name: str, buckets: int) -> list[Point]:
    """The CSV of a W&B chart of `train/loss`, logged at every step, in the page's default mode ("full fidelity").

    That mode cuts the x axis into buckets.  By its documentation the line is the bucket's last value, not its mean,
    and __MIN and __MAX are those of the bucket.
    """
    points = list(Training(recipe, lr, seed).run())
    column = f"{name} - train/loss"
    size = len(points) / buckets
    rows: list[Sequence[float]] = []
    for n in range(buckets):
        bucket = points[round(n * size) : round((n + 1) * size)]
        losses = [p.loss for p in bucket]
        rows.append((bucket[-1].step, losses[-1], min(losses), max(losses)))
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["Step", column, f"{column}__MIN", f"{column}__MAX"])
    table.writerows(rows)
    folder.mkdir(parents=True)
    (folder / "wandb_export_2026-11-24T15_12_40.318+01_00.csv").write_text(text.getvalue().rstrip("\n"))
    return points

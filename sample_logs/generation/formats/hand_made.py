"""Logs that a training script writes by hand."""

import json
from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training


def json_lines(folder: Path, training: Training) -> None:
    """A line of settings, then an object for each loss that was logged, and one for each validation."""
    rows: list[dict[str, object]] = [
        {
            "optimizer": training.optimizer,
            "learning_rate": training.peak_lr,
            "batch_size": training.batch_size,
            "epochs": training.epochs,
        }
    ]
    kinds = [("train", training.loss)] + ([("val", training.val_loss)] if training.val_loss is not None else [])
    logged = sorted(
        (step, kind, value) for kind, series in kinds for step, value in zip(series.step, series.value, strict=True)
    )
    for step, kind, value in logged:
        row: dict[str, object] = {"step": int(step), kind: {"loss": round(float(value), 6)}}
        rows.append({**row, "lr": training.lr_at(step)} if kind == "train" else row)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


FORMS = (Form("json-lines", "too-slow", "json-rows", "`json.dumps` of a row a step", real=False, write=json_lines),)

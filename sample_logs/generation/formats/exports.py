"""Exports that people make by hand from a tracker's API."""

from pathlib import Path

from generation.formats.form import Form
from generation.formats.training import Training

BEGAN = 1_760_000_000.0  # Unix seconds


def wandb_history(folder: Path, training: Training) -> None:
    """`run.history().to_csv(...)`: pandas' index first, W&B's own columns among the metrics."""
    import pandas as pd

    rows = [
        {
            "train/loss": float(loss),
            "lr": training.lr_at(step),
            "global_step": int(step),
            "_step": count,
            "_runtime": 0.5 * count,
            "_timestamp": BEGAN + 0.5 * count,
        }
        for count, (step, loss) in enumerate(zip(training.loss.step, training.loss.value, strict=True))
    ]
    pd.DataFrame(rows).to_csv(folder / "history.csv")


FORMS = (
    Form(
        "wandb-history",
        "well-tuned-wandb",
        "wandb-history",
        "pandas, in the shape of `run.history().to_csv()`",
        real=False,
        write=wandb_history,
    ),
)

"""The trainings that the format samples tell again, as the logs of the other samples hold them."""

import json
from dataclasses import dataclass
from pathlib import Path

import lrdoctor
from lrdoctor.records.run import Series
from lrdoctor.vocabulary.roles import assign_roles

SAMPLES = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Training:
    """One training, told by the sample `of`.

    Args:
        of: the sample's folder, such as `too-high`.
        loss, val_loss, lr: what it logged; None where it logged none.
        peak_lr: the LR it was run with.
        optimizer, batch_size, epochs, steps_per_epoch: its recipe.
    """

    of: str
    loss: Series
    val_loss: Series | None
    lr: Series | None
    peak_lr: float
    optimizer: str
    batch_size: int
    epochs: int
    steps_per_epoch: int

    @property
    def steps(self) -> int:
        """Optimizer steps in all."""
        return self.epochs * self.steps_per_epoch

    def epoch(self, step: float) -> float:
        """How many epochs were done after `step` steps, counted from 0."""
        return step / self.steps_per_epoch

    def lr_at(self, step: float) -> float:
        """The LR at a step: the last one logged, or the constant one."""
        if self.lr is None:
            return self.peak_lr
        at = int((self.lr.step <= step).sum()) - 1
        return float(self.lr.value[max(at, 0)])

    def epoch_means(self) -> list[tuple[int, float, float | None, float]]:
        """Of every epoch its number from 0, its mean training loss, its last validation loss and its last LR."""
        rows = []
        for epoch in range(self.epochs):
            low, high = epoch * self.steps_per_epoch, (epoch + 1) * self.steps_per_epoch
            inside = (self.loss.step >= low) & (self.loss.step < high)
            if not inside.any():
                continue
            val = None
            if self.val_loss is not None:
                seen = self.val_loss.value[self.val_loss.step <= high]
                val = float(seen[-1]) if len(seen) else None
            rows.append((epoch, float(self.loss.value[inside].mean()), val, self.lr_at(high - 1)))
        return rows


# The recipe's facts that the log itself does not hold; see the table in sample_logs/README.md.
RECIPES = {
    "too-slow": ("SGD+momentum", 64, 30, 21),
    "well-tuned": ("Adam", 50, 50, 40),
    "too-high": ("Adam", 48, 16, 50),
    "well-tuned-wandb": ("AdamW", 32, 20, 43),
    "too-high-hf-trainer": ("AdamW", 16, 4, 160),
    "diverged-to-nan": ("SGD", 32, 12, 75),
    "diverged-rising": ("Adam", 64, 4, 187),
}


def training(of: str) -> Training:
    """The training that a sample's log tells."""
    (run,) = lrdoctor.read(SAMPLES / of)
    roles = assign_roles(run)
    if roles.loss is None:
        raise ValueError(f"{of} logs no training loss")
    peak = lrdoctor.diagnose(run).lr
    expected = _expected_lr(of)
    pick = run.series.get
    return Training(
        of, run.series[roles.loss], pick(roles.val_loss or ""), pick(roles.lr or ""), peak or expected, *RECIPES[of]
    )


def _expected_lr(of: str) -> float:
    return float(json.loads((SAMPLES / "expected.json").read_text())[of]["lr"])

"""CSV files that training scripts write by hand, with what such scripts leave out."""

from pathlib import Path

from generation.training import Point, Recipe, Training


def without_steps(folder: Path, recipe: Recipe, lr: float, seed: int, every: int) -> list[Point]:
    """`losses.csv` with `loss,lr`, a row per logging, so that which step a row belongs to is nowhere."""
    points = list(Training(recipe, lr, seed).run())
    rows = [f"{p.loss:.6f},{p.lr:.4g}" for p in points if p.step % every == 0]
    _write(folder / "losses.csv", ["loss,lr", *rows])
    return points


def rounded(folder: Path, recipe: Recipe, lr: float, seed: int, every: int) -> list[Point]:
    """`log.csv` with `step,train_loss,lr`, the loss to two decimals."""
    points = list(Training(recipe, lr, seed).run())
    rows = [f"{p.step},{p.loss:.2f},{p.lr:g}" for p in points if p.step % every == 0]
    _write(folder / "log.csv", ["step,train_loss,lr", *rows])
    return points


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(lines) + "\n")

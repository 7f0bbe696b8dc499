"""The benchmark's figures, on a sweep of five runs that can be worked out by hand."""

import numpy as np
import pytest

from benchmarks.metrics import Answer, macro_f1, near_words, score, walk
from benchmarks.rows import Row, as_run

LRS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
TRUTH = ("too-slow", "well-tuned", "well-tuned", "too-high", "divergent")

REGRET = {"too-slow": 0.5, "well-tuned": 0.0, "too-high": 0.8, "divergent": 1.0}


def a_row(lr: float, verdict: str, points: int = 300) -> Row:
    step = np.arange(points, dtype=float)
    return Row(
        sweep="s", family="f", optimizer="SGD-momentum", schedule="constant", lr=lr, batch_size=32, step=step,
        loss=2.0 - step / points, lr_trace=np.full(points, lr), val_step=np.linspace(0, points - 1, 10),
        val_loss=np.linspace(2, 1, 10), val_accuracy=np.linspace(0.1, 0.9, 10), band_low=1e-3, band_high=1e-2,
        edge=False, gap=1.0, end_ratio=0.5, verdict=verdict, regret=REGRET[verdict], epochs=10, steps_per_epoch=30,
        kind="scratch",
    )  # fmt: skip


ROWS = [a_row(lr, verdict) for lr, verdict in zip(LRS, TRUTH, strict=True)]


def say(verdicts: tuple[str, ...], factors: tuple[float, ...]) -> list[Answer]:
    return [Answer(v, {v: 1.0}, f, (-1.0, 1.0)) for v, f in zip(verdicts, factors, strict=True)]


def test_a_perfect_tool_scores_one() -> None:
    said = say(TRUTH, (10, 1, 1, 0.1, 0.01))
    figures = score(ROWS, said, lambda made: float(np.log10(ROWS[made[-1]].lr * (said[made[-1]].factor or 1))))
    assert (figures.f1, figures.near, figures.brier, figures.bluff, figures.stays) == (1, 1, 0, 0, 1)
    assert figures.visits == (1, 1, 1)


def test_the_next_verdict_on_the_grid_is_near() -> None:
    assert near_words(ROWS) == [
        {"too-slow", "well-tuned"},
        {"too-slow", "well-tuned"},
        {"well-tuned", "too-high"},
        {"well-tuned", "too-high", "divergent"},
        {"too-high", "divergent"},
    ]


def test_a_tool_that_never_moves_stays_where_it_is() -> None:
    stays, visits = walk(ROWS, lambda made: float(np.log10(ROWS[made[-1]].lr)))
    assert stays == 1
    assert visits == (0.4, 0.4, 0.4)


def test_f1_counts_inconclusive_as_wrong() -> None:
    assert macro_f1(["too-slow", "too-high"], ["too-slow", "inconclusive"]) == 0.5


def test_edges_lie_half_a_step_outside_the_good_runs() -> None:
    assert ROWS[0].low == pytest.approx(0.5)
    assert ROWS[0].high == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("variant", "has", "points"),
    [
        ("full", {"train_loss", "lr", "val_loss", "val_accuracy", "epoch"}, 300),
        ("no-lr", {"train_loss", "val_loss", "val_accuracy", "epoch"}, 300),
        ("no-val", {"train_loss", "lr", "epoch"}, 300),
        ("first-fifth", {"train_loss", "lr", "val_loss", "val_accuracy", "epoch"}, 60),
        ("sparse", {"train_loss", "lr", "val_loss", "val_accuracy", "epoch"}, 30),
    ],
)
def test_variants_lack_what_they_say(variant: str, has: set[str], points: int) -> None:
    run = as_run(ROWS[0], variant)
    assert set(run.series) == has
    assert len(run.series["train_loss"]) == points
    assert (run.hparams.get("lr") is None) == (variant == "no-lr")
    assert (run.series["val_loss"].step[0] > 0) == (variant == "sparse") if "val_loss" in has else True

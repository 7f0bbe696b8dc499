"""One shared set of diagnoses that every renderer runs on, made by hand: nothing here analyses anything."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lrdoctor.records.diagnosis import Belief, Diagnosis, Evidence, Finding, Fit, Remedy, Severity, Verdict, Worth
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Note, Run, Series, Source
from lrdoctor.records.unreadable import Unreadable

HOSTILE = "<script>alert(1)</script>"
SLOW, WELL, HIGH, DIVERGENT = Verdict.TOO_SLOW, Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.DIVERGENT


def series(step: Sequence[float], value: Sequence[float]) -> Series:
    return Series(np.array(step, dtype=float), np.array(value, dtype=float))


def noise(n: int, seed: float = 1.0) -> Floats:
    """Numbers in [-1, 1) that look random and are the same everywhere."""
    x = np.sin(np.arange(n) * 12.9898 + seed * 78.233) * 43758.5453
    return np.asarray(2 * (x - np.floor(x)) - 1, dtype=float)


def belief(middle: float, width: float, half: float = 0.525) -> Belief:
    """A bell around `middle` decades; `half` the band's half-width."""
    decades = np.linspace(-4, 4, 161)
    mass = np.exp(-(((decades - middle) / width) ** 2) / 2)
    mass /= mass.sum()
    prior = np.exp(-((decades / 1.5) ** 2) / 2)
    prior /= prior.sum()
    near = (np.abs(decades[:, None] - decades[None, :]) <= half).astype(float)
    return Belief(decades, np.asarray(near @ mass), mass, np.asarray(near @ prior))


def source(name: str, *files: str, beside: tuple[str, ...] = (), kind: str = "lightning-csv") -> Source:
    folder = Path("logs") / name
    return Source(
        folder,
        tuple(folder / f for f in files),
        kind,
        "a header with step and loss columns",
        tuple(folder / f for f in beside),
    )


def odds(slow: float, well: float, high: float, divergent: float) -> Mapping[Verdict, float]:
    return {SLOW: slow, WELL: well, HIGH: high, DIVERGENT: divergent}


def too_slow() -> Diagnosis:
    step = np.arange(0, 6000, 3.0)
    trend = 2.3 - 0.9 * step / 6000
    loss = trend + 0.06 * noise(len(step))
    at = np.arange(0, 6001, 600.0)
    run = Run(
        "adam_lr1e-5",
        {
            "train/loss": Series(step, loss),
            "val/loss": Series(at, 2.32 - 0.88 * at / 6000 + 0.01 * noise(len(at))),
            "train/lr": Series(step, np.full(len(step), 1e-5)),
            "train/grad_norm": Series(step, 3 + noise(len(step), 2)),
        },
        source("adam_lr1e-5", "metrics.csv", beside=("hparams.yaml",)),
        {"lr": 1e-5, "optimizer": "Adam", "batch_size": 64, "clip": None, "amp": True},
    )
    late = step >= 3000
    return Diagnosis(
        run,
        Roles(loss="train/loss", val_loss="val/loss", lr="train/lr", grad_norm="train/grad_norm"),
        1e-5,
        "series train/lr (peak)",
        SLOW,
        "The loss falls in a straight line to the last step, and validation falls with it: the run was far from done.",
        odds(0.912, 0.071, 0.012, 0.005),
        31.6,
        (0.8, 2.3),
        belief(1.5, 0.55),
        (
            Finding(
                "LR201",
                "still-falling",
                Severity.WARNING,
                "the loss was still falling when the run ended",
                -0.43,
                -0.05,
                "per doubling of steps",
                (3000.0, 5997.0),
                "train/loss",
                "Still falling is not by itself too slow.",
                (Fit("slope", "slope of the second half", "-0.43", step[late][::50], trend[late][::50]),),
            ),
            Finding(
                "LR401",
                "lr-below-custom",
                Severity.INFO,
                "the LR is far below what is customary for Adam",
                -2.0,
                -1.0,
                "decades",
            ),
        ),
        (
            Evidence("end_slope", "the steep end of the curve", -0.43, "per doubling", odds(6.2, 0.31, 0.2, 0.5), 0.71),
            Evidence("customary", "an LR far below the customary one", -2.0, "decades", odds(3.1, 0.8, 0.4, 0.5), 0.42),
            Evidence("noise", "little noise against what is left to learn", 0.07, "", odds(1.6, 0.9, 0.5, 0.9), 0.08),
            Evidence("val_turn", "validation never turned", None, "", odds(1.02, 0.99, 1.0, 1.0), 0.0),
        ),
        (
            Fit("smooth", "smoothed", "", step[::20], trend[::20]),
            Fit("semi-log", "second half", "-0.43 ± 0.02 per doubling of steps", step[late], trend[late]),
        ),
        Worth(True, 1.44, (0.2, 0.61, 1.1), (0.03, 0.11, 0.42)),
        (Remedy("length", "train longer", "LR201", "still-falling", "Tuning Playbook"),),
    )


def well_tuned() -> Diagnosis:
    step = np.arange(1, 20001, 10.0)
    trend = 0.08 + 2.2 * (1 + step / 60) ** -0.6
    lr = 3e-4 * np.minimum(step / 1000, 0.5 * (1 + np.cos(np.pi * np.clip((step - 1000) / 19000, 0, 1))))
    run = Run(
        "cosine/3e-4",
        {
            "loss": Series(step, trend * (1 + 0.15 * noise(len(step)))),
            "eval_loss": Series(step[99::100], trend[99::100] * 1.08),
            "learning_rate": Series(step, lr),
        },
        source("cosine", "events.out.tfevents.1700000000.host.1.0", kind="tensorboard"),
        {"learning_rate": 3e-4, "warmup_steps": 1000},
        notes=(Note("restart", "a second attempt began at step 8000; the older points were dropped", None, 8000.0),),
    )
    return Diagnosis(
        run,
        Roles(loss="loss", val_loss="eval_loss", lr="learning_rate"),
        3e-4,
        "series learning_rate (peak)",
        WELL,
        "Most of the descent came early, the rest followed a power law, and the decay at the end still gained.",
        odds(0.11, 0.82, 0.06, 0.01),
        1.0,
        (-0.45, 0.38),
        belief(-0.02, 0.33),
        (),
        (
            Evidence(
                "early",
                "the share of the progress done early",
                0.71,
                "at 10 % of the run",
                odds(0.35, 2.4, 1.1, 0.8),
                -0.2,
            ),
            Evidence("alpha", "the power law's exponent", 0.6, "", odds(0.7, 1.5, 0.8, 0.9), -0.05),
        ),
        (
            Fit("smooth", "smoothed", "", step[::10], trend[::10]),
            Fit("power-law", "power law", "0.08 + A (t + 60)^-0.60", step[::10], trend[::10]),
            Fit("level", "floor", "0.08", step[[0, -1]], np.array([0.08, 0.08])),
        ),
    )


def too_high() -> Diagnosis:
    step = np.arange(0, 2000, 1.0)
    loss = 1.9 + 0.4 * np.exp(-step / 30) + 0.25 * noise(len(step), 3)
    loss[700:705] = 40.0
    run = Run(
        "sgd_lr3",
        {"Loss/train": Series(step, loss), "val_loss": Series(step[::250], 2.0 + 0.1 * noise(8))},
        source("sgd_lr3", "run.csv", kind="csv"),
        {"lr": 3.0},
        step_axis="iter",
    )
    level = np.array([1.92, 1.92])
    return Diagnosis(
        run,
        Roles(loss="Loss/train", val_loss="val_loss"),
        3.0,
        "hparams lr",
        HIGH,
        "The loss stalled on a noise floor after 2 % of the run.",
        odds(0.04, 0.17, 0.74, 0.05),
        0.1,
        (-1.7, -0.4),
        belief(-1.0, 0.5),
        (
            Finding(
                "LR302",
                "noise-floor",
                Severity.FAULT,
                "the loss stalled on its noise",
                0.98,
                0.9,
                "share of the run",
                (40.0, 1999.0),
                "Loss/train",
            ),
            Finding(
                "LR301",
                "loss-spike",
                Severity.WARNING,
                "the loss jumped and came back",
                21.0,
                6.0,
                "times the noise",
                (700.0, 704.0),
                "Loss/train",
            ),
            Finding(
                "LR303",
                "one-bad-step",
                Severity.INFO,
                "one step stands out",
                7.0,
                6.0,
                "times the noise",
                (1500.0, 1500.0),
                "Loss/train",
            ),
        ),
        (Evidence("stall", "the flat last nine tenths", 0.002, "per decade", odds(0.08, 0.4, 3.9, 1.4), -0.9),),
        (Fit("level", "noise floor", "1.92 ± 0.14", np.array([40.0, 1999.0]), level),),
    )


def divergent() -> Diagnosis:
    step = np.arange(0, 400, 1.0)
    loss = 2.3 * np.exp(-step / 100)
    loss[250:] = 2.0 * 10 ** ((step[250:] - 250) / 10)
    loss[300:340] = np.inf
    loss[340:] = np.nan
    lr = np.full(len(step), 0.5)
    run = Run(
        "diverged",
        {"train_loss": Series(step, loss), "lr": Series(step, lr)},
        source("diverged", "metrics.csv"),
        {"lr": 0.5, "note": float("nan")},
        notes=(Note("torn-tail", "the last line is cut off; what comes before was read", "train_loss", 399.0),),
    )
    return Diagnosis(
        run,
        Roles(loss="train_loss", lr="lr"),
        0.5,
        "series lr (peak)",
        DIVERGENT,
        "The last 2 % of the training loss are not finite.",
        odds(0.0, 0.0, 0.002, 0.998),
        0.032,
        (-2.6, -0.7),
        belief(-1.5, 0.7),
        (
            Finding(
                "LR101",
                "divergent",
                Severity.FAULT,
                "the loss ended non-finite",
                float("inf"),
                1.05,
                "times the start",
                (392.0, 399.0),
                "train_loss",
            ),
        ),
        (Evidence("end", "a loss that ends non-finite", float("nan"), "", odds(0.0, 0.0, 0.5, float("inf")), -1.1),),
    )


def no_lr() -> Diagnosis:
    """Three points, no LR, no validation: inconclusive."""
    run = Run(
        "three points",
        {"loss": series([0, 1, 2], [1.0, 0.9, 0.85])},
        source("three", "a.csv", kind="csv"),
        step_axis="row",
    )
    return Diagnosis(
        run,
        Roles(loss="loss"),
        None,
        "",
        Verdict.INCONCLUSIVE,
        "The loss has 3 points; a verdict needs 20.",
        odds(0.4, 0.35, 0.2, 0.05),
        None,
        None,
        belief(0.25, 1.4),
        (Finding("LR001", "too-few-points", Severity.FAULT, "the loss has too few points", 3.0, 20.0, "points"),),
    )


def negative() -> Diagnosis:
    """A loss below zero, late steps, no LR, and a factor although the log names no LR."""
    step = np.arange(1_000_000, 1_100_000, 100.0)
    trend = -3.0 - np.linspace(0, 1, len(step))
    run = Run("elbo", {"elbo": Series(step, trend + 0.1 * noise(len(step), 5))}, source("elbo", "elbo.csv", kind="csv"))
    return Diagnosis(
        run,
        Roles(loss="elbo"),
        None,
        "",
        SLOW,
        "",
        odds(0.6, 0.3, 0.08, 0.02),
        5.0,
        (-0.2, 1.6),
        belief(0.7, 0.7),
        fits=(Fit("unheard-of", "a kind that came later", "", step[[0, -1]], trend[[0, -1]]),),
    )


def nothing_read() -> Diagnosis:
    """A run without a loss: no figure can be drawn of it, and its numbers are at the edge of sense."""
    run = Run(
        "no loss", {"accuracy": series([], []), "loss": series([0, 1], [np.nan, np.inf])}, source("noloss", "a.csv")
    )
    flat = np.full(161, np.nan)
    nowhere = Belief(np.linspace(-4, 4, 161), flat, flat, flat)
    return Diagnosis(run, Roles(), None, "", Verdict.INCONCLUSIVE, "No loss.", {}, None, None, nowhere)


def hostile() -> Diagnosis:
    """Everything that a log can name, named to break out of text, page and terminal."""
    tag = f"{HOSTILE}\x1b[31m\u202e$x$"
    step = np.arange(0, 50, 1.0)
    run = Run(
        f'{HOSTILE}" onload="x',
        {tag: Series(step, 2.0 - step / 50), "loss\udc80": Series(step, step), "x" * 300: series([1], [np.nan])},
        Source(Path(f"{HOSTILE}/a&b"), (Path(f"{HOSTILE}.csv"),), HOSTILE, "'\"><b>", (Path("\udcff.yaml"),)),
        {HOSTILE: HOSTILE, "--></style>": "</svg>", "long": "y" * 500},
        step_axis=f"{HOSTILE}$",
        notes=(Note(HOSTILE, HOSTILE, HOSTILE, 1.0),),
    )
    return Diagnosis(
        run,
        Roles(loss=tag, val_loss="loss\udc80", lr="x" * 300),
        1e-3,
        HOSTILE,
        Verdict.WELL_TUNED,
        f"{HOSTILE}\n\x1b]0;owned\x07",
        odds(0.2, 0.6, 0.15, 0.05),
        0.5,
        (-1.0, 0.5),
        belief(-0.3, 0.4),
        (
            Finding(
                HOSTILE,
                HOSTILE,
                Severity.INFO,
                HOSTILE,
                float("nan"),
                -float("inf"),
                HOSTILE,
                (float("nan"), 5.0),
                HOSTILE,
                HOSTILE,
                (Fit("points", HOSTILE, HOSTILE, step[:2], np.array([1.0, np.nan])),),
            ),
        ),
        (Evidence(HOSTILE, HOSTILE, 1e300, HOSTILE, odds(float("nan"), 0.0, float("inf"), -1.0), float("nan")),),
        (
            Fit("power-law", HOSTILE, HOSTILE, step, np.full(50, np.nan)),
            Fit("smooth", HOSTILE, HOSTILE, step, 2.0 - step / 50),
        ),
        remedies=(Remedy(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
    )


EXAMPLES = {
    "too-slow": too_slow,
    "well-tuned": well_tuned,
    "too-high": too_high,
    "divergent": divergent,
    "no-lr": no_lr,
    "negative": negative,
    "nothing-read": nothing_read,
    "hostile": hostile,
}

UNREADABLE = (
    Unreadable("logs/pointer.tfevents", "a Git LFS pointer, not the file: run `git lfs pull` and try again"),
    Unreadable(f"logs/{HOSTILE}\x1b[2J.png", "a PNG image: name a log instead"),
)

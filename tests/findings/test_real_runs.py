"""Each finding on real trainings: one that has it, and one that looks alike and does not."""

from pathlib import Path

import pytest

import lrdoctor
from benchmarks.rows import CORPUS, as_run, load_rows
from lrdoctor.findings import FINDINGS
from lrdoctor.measurement.case import examine

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs"
MADE = {rule.name: rule for rule in FINDINGS}

# A folder of sample_logs, or a sweep of the corpus and the run's LR; then the look-alike, and why it looks alike.
Place = str | tuple[str, float]
CASES: dict[str, tuple[Place, Place, str]] = {
    "diverged-non-finite": ("diverged-to-nan", "transient-non-finite", "NaN too, but training went on"),
    "diverged-rising": ("diverged-rising", "early-blow-up-then-recovery", "rose above its start, and came back"),
    "transient-non-finite": ("transient-non-finite", "diverged-to-nan", "NaN to the end"),
    "early-blow-up": ("early-blow-up-then-recovery", "diverged-rising", "rose and stayed up"),
    "spikes": (
        ("quadratic/two-clusters-rotated-Adagrad-constant-b16-s3000", 398.1071705534973),
        "early-blow-up-then-recovery",
        "one high stretch, in the first steps",
    ),
    "dead-from-the-start": ("sweep/lr_0.5", "two-sweeps/sgd_5e-4", "slow, yet it came down"),
    "oscillation": (
        ("vae/colour-gauss-RMSprop-exponential-b32-s1360", 0.001),
        "too-high",
        "noisy and flat, but its neighbours do not alternate",
    ),
    "still-falling": ("too-slow", "well-tuned", "fell too, and was done"),
    "flat-after-decay": ("lr-decayed", "too-high", "flat at a constant LR"),
    "shallow-descent": ("two-sweeps/sgd_5e-4", "sweep/lr_0.0015", "too slow as well, but as steep as good runs"),
    "early-plateau": ("sweep/lr_0.13", "well-tuned", "most of the descent early too, but to a low level"),
    "chance-level": (
        ("cnn/textures-few-Adam-constant-b32-s11200", 0.1),
        "two-sweeps/sgd_5e-4",
        "hardly comes down, and not at chance",
    ),
    "target-scale": (
        ("regression/friedman-big-SGD-cosine-b32-s1380", 1e-4),
        "well-tuned",
        "begins near 1",
    ),
    "noise-floor": (
        ("algorithmic/parity-deep-RMSprop-constant-b32-s4160", 0.1),
        "sweep/lr_0.13",
        "flat too, on less noise than it had learned",
    ),
    "flat-not-decayed": ("too-high", "lr-decayed", "flat because the LR fell"),
    "lr-far-from-customary": ("sweep/lr_0.5", "too-slow", "far below its band, at a customary LR"),
    "warm-up-missing": ("early-blow-up-then-recovery", "diverged-to-nan", "blew up after a warm-up"),
    "schedule-ends-high": ("too-high", "too-high-hf-trainer", "noisy too, under a schedule that falls to zero"),
    "validation-turned": (
        ("vae/colour-gauss-SGD-constant-b16-s13700", 0.015848931924611134),
        "well-tuned",
        "lowest before its end, and level from there",
    ),
    "gradient-clipping-saturated": ("clipping-saturated", "clipping-rare", "clips now and then"),
    "too-few-points": ("three-points-only", "restart-with-overlapping-steps", "the same run, logged at every step"),
    "no-learning-rate": ("no-lr-in-the-log", "sampled-export", "no settings, but the LR is a series"),
    "non-finite-filtered": ("nan-filtered-hf-trainer", "too-high-hf-trainer", "the same filter, with nothing to hide"),
    "smoothed-curve": (
        ("mlp/digits-255-Adam-constant-b64-s1020", 0.01),
        "well-tuned",
        "calm by itself",
    ),
    "rounded-values": ("rounded-values", "too-high-hf-trainer", "rounded to four decimals, finer than its noise"),
    "wrong-sign": ("turned-sign", "diverged-rising", "rises because training broke"),
    "moving-target": ("formats/sb3-ppo", "early-blow-up-then-recovery", "rises too, but towards no reward"),
    "fine-tuning": ("formats/trl-grpo", "formats/hf-trainer-state", "the same trainer, at an LR for random weights"),
    "torn-tail": ("torn-file", "too-slow", "a whole event file"),
    "restart-overlap": ("restart-with-overlapping-steps", "too-slow", "two event files, one for the settings"),
    "sampled-export": ("sampled-export", "steps-invented", "as few points, all there were"),
    "aggregated-values": ("aggregated-chart", "sampled-export", "a thinned chart of another tool, point by point"),
    "steps-invented": ("steps-invented", "rounded-values", "a script's CSV too, with its steps"),
}


def run_at(place: Place) -> lrdoctor.Run:
    if isinstance(place, str):
        (run,) = lrdoctor.read(SAMPLES / place)
        return run
    sweep, lr = place
    (row,) = [row for row in load_rows([CORPUS / f"{sweep}.parquet"]) if row.lr == pytest.approx(lr)]
    return as_run(row)


def has(name: str, place: Place) -> bool:
    return MADE[name].check(examine(run_at(place))) is not None


@pytest.mark.parametrize("name", CASES)
def test_a_real_run_has_it_and_its_look_alike_does_not(name: str) -> None:
    one, other, _why = CASES[name]
    assert has(name, one)
    assert not has(name, other)


# No training here loses its loss scale or resumes wrongly: these have made runs (test_findings.py).
ONLY_MADE = frozenset(
    {"zero-loss", "unbounded-below", "constant-loss", "periodic-spikes", "level-shift", "loss-scale-collapse"}
    | {"norm-ahead", "own-step-size", "no-beginning"}
)


def test_every_finding_was_seen_on_a_real_run() -> None:
    assert set(CASES) | ONLY_MADE == set(MADE)

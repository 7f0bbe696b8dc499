"""A suggested LR carried over to another length and batch, by how the best LR moves with them.

    log10(LR there / here) = steps' exponent * log10(steps there / here) + batch's exponent * log10(batch there / here)

The exponents differ by what a step makes of the gradients, and more so from study to study: their spread over studies
widens the interval, the more the farther it is carried.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias

from lrdoctor import limits
from lrdoctor.display import clean
from lrdoctor.errors import UsageError
from lrdoctor.measurement.case import Case
from lrdoctor.records.carried_over import CarriedOver, NextRun
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.records.run import HParam, Run
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.vocabulary.optimizers import StepKind, step_kind
from lrdoctor.vocabulary.setting_keys import key_path, setting_number

Exponent: TypeAlias = tuple[float, float]  # mean and spread over studies, decades of LR for ten times as much


@dataclass(frozen=True)
class Law:
    """How the best LR moves, for one kind of optimizer step.

    Args:
        steps: for ten times the steps at one batch.
        batch: for ten times the batch at one number of steps, below the critical batch.
        steps_source, batch_source: who says so.
    """

    steps: Exponent
    batch: Exponent
    steps_source: str
    batch_source: str


_REPLAY = "replays of 135 small tasks"
_LINEAR = (
    "linear up to a critical batch: Goyal et al. 2017 (arXiv:1706.02677), McCandlish et al. 2018 (arXiv:1812.06162)"
)
_ROOT = "square root: Malladi et al. 2022 (arXiv:2205.10287)"
# For Adam: replays -0.34 where the LR decays, Bjorck et al. -0.32, public sweeps of 2 to 6 billion tokens -0.1 for the
# band's middle, +0.4 for the best LR (`python -m benchmarks.carried_over`).  Those also have no higher LRs at larger
# batches and equal tokens (-0.2 to -0.4), where the square root and a shorter run say +0.8: the mean lies between.
LAWS: Mapping[StepKind, Law] = MappingProxyType(
    {
        "plain": Law((-0.2, 0.2), (0.9, 0.35), _REPLAY, _LINEAR),
        "momentum": Law((-0.35, 0.25), (0.9, 0.35), _REPLAY, _LINEAR),
        "averaged": Law(
            (-0.2, 0.25),
            (0.25, 0.4),
            f"{_REPLAY}, Bjorck et al. 2024 (arXiv:2409.19913), public sweeps of language models",
            f"{_ROOT}; Li et al. 2025 (arXiv:2503.04715); less in public sweeps of language models",
        ),
        "scaled": Law((-0.1, 0.2), (0.4, 0.4), _REPLAY, _ROOT),
        "fading": Law((0.05, 0.2), (0.4, 0.4), _REPLAY, _ROOT),
        "sign": Law((-0.5, 0.25), (0.4, 0.4), _REPLAY, f"as for Adam, whose step is near a sign's; {_ROOT}"),
        "unknown": Law((-0.25, 0.3), (0.5, 0.5), f"{_REPLAY}, all optimizers", "between square root and linear"),
    }
)

# Settings of how many optimizer steps the whole run is to have, and what a step axis that counts them is called.
_TOTAL_KEYS = frozenset(
    {
        "max_steps",
        "total_steps",
        "max_iters",
        "num_steps",
        "num_iterations",
        "train_steps",
        "total_iters",
        "train_iters",
    }
    | {"training_steps", "num_train_steps", "num_training_steps", "max_train_steps", "max_iterations", "max_update"}
)
_STEP_AXES = frozenset({"step", "_step", "iter", "iteration", "global_step", "steps", "iters", "iterations", "update"})


MOST = 2**60  # steps or examples; more are no number of them


@dataclass(frozen=True)
class Transferred:
    """How far the LR moves.

    Args:
        shift: decades, added to log10 of the LR.
        spread: standard deviation of it over studies, decades.
        reason: one line.
    """

    shift: float
    spread: float
    reason: str


def carried_over(
    kind: StepKind, steps: float | None, next_steps: float | None, batch: float | None, next_batch: float | None
) -> Transferred:
    """How the best LR moves from `steps` and `batch` to `next_steps` and `next_batch`; what is None stays as it is.

    >>> moved = carried_over("plain", None, None, 64, 128)
    >>> round(10**moved.shift, 2), round(moved.spread, 2)
    (1.87, 0.11)

    Raises:
        UsageError: a next one is given and is not positive, its present one is unknown, or it is too far away.
    """
    law, shift, variance, reasons = LAWS[kind], 0.0, 0.0, []
    for what, now, then, (mean, spread), source in (
        ("steps", steps, next_steps, law.steps, law.steps_source),
        ("batch", batch, next_batch, law.batch, law.batch_source),
    ):
        if then is None:
            continue
        if now is None:
            missing = "the number of optimizer steps" if what == "steps" else "the batch size"
            raise UsageError(f"{missing} of this run is not in the log: it takes both to carry the LR over")
        if not then > 0:
            raise UsageError(f"a run of {then:g} {what}: give a positive number")
        far = math.log10(then / now)
        if abs(far) > limits.CARRIED_REACH:
            raise UsageError(
                f"from {now:,.0f} to {then:,.0f} {what} is too far: no study shows how the best LR moves over so much"
            )
        shift += mean * far
        variance += (spread * far) ** 2
        amount = "a batch of" if what == "batch" else "steps"
        span = f"{amount} {now:,.0f} to {then:,.0f}: LR x {10 ** (mean * far):.2g}"
        reasons.append(f"{span} ({mean:+.2f} ± {spread:.2f} decades for ten times; {source})")
    return Transferred(shift, math.sqrt(variance), "; ".join(reasons))


def next_run_of(steps: int | None, batch: int | None) -> NextRun:
    """What the next run will be, as a user names it; None is as now.

    Raises:
        UsageError: one of the two is no positive integer.
    """
    return NextRun(_positive("--next-steps", steps), _positive("--next-batch", batch))


def _positive(option: str, value: object) -> int | None:
    """What a user gave for an option, checked; Python's callers give anything."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST):
        return value
    raise UsageError(f"{option} ({option[2:].replace('-', '_')}) {value}: give a positive whole number")


def carry_over(found: Diagnosis, case: Case, next_run: NextRun) -> Diagnosis:
    """The diagnosis with its suggestion carried over to the next run; as it is where that is like this one."""
    if next_run == NextRun():
        return found
    prescribed = found.verdict is not Verdict.INCONCLUSIVE
    lr, interval = (found.suggested_lr, found.interval) if prescribed else (None, None)
    steps, batch = total_steps(case.run), case.setting.batch_size
    carried = _carry(lr, interval, step_kind(case.setting.optimizer), steps, batch, next_run)
    return replace(found, carried_over=carried)


def carry_over_sweep(found: SweepDiagnosis, cases: Sequence[Case], next_run: NextRun) -> SweepDiagnosis:
    """The same for a sweep of the examined runs `cases`: their optimizer and batch, and the longest one's steps."""
    if next_run == NextRun():
        return found
    kinds = {step_kind(case.setting.optimizer) for case in cases}
    batches = {case.setting.batch_size for case in cases}
    lengths = [steps for case in cases if (steps := total_steps(case.run)) is not None]
    carried = _carry(
        found.suggested_lr,
        found.interval,
        kinds.pop() if len(kinds) == 1 else "unknown",
        max(lengths, default=None),
        batches.pop() if len(batches) == 1 else None,
        next_run,
    )
    return replace(found, carried_over=carried)


def _carry(
    lr: float | None,
    interval: tuple[float, float] | None,
    kind: StepKind,
    steps: float | None,
    batch: float | None,
    next_run: NextRun,
) -> CarriedOver:
    """The LR for the next run, or why there is none."""
    if lr is None or interval is None:
        why = "no LR is suggested for a run like this one, so none can be carried over"
        return CarriedOver(next_run, None, None, None, why)
    try:
        moved = carried_over(kind, steps, next_run.steps, batch, next_run.batch)
    except UsageError as error:
        return CarriedOver(next_run, None, None, None, f"cannot be carried over: {clean(str(error))}")
    low, high = (math.log10(edge) for edge in interval)
    centre = min(max(math.log10(lr), low), high)
    wider = limits.NORMAL_80 * moved.spread
    there = (
        10 ** (centre + moved.shift - math.hypot(centre - low, wider)),
        10 ** (centre + moved.shift + math.hypot(high - centre, wider)),
    )
    factor = 10**moved.shift
    return CarriedOver(next_run, lr * factor, factor, there, moved.reason)


def total_steps(run: Run) -> int | None:
    """Optimizer steps of the whole run: as set, else as far as the log counts; None where it counts something else."""
    stated = _stated(run.hparams)
    if stated is not None:
        return stated
    invented = any(note.code == "steps-invented" for note in run.notes)
    if invented or run.step_axis.lower() not in _STEP_AXES:
        return None
    last = max((float(one.step[-1]) for one in run.series.values() if len(one)), default=0.0)
    return int(last) if last >= 1 else None


def _stated(hparams: Mapping[str, HParam]) -> int | None:
    found = [
        (len(path), int(value))
        for key, raw in hparams.items()
        if (path := key_path(key))[-1] in _TOTAL_KEYS
        and (value := setting_number(raw)) is not None
        and 1 <= value < MOST
    ]
    return min(found)[1] if found else None

"""Why a log can carry no verdict, in one line that says what is there."""

import numpy as np

from lrdoctor import limits
from lrdoctor.display import LOSS_OPTION
from lrdoctor.measurement.divergence import Divergence, DivergenceKind
from lrdoctor.measurement.loss_curve import MAX_LOSS, MIN_START, typical_gap
from lrdoctor.measurement.numerics import decimals
from lrdoctor.measurement.other_causes import is_constant, runs_below_zero, zero_from
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.vocabulary.tags import is_loss_name, tag_name
from lrdoctor.vocabulary.training_kind import is_group_relative

MOVING = "the loss of reinforcement learning follows a moving target and is no measure of progress; besides, "


def refusal_of(run: Run, roles: Roles, loss: Series, *, ramp: bool, diverged: Divergence, moving_target: bool) -> str:
    """Why this log cannot carry a verdict, in one line, or ""; that it diverged is seen however little was logged."""
    value = loss.value
    finite = value[np.isfinite(value)]
    if roles.loss is None:
        return _no_loss(run, roles)
    if ramp:
        return (
            f"{roles.lr} rises by one factor at every step to the end: this is an LR finder's ramp, not a training run"
        )
    if diverged.kind is DivergenceKind.NON_FINITE:
        return ""
    if is_group_relative(run):
        return (
            f"{roles.loss} is one of GRPO, near 0 by construction whatever is learned: judge the run by its reward, "
            "or replay its LR on a supervised loss"
        )
    if not len(value):
        return f"the series {roles.loss} has no point"
    if len(value) < limits.FEW_POINTS:
        return f"{MOVING if moving_target else ''}{_few(len(value))}"
    if len(finite) < limits.FEW_POINTS and not diverged:
        return f"only {len(finite)} of {len(value)} logged training losses are finite"
    if float(np.ptp(finite)) == 0 and not diverged:
        return f"the training loss is {finite[0]:g} at every step: a constant carries no information about the LR"
    if not diverged and is_constant(finite):
        return (
            f"the training loss is {finite[0]:.6g} at every step but for rounding: nothing was trained, or a frozen "
            "part is logged; a constant carries no information about the LR"
        )
    if runs_below_zero(finite):
        return (
            f"the training loss runs away below zero, to {finite[-1]:.4g}, faster and faster: it has no lower bound (a "
            "turned sign, or a loss function that can be fooled), and no LR is to be judged by it"
        )
    if not diverged and (zero := zero_from(loss)) is not None:
        return (
            f"the training loss is exactly 0 from step {zero:g} on: a mask or a target that leaves nothing to learn, "
            "or a stand-in for what was not finite; log the loss before it is replaced"
        )
    if not diverged and (few := _few_steps(run, loss)):
        return few
    if not diverged and (digits := _moves_by_rounding(finite)) is not None:
        return (
            f"the training loss moves between {finite.min():g} and {finite.max():g} alone, one unit of the last of its "
            f"{digits} decimals: that is rounding and tells nothing of the LR; log more digits"
        )
    return "" if diverged else _out_of_range(float(finite[0]))


def _few_steps(run: Run, loss: Series) -> str:
    """What says that the log holds the first few batches of a training and no more, or ""."""
    counts_batches = run.step_axis.lower() in {"batch", "iter", "iteration", "minibatch", "batch_idx"}
    last = float(loss.step[-1])
    if not counts_batches or last > limits.FIRST_STEPS or typical_gap(loss.step) > 1:
        return ""
    return f"only the first {last:.0f} batches of a training: too little of a run to judge its LR by; log more of it"


def _moves_by_rounding(finite: Floats) -> int | None:
    """With how many decimals losses were written that differ by one unit of the last one at most; else None."""
    digits = decimals(finite)
    return digits if digits is not None and float(np.ptp(finite)) <= 1.01 * 10.0**-digits else None


def _out_of_range(start: float) -> str:
    if start == 0 or MIN_START <= abs(start) <= MAX_LOSS:
        return ""
    return (
        f"the training loss begins at {start:g}: losses from {MIN_START:g} to {MAX_LOSS:g} are analysed; log it in "
        f"another unit, or name the loss with {LOSS_OPTION}"
    )


def _few(count: int) -> str:
    losses = "1 training loss was" if count == 1 else f"{count} training losses were"
    return (
        f"only {losses} logged, and {limits.FEW_POINTS:.0f} are the least that show a slope and its noise: "
        "log more often"
    )


def _no_loss(run: Run, roles: Roles) -> str:
    lone = [
        tag
        for tag, series in run.series.items()
        if len(series) == 1 and is_loss_name(tag) and tag_name(tag).split != "validation"
    ]
    if lone:
        return f"{_few(1)} ({lone[0]})"
    names = ", ".join(sorted(run.series)[:8])
    why = roles.why.get("loss", "")
    return f"no training loss among the series ({names}){'; ' + why if why else ''}: name it with {LOSS_OPTION}"

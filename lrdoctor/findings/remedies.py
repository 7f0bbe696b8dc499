"""Advice beyond one number, where the findings call for it; each tied to the finding and to its source.

None of it speaks about the peak LR: that is the suggestion's, and a remedy never contradicts it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Remedy, Verdict
from lrdoctor.records.run import Floats

PLAYBOOK = "Tuning Playbook (Godbole et al. 2023)"
WELL_TUNED, TOO_HIGH, DIVERGENT = Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.DIVERGENT


@dataclass(frozen=True)
class Call:
    """What calls for a remedy: one of the `findings` (the first made), under one of the `verdicts`, and `when`."""

    action: str
    findings: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    words: Callable[[Finding, Case], str]
    source: str
    when: Callable[[Case], bool] = lambda _: True


def _clip(_: Finding, case: Case) -> str:
    norms = _calm_norms(case)
    if not len(norms):
        return "clip the gradient norm, at about the 90th percentile of a calm stretch, and log it before clipping"
    return f"clip the gradient norm at about {np.quantile(norms, 0.9):.2g}, the 90th percentile while training was calm"


def _calm_norms(case: Case) -> Floats:
    """Logged gradient norms before the loss first stood well above its start or was not finite."""
    norm, loss = case.run.find(case.roles.grad_norm), case.loss
    if norm is None or loss is None or case.curve is None:
        return np.empty(0)
    start = case.curve.start
    loud = ~np.isfinite(loss.value) | (loss.value > start + (limits.EARLY_RISE - 1) * abs(start))
    until = float(loss.step[int(loud.argmax())]) if loud.any() else math.inf
    calm = norm.value[np.isfinite(norm.value) & (norm.step < until)]
    return calm if len(calm) >= limits.CLIPPED_POINTS else np.empty(0)


def _loosen(_: Finding, case: Case) -> str:
    norm = case.run.series[case.roles.grad_norm or ""].value
    high = float(np.quantile(norm[np.isfinite(norm)], 0.9))
    return (
        "the clipping threshold sets the length of the steps: change it or the LR, not both at once; clipped at "
        f"{high:.2g}, the 90th percentile of the logged norm, the LR sets it"
    )


def _longer(finding: Finding, _: Case) -> str:
    gain = (finding.value or 0.0) * math.log(2)
    return f"train longer rather than faster: twice the steps would add about {100 * gain:.0f} % to the progress"


def _steps(finding: Finding) -> str:
    first, last = finding.steps or (0.0, 0.0)
    return f"step {first:g}" if first == last else f"steps {first:g} to {last:g}"


def _decayed(case: Case) -> bool:
    """Whether the end of the curve is the schedule's: its slope then says nothing about more steps."""
    return case.curve is not None and case.curve.decayed


def _keep(finding: Finding, case: Case) -> str:
    step = 0.0 if finding.steps is None else finding.steps[0]
    return f"keep the checkpoint of {case.run.step_axis} {step:g}, or stop there; more steps need more regularisation"


CALLS = (
    Call(
        "warm-up",
        ("warm-up-missing", "early-blow-up"),
        (WELL_TUNED, TOO_HIGH, DIVERGENT),
        lambda _f, _c: "start with a linear warm-up over about 5 % of the steps: it gets past the steepest weights",
        "Goyal et al. 2017 (arXiv:1706.02677); Gilmer et al. 2021 (arXiv:2110.04369)",
    ),
    Call(
        "decay",
        ("flat-not-decayed", "noise-floor", "schedule-ends-high"),
        (WELL_TUNED, TOO_HIGH),
        lambda _f, _c: "let the LR fall to zero over the last fifth of the steps: it releases what the LR holds up",
        "Hägele et al. 2024 (arXiv:2405.18392); Tissue et al. 2024 (arXiv:2408.11029)",
    ),
    Call("clipping", ("gradient-clipping-saturated",), (*Verdict,), _loosen, PLAYBOOK),
    Call(
        "clipping",
        ("diverged-non-finite", "spikes", "diverged-rising"),
        (WELL_TUNED, TOO_HIGH, DIVERGENT),
        _clip,
        f"{PLAYBOOK}; Pascanu et al. 2013 (arXiv:1211.5063)",
    ),
    Call(
        "batch size",
        ("noise-floor",),
        (WELL_TUNED, TOO_HIGH),
        lambda _f, _c: "a larger batch lowers the same floor, as one over its square root, at the price of its compute",
        "McCandlish et al. 2018 (arXiv:1812.06162)",
    ),
    Call(
        "length",
        ("still-falling",),
        (WELL_TUNED,),
        _longer,
        PLAYBOOK,
        lambda case: not _decayed(case),
    ),
    Call(
        "data",
        ("transient-non-finite",),
        (*Verdict,),
        lambda f, _c: f"look at the batches of {_steps(f)}, and at the loss scaler: a few bad examples do this as well",
        "Micikevicius et al. 2018 (arXiv:1710.03740)",
    ),
    Call("checkpoint", ("validation-turned",), (*Verdict,), _keep, "Prechelt 1998, Early stopping, but when?"),
)


def remedies(verdict: Verdict, findings: Sequence[Finding], case: Case) -> tuple[Remedy, ...]:
    """What else to change, one of each kind of action."""
    made: Mapping[str, Finding] = {finding.name: finding for finding in findings}
    found: dict[str, Remedy] = {}
    for call in CALLS:
        cause = next((made[name] for name in call.findings if name in made), None)
        if cause is not None and verdict in call.verdicts and call.action not in found and call.when(case):
            found[call.action] = Remedy(call.action, call.words(cause, case), cause.code, cause.name, call.source)
    return tuple(found.values())

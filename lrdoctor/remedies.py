"""Advice beyond one number, where the findings call for it; each tied to the finding and to its source.

None of it speaks about the peak LR: that is the suggestion's, and a remedy never contradicts it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor.diagnosis import Finding, Remedy, Verdict
from lrdoctor.findings import Case

PLAYBOOK = "Tuning Playbook (Godbole et al. 2023)"
GOOD, HIGH, BROKEN = Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.DIVERGENT


@dataclass(frozen=True)
class Call:
    """What calls for a remedy: one of the `findings` (the first that was made), under one of the `verdicts`."""

    action: str
    findings: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    words: Callable[[Finding, Case], str]
    source: str


def _clip(_: Finding, case: Case) -> str:
    norm = case.run.series.get(case.roles.grad_norm or "")
    seen = np.empty(0) if norm is None else norm.value[np.isfinite(norm.value)]
    if not len(seen):
        return "clip the gradient norm, at about the 90th percentile of a calm stretch, and log it before clipping"
    return f"clip the gradient norm at about {np.quantile(seen, 0.9):.2g}, the 90th percentile of what was logged"


def _loosen(_: Finding, case: Case) -> str:
    norm = case.run.series[case.roles.grad_norm or ""].value
    high = float(np.quantile(norm[np.isfinite(norm)], 0.9))
    return f"clip at about {high:.2g}, the 90th percentile of the logged norm, so that the LR sets the step again"


def _longer(finding: Finding, _: Case) -> str:
    gain = (finding.value or 0.0) * math.log(2)
    return f"train longer rather than faster: twice the steps would add about {100 * gain:.0f} % to the descent"


def _keep(finding: Finding, case: Case) -> str:
    step = 0.0 if finding.steps is None else finding.steps[0]
    return f"keep the checkpoint of {case.run.step_axis} {step:g}, or stop there; more steps need more regularisation"


CALLS = (
    Call(
        "warm-up",
        ("warm-up-missing", "early-blow-up"),
        (GOOD, HIGH, BROKEN),
        lambda _f, _c: "start with a linear warm-up over about 5 % of the steps: it gets past the steepest weights",
        "Goyal et al. 2017 (arXiv:1706.02677); Gilmer et al. 2021 (arXiv:2110.04369)",
    ),
    Call(
        "decay",
        ("flat-not-decayed", "noise-floor", "schedule-ends-high"),
        (GOOD, HIGH),
        lambda _f, _c: "let the LR fall to zero over the last fifth of the steps: it releases what the LR holds up",
        "Hägele et al. 2024 (arXiv:2405.18392); Tissue et al. 2024 (arXiv:2408.11029)",
    ),
    Call("clipping", ("gradient-clipping-saturated",), (*Verdict,), _loosen, PLAYBOOK),
    Call(
        "clipping",
        ("diverged-non-finite", "transient-non-finite", "spikes", "diverged-rising"),
        (GOOD, HIGH, BROKEN),
        _clip,
        f"{PLAYBOOK}; Pascanu et al. 2013 (arXiv:1211.5063)",
    ),
    Call(
        "batch size",
        ("noise-floor",),
        (GOOD, HIGH),
        lambda _f, _c: "a larger batch lowers the same floor, as one over its square root, at the price of its compute",
        "McCandlish et al. 2018 (arXiv:1812.06162)",
    ),
    Call("length", ("still-falling",), (GOOD,), _longer, PLAYBOOK),
    Call("checkpoint", ("validation-turned",), (*Verdict,), _keep, "Prechelt 1998, Early stopping, but when?"),
)


def remedies(verdict: Verdict, findings: Sequence[Finding], case: Case) -> tuple[Remedy, ...]:
    """What else to change, one of each kind of action, in the order of CALLS."""
    made: Mapping[str, Finding] = {finding.name: finding for finding in findings}
    found: dict[str, Remedy] = {}
    for call in CALLS:
        cause = next((made[name] for name in call.findings if name in made), None)
        if cause is not None and verdict in call.verdicts and call.action not in found:
            found[call.action] = Remedy(call.action, call.words(cause, case), cause.code, cause.name, call.source)
    return tuple(found.values())

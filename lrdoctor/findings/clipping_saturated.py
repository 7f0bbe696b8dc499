"""The finding gradient-clipping-saturated: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity
from lrdoctor.vocabulary.settings import clipping

PAGE = """\
Clipping saturated: gradients were clipped at most of the steps.

What it says: at more than half of the logged steps the gradient norm reaches the clipping threshold that is set.
Why it matters: when nearly every step is clipped, the threshold sets the length of the steps, and the LR is no longer
what its name says; changing one without the other tells nothing.
What it is not: clipping at a few steps is no fault: that is what it is for; and saturation alone does not say which
way the LR is wrong.
Known false alarms: a norm logged after clipping by a trainer that rescales to the threshold; Adam-like optimizers,
which do not mind the gradient's scale.
Evidence shown: the share of clipped steps and the threshold.
Limits used: CLIPPED, CLIPPED_POINTS.
References: Tuning Playbook: more than 50 % of the updates clipped calls for a lower LR, clip at the 90th percentile.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the logged gradient norm mostly reaches the threshold."""
    norm, threshold = case.run.find(case.roles.grad_norm), clipping(case.run)
    if norm is None or threshold is None or case.quality.refusal:
        return None
    seen = norm.value[np.isfinite(norm.value)]
    if len(seen) < limits.CLIPPED_POINTS:
        return None
    # What was logged after clipping stands at the threshold itself, but for rounding.
    share = float(np.mean(seen >= 0.999 * threshold))
    if share <= limits.CLIPPED:
        return None
    return RULE.found(
        f"the gradient norm reaches its clipping threshold {threshold:g} at {100 * share:.0f} % of the logged steps "
        f"(median norm {float(np.median(seen)):.3g}, 90 % of them below {float(np.quantile(seen, 0.9)):.3g})",
        value=share,
        limit=limits.CLIPPED,
        unit=limits.CLIPPED.unit,
        steps=(float(norm.step[0]), float(norm.step[-1])),
        series=case.roles.grad_norm,
    )


RULE = Rule("LR402", "gradient-clipping-saturated", Severity.WARNING, PAGE, check)

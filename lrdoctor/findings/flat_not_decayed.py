"""The finding flat-not-decayed: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.marks import second_half
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.signs.descent import ends_flat
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Flat, not decayed: the loss stands still at the end while the LR is still high.

What it says: the second half has no slope beyond its interval, and the logged LR ends at no less than half its peak.
Why it matters: what the LR holds up, a decay at the end releases: a schedule that falls to zero is the cheapest gain.
What it is not: a flat end is not a wrong peak LR: most runs whose LR never falls end flat, good ones too.
Known false alarms: a run that had converged as far as its task goes.
Evidence shown: the fitted slope with its interval, drawn on the loss.
Limits used: FLAT_GAIN, FLAT, NOT_DECAYED.
References: Tissue et al. 2024 (arXiv:2408.11029); Hägele et al. 2024 (arXiv:2405.18392) on cool-downs.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss is flat though the LR is not low."""
    curve = case.curve
    if curve is None or curve.last_lr is None or case.quality.diverged or not curve.learned:
        return None
    if curve.last_lr < limits.NOT_DECAYED or not ends_flat(curve):
        return None
    half = second_half(curve)
    return RULE.found(
        f"{half.where} the loss is flat ({half.words}); the LR is at {100 * curve.last_lr:.0f} % of its peak",
        value=half.gain,
        limit=limits.FLAT_GAIN,
        unit=limits.FLAT_GAIN.unit,
        steps=half.steps,
        series=case.roles.loss,
        drawn=(half.line,),
    )


RULE = Rule("LR206", "flat-not-decayed", Severity.INFO, PAGE, check)

"""The finding noise-floor: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.marks import level_line, second_half
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.signs.descent import ends_flat
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Noise floor: the loss stands still on noise that is large beside what was learned.

What it says: the second half is flat, the LR had not been decayed, and the step-to-step noise is more than a tenth of
the whole progress.
Why it matters: steps this long throw the weights about as much as the gradient moves them; a lower LR, a decay at the
end or a larger batch lowers the floor.
What it is not: noise is not by itself too high: a small batch is noisy at every LR; that the loss no longer falls
beside it is what counts.
Known false alarms: a loss logged on one small batch in many; sampled losses (reinforcement learning, diffusion).
Evidence shown: the noise over the progress, and the level, drawn on the loss.
Limits used: NOISE_FLOOR, FALLING_GAIN, FLAT, DECAYED.
References: Tuning Playbook, high step-to-step variance; McCandlish et al. 2018 (arXiv:1812.06162).
"""


def check(case: Case) -> Finding | None:
    """The finding, if the end is flat and noisy."""
    curve = case.curve
    if curve is None or case.quality.diverged or curve.decayed or not curve.learned:
        return None
    noise = curve.jitter / curve.descent
    if noise < limits.NOISE_FLOOR or not ends_flat(curve, limits.FALLING_GAIN):
        return None
    half = second_half(curve)
    return RULE.found(
        f"{half.where} the loss stands still at {curve.end:.3g} ± {curve.jitter:.2g}, "
        f"noise of {noise:.2g} times the whole progress",
        value=noise,
        limit=limits.NOISE_FLOOR,
        unit=limits.NOISE_FLOOR.unit,
        steps=half.steps,
        series=case.roles.loss,
        drawn=(level_line(curve, half.first, curve.end, "noise floor", f"{curve.end:.3g} ± {curve.jitter:.2g}"),),
    )


RULE = Rule("LR205", "noise-floor", Severity.WARNING, PAGE, check)

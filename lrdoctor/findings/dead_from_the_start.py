"""The finding dead-from-the-start: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.marks import level_line
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.numerics import robust_level
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Dead from the start: the loss never left its first level.

What it says: no level that the loss held lies more than 2 % below its first value, step-to-step noise aside, and it
did not diverge.
Why it matters: nothing was learned, so every step was wasted.
What it is not: a flat loss names no direction: an LR far too low leaves such a curve, and so does one so high that
the first steps killed the net (dead ReLUs, saturated outputs); so does a bug that keeps the weights from moving.
Known false alarms: fine-tuning, where the loss starts near its end; a loss with a large constant part.
Evidence shown: the progress over the start, and the flat level, drawn on the loss.
Limits used: DEAD.
References: Lu et al. 2019 (arXiv:1903.06733) on dying ReLUs; AutoTrainer (Zhang et al. 2021) on runs that do not
train.
"""

LEVEL_POINTS = 8  # points that make a level


def check(case: Case) -> Finding | None:
    """The finding, if the loss never fell."""
    curve = case.curve
    if curve is None or case.quality.diverged or curve.start <= 0:
        return None
    # Levels of a few points are noise, and so is the first value where its neighbours do not stand off it.
    first = robust_level(curve.loss[:LEVEL_POINTS])
    start = first if abs(curve.start - first) <= 3 * curve.jitter else curve.start
    levels = [float(level) for level in curve.bins.level[curve.bins.count >= LEVEL_POINTS]]
    share = (start - min([curve.end, *levels])) / curve.start
    if share >= limits.DEAD:
        return None
    step = curve.finite_step
    return RULE.found(
        f"the loss never stayed more than {100 * max(share, 0.0):.1f} % below its start",
        value=share,
        limit=limits.DEAD,
        unit=limits.DEAD.unit,
        steps=(float(step[0]), float(step[-1])),
        series=case.roles.loss,
        drawn=(level_line(curve, 0, curve.end, "level of the end", f"{curve.end:.4g}"),),
    )


RULE = Rule("LR106", "dead-from-the-start", Severity.WARNING, PAGE, check)

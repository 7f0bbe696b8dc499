"""The finding early-plateau: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.marks import level_line
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.signs.descent import ends_flat, share_time
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Early plateau: the loss stopped falling very early, at a poor level.

What it says: 95 % of the progress was done within the first twentieth of the run, the second half is flat though the
LR had not been decayed, and less than 60 % of the start was taken off.
Why it matters: nearly all steps bought nothing; what holds the loss up is most often steps too long for the valley.
What it is not: an early plateau is not by itself too high: a model too small for its data stops early as well, and so
does a loss with a large part that nothing can reduce.
Known false alarms: fine-tuning; noisy labels; a run much longer than its task needs.
Evidence shown: the moment and the level of the plateau, drawn on the loss.
Limits used: EARLY_PLATEAU, POOR, FLAT_GAIN, FLAT, DECAYED.
References: Tuning Playbook, "learning rate too high late".
"""


def check(case: Case) -> Finding | None:
    """The finding, if the loss stopped early, high and for good."""
    curve = case.curve
    if curve is None or case.quality.diverged or curve.start <= 0 or curve.decayed:
        return None
    when, share = share_time(curve, 0.95), curve.descent / curve.start
    if when > limits.EARLY_PLATEAU or share > limits.POOR or not ends_flat(curve):
        return None
    first = int((curve.time < when * curve.time[-1]).sum())
    step, left = curve.finite_step, f"{curve.end:.3g}, {100 * (1 - share):.0f} % of the start"
    return RULE.found(
        f"after {100 * when:.1f} % of the run the loss stood still, with {100 * share:.0f} % of its start taken off",
        value=when,
        limit=limits.EARLY_PLATEAU,
        unit=limits.EARLY_PLATEAU.unit,
        steps=(float(step[first]), float(step[-1])),
        series=case.roles.loss,
        drawn=(level_line(curve, first, curve.end, "plateau", left),),
    )


RULE = Rule("LR204", "early-plateau", Severity.WARNING, PAGE, check)

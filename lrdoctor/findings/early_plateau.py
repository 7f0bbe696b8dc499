"""The finding early-plateau: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.marks import level_line
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.signs.descent import ends_flat, share_time
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Early plateau: the loss stopped falling very early, at a poor level.

What it says: 95 % of the descent was done within the first twentieth of the run, the second half is flat though the
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
    trace = case.trace
    if trace is None or case.quality.diverged or trace.start <= 0 or trace.decayed:
        return None
    when, share = share_time(trace, 0.95), trace.descent / trace.start
    if when > limits.EARLY_PLATEAU or share > limits.POOR or not ends_flat(trace):
        return None
    first = int((trace.time < when * trace.time[-1]).sum())
    step, left = trace.finite_step, f"{trace.end:.3g}, {100 * (1 - share):.0f} % of the start"
    return RULE.found(
        f"after {100 * when:.1f} % of the run the loss stood still, with {100 * share:.0f} % of its start taken off",
        value=when,
        limit=limits.EARLY_PLATEAU,
        unit=limits.EARLY_PLATEAU.unit,
        steps=(float(step[first]), float(step[-1])),
        series=case.roles.loss,
        drawn=(level_line(trace, first, trace.end, "plateau", left),),
    )


RULE = Rule("LR204", "early-plateau", Severity.WARNING, PAGE, check)

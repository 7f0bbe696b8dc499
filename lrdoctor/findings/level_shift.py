"""The finding level-shift: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import level_shift
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Level shift: the loss jumps to another level at once and stays there.

What it says: at one step the level changes by more than 8 sigma of the noise on either side, and stands still on both.
Why it matters: a jump at one step is a change from outside: a restart that did not restore everything, other data, a
new stage, another loss weight.
What it is not: a blow-up, which comes back or goes on; nor the drop at a decay of the LR, which is wanted.
It is also no plateau left at once, which is how some tasks are learned: a drop that is most of the progress is none.
Training that is lost at too high an LR jumps and stays as well: where a quarter of the progress is given back, both are
named.
Known false alarms: a drop at an LR step in a log without its LR; a second plateau that is left within few points.
On labelled sweeps: 6 of 1,538 runs; 5 of them were too high and jumped up.
Evidence shown: the step, and the levels before and after.
Limits used: SHIFT_SIGMA, SHIFT_LOST.
References: threads on resuming without the optimizer's state; curriculum changes.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the level jumped, and the LR did not fall there."""
    loss = case.loss
    found = None if loss is None or case.quality.diverged else level_shift(loss)
    if found is None or (found.after < found.before and not _lr_is_level(case, found.step)):
        return None
    if found.given_back <= -1:
        return None  # the greater part of the progress in one step is a plateau that is left
    way = "up" if found.after > found.before else "down"
    lost = found.given_back > limits.SHIFT_LOST and not np.isinf(found.given_back)
    return RULE.found(
        f"the loss jumps {way} from {found.before:.4g} to {found.after:.4g} at step {found.step:g} and stays: look for "
        "a restart, other data or another stage there"
        + ("; where nothing changed, training was lost there, as at too high an LR" if lost else ""),
        value=abs(found.size),
        limit=limits.SHIFT_SIGMA,
        unit=limits.SHIFT_SIGMA.unit,
        steps=(found.step, found.step),
        series=case.roles.loss,
    )


def _lr_is_level(case: Case, step: float) -> bool:
    """Whether the LR is logged and does not fall near a step: a drop there is then not its doing."""
    rate = case.run.find(case.roles.lr)
    if rate is None or len(rate) < 2:
        return False
    near = rate.value[np.abs(rate.step - step) <= 0.05 * float(rate.step[-1] - rate.step[0])]
    return bool(len(near) and float(near.min()) > 0.7 * float(near.max()))


RULE = Rule("LR113", "level-shift", Severity.INFO, PAGE, check)

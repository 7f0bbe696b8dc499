"""The finding transient-non-finite: its page, its test and its rule."""

import numpy as np

from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.divergence import DivergenceKind
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Transient: the training loss was NaN or infinite and became finite again.

What it says: some logged losses are not finite, but the last 2 % are.
Why it matters: a step was thrown away or the run stood at the edge of stability.
What it is not: a non-finite loss that training recovered from is no divergence.
Known false alarms: mixed precision skips its first steps on purpose while the loss scale settles.
Evidence shown: how many, first and last step.
Limits used: DIVERGED_TAIL.
References: Micikevicius et al. 2018 (arXiv:1710.03740) on loss scaling and skipped steps.
"""


def check(case: Case) -> Finding | None:
    """The finding, if non-finite losses were followed by finite ones."""
    loss = case.loss
    ends_so = case.quality.diverged.kind is DivergenceKind.NON_FINITE
    if loss is None or not case.quality.non_finite or not case.quality.points or ends_so:
        return None
    where = loss.step[~np.isfinite(loss.value)]
    return RULE.found(
        f"{len(where)} of {len(loss)} logged losses are not finite, and training went on after them",
        value=float(len(where)),
        limit=0.0,
        unit="points",
        steps=(float(where[0]), float(where[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR103", "transient-non-finite", Severity.WARNING, PAGE, check)

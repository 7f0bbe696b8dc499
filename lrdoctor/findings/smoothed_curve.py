"""The finding smoothed-curve: its page, its test and its rule."""

import numpy as np

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.log_quality import residual_autocorrelations, was_smoothed
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Smoothed curve: a moving average went over the losses before they were logged.

What it says: neighbouring losses are alike as after a moving average of noise, so the log's noise is not the run's.
Why it matters: step-to-step noise, spikes and oscillation, which tell a high LR, are averaged away; the verdict
counts the curve's evidence for less.
What it is not: a smooth curve is not a calm run: the noise was taken out of the log, not out of training.
Known false alarms: data in an order that repeats; a loss averaged over an epoch so far.
Evidence shown: the lag-1 autocorrelation of the second half around its trend.
Limits used: SMOOTHED_POINTS, SMOOTHED_LEVEL, SMOOTHED_CHANGE, DOUBT.
References: TensorBoard's and W&B's smoothing sliders, whose exports may hold the smoothed values.
"""


def check(case: Case) -> Finding | None:
    """The finding, if the curve looks smoothed."""
    loss = case.loss
    if loss is None or case.quality.refusal:
        return None
    finite = np.isfinite(loss.value)
    if not was_smoothed(loss.value[finite]):
        return None
    return RULE.found(
        "the training loss was smoothed before it was logged: log the raw loss",
        value=residual_autocorrelations(loss.value[finite])[0],
        limit=limits.SMOOTHED_LEVEL,
        unit=limits.SMOOTHED_LEVEL.unit,
        series=case.roles.loss,
    )


RULE = Rule("LR909", "smoothed-curve", Severity.INFO, PAGE, check)

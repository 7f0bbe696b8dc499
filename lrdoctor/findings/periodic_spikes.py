"""The finding periodic-spikes: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.other_causes import periodic_spikes
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Periodic spikes: losses stand far above their neighbours at even distances.

What it says: at least four spikes of more than 6 sigma, nine in ten of the distances between them alike.
Why it matters: what comes by the clock is in the data: the same hard batch once an epoch, data that are not shuffled,
a file that differs, a restart of the loader.
What it is not: a sign that the LR is too high: spikes of that come as they like.
Known false alarms: a loss that is averaged since the epoch began; evaluation or checkpoints that leave the model in
another mode.
Evidence shown: the distance, to be held against the steps of an epoch.
Limits used: PERIODIC_SPIKES, SPIKE_SIGMA.
References: PyTorch forums: spikes at the start of each epoch.
"""


def check(case: Case) -> Finding | None:
    """The finding, if spikes come by the clock."""
    loss = case.loss
    found = None if loss is None or case.quality.diverged else periodic_spikes(loss)
    if loss is None or found is None:
        return None
    return RULE.found(
        f"{found.count} spikes, one every {found.period:g} steps: if that is an epoch, look at the order of the data "
        "(shuffle each epoch) and at the batch there",
        value=float(found.count),
        limit=limits.PERIODIC_SPIKES,
        unit=limits.PERIODIC_SPIKES.unit,
        steps=(float(loss.step[0]), float(loss.step[-1])),
        series=case.roles.loss,
    )


RULE = Rule("LR112", "periodic-spikes", Severity.INFO, PAGE, check)

"""The finding non-finite-filtered: its page, its test and its rule."""

from lrdoctor import limits
from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity

PAGE = """\
Filtered: the log shows a finite loss where training had none.

What it says: the gradient norm ends non-finite while the logged training loss is finite; or the validation loss does
while the training loss stands still; or the reader found the trainer's filter on and at work.
Why it matters: "a corrupted run reports a clean loss curve" (trl issue 6702): the curve after that step is made up.
What it is not: a finite training loss after that step is no recovery: it was not measured.
Known false alarms: a validation loss that is infinite by definition beside a training loss logged as a constant.
Evidence shown: the series, and the step from which on it is not finite.
Limits used: FILTERED_POINTS.
References: Hugging Face TrainingArguments, logging_nan_inf_filter; huggingface/trl issue 6702.
"""


def check(case: Case) -> Finding | None:
    """The finding, if non-finite numbers were hidden from the training loss."""
    filtered = case.quality.filtered
    noted = [note for note in case.run.notes if note.code == "non-finite-filtered"]
    if filtered is None:
        return RULE.found(noted[0].message, series=noted[0].series) if noted else None
    end = float(case.run.series[filtered.tag].step[-1])
    return RULE.found(
        f"{filtered.tag} is not finite from step {filtered.since:g} on, while the logged training loss is: the trainer "
        "replaced NaN before it logged (Hugging Face: logging_nan_inf_filter), so the run broke there",
        value=float((case.run.series[filtered.tag].step >= filtered.since).sum()),
        limit=limits.FILTERED_POINTS,
        unit="non-finite points at the end",
        steps=(filtered.since, end),
        series=filtered.tag,
    )


RULE = Rule("LR907", "non-finite-filtered", Severity.FAULT, PAGE, check)

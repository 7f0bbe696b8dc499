"""Findings that readers made: what they noted about the file, as coded findings.

What it says: torn-tail, the file ends inside a record; restart-overlap, a later attempt logged steps again;
sampled-export, the export holds a sample of the points; aggregated-values, a value stands for a window of steps;
steps-invented, the log has no step column.
Why it matters: noise, spikes and slopes are measured on what is left.
What it is not: a fault of the learning rate.
Known false alarms: a second, unrelated run written into the same folder looks like a restart.
Evidence shown: the reader's words, with the step.
Limits used: none; the facts are in the file.
References: FORMATS.md, sections 1 and 8.
"""

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.findings.rule import Case, Rule


def _rule(code: str, name: str, severity: Severity, *notes: str) -> Rule:
    def check(case: Case) -> Finding | None:
        seen = [n for n in case.run.notes if n.code in notes]
        if not seen:
            return None
        more = f" (and {len(seen) - 1} more)" if len(seen) > 1 else ""
        step = seen[0].step
        return rule.found(seen[0].message + more, steps=None if step is None else (step, step), series=seen[0].series)

    rule = Rule(code, name, severity, __doc__ or "", check)
    return rule


RULES = (
    _rule("LR903", "torn-tail", Severity.WARNING, "torn-tail", "corrupt-record"),
    _rule("LR904", "restart-overlap", Severity.WARNING, "restart"),
    _rule("LR905", "sampled-export", Severity.INFO, "sampled"),
    _rule("LR906", "aggregated-values", Severity.INFO, "aggregated"),
    _rule("LR908", "steps-invented", Severity.INFO, "steps-invented"),
)

"""A finding that a reader made: what it noted about the file, with a code and a page."""

from lrdoctor.findings.rule import Rule
from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Severity


def noted(code: str, name: str, severity: Severity, page: str, *notes: str) -> Rule:
    """The rule of a finding that is made where a reader left one of `notes` (see `lrdoctor.records.run.NOTE_CODES`)."""

    def check(case: Case) -> Finding | None:
        """The finding, in the reader's words."""
        seen = [n for n in case.run.notes if n.code in notes]
        if not seen:
            return None
        more = f" (and {len(seen) - 1} more)" if len(seen) > 1 else ""
        step = seen[0].step
        return rule.found(seen[0].message + more, steps=None if step is None else (step, step), series=seen[0].series)

    rule = Rule(code, name, severity, page, check)
    return rule

"""What a gate's outcome is not: words for runs that neither pass nor fail."""

from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.report import Report


def no_pass(report: Report) -> str:
    """What must not be taken for a pass, from `; ` on: `; no pass: 2 inconclusive, 1 not read`; "" where nothing is."""
    undecided = sum(d.verdict is Verdict.INCONCLUSIVE for d in report.diagnoses)
    parts = [f"{undecided:,} inconclusive"] if undecided else []
    parts += [f"{len(report.unreadable):,} not read"] if report.unreadable else []
    return f"; no pass: {', '.join(parts)}" if parts else ""

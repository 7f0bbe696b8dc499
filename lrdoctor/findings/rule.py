"""What a finding is made from, and what every finding file is: a page, a test and its rule."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lrdoctor.measurement.case import Case
from lrdoctor.records.diagnosis import Finding, Fit, Severity


def at_lr(case: Case, step: float) -> str:
    """The LR at a step in words, where it was logged and stood clearly below its peak; else ""."""
    rate = case.run.find(case.roles.lr)
    if rate is None or not len(rate):
        return ""
    peak = float(np.nanmax(rate.value)) if np.isfinite(rate.value).any() else 0.0
    here = float(rate.value[max(int(np.searchsorted(rate.step, step, side="right")) - 1, 0)])
    return f", at an LR of {here:.2g}, {100 * here / peak:.0f} % of its peak" if 0 < here < 0.9 * peak else ""


@dataclass(frozen=True)
class Rule:
    """One finding: a stable code, a name for the fault, and the test.

    `explanation` is the finding's page, printed by `lrdoctor explain`: the `PAGE` of its file, an ordinary string
    since `python -OO` strips docstrings.
    """

    code: str
    name: str
    severity: Severity
    explanation: str
    check: Callable[[Case], Finding | None]

    @property
    def caveat(self) -> str:
        """What the evidence is not, one sentence of the page; "" where the page has none."""
        page = re.search(r"^What it is not: (.*?)(?=^[A-Z][a-z ]+: )", self.explanation, re.DOTALL | re.MULTILINE)
        return " ".join(page[1].split()) if page else ""

    def found(
        self,
        message: str,
        *,
        value: float | None = None,
        limit: float | None = None,
        unit: str = "",
        steps: tuple[float, float] | None = None,
        series: str | None = None,
        drawn: Sequence[Fit] = (),
    ) -> Finding:
        """A finding of this rule."""
        return Finding(
            self.code, self.name, self.severity, message, value, limit, unit, steps, series, self.caveat, tuple(drawn)
        )

"""What a finding is made from, and the two functions every finding file is."""

from collections.abc import Callable
from dataclasses import dataclass

from lrdoctor.diagnosis import Finding, Severity
from lrdoctor.quality import Quality
from lrdoctor.run import Run, Series
from lrdoctor.signs import Setting, Signs
from lrdoctor.trace import Trace
from lrdoctor.vocabulary import Roles


@dataclass(frozen=True, eq=False)
class Case:
    """Everything measured on one run; `trace` and `signs` are None where no loss could be analysed."""

    run: Run
    roles: Roles
    quality: Quality
    setting: Setting
    trace: Trace | None
    signs: Signs
    lr_source: str

    @property
    def loss(self) -> Series | None:
        """The series taken for the training loss."""
        return None if self.roles.loss is None else self.run.series[self.roles.loss]


@dataclass(frozen=True)
class Rule:
    """One finding: a stable code, a name for the fault, and the test.

    `explanation` is the finding's page, printed by `lrdoctor explain`: the docstring of its file.
    """

    code: str
    name: str
    severity: Severity
    explanation: str
    check: Callable[[Case], Finding | None]

    def found(
        self,
        message: str,
        *,
        value: float | None = None,
        limit: float | None = None,
        unit: str = "",
        steps: tuple[float, float] | None = None,
        series: str | None = None,
    ) -> Finding:
        """A finding of this rule."""
        return Finding(self.code, self.name, self.severity, message, value, limit, unit, steps, series)

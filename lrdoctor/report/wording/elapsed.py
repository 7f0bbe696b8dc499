"""Shares of the time that a run is measured in, as shares of its steps, which people and figures know.

What is measured goes by LR-time (`measurement/loss_curve.py`): steps, each counted by its LR over the peak.  Where the
LR fell, half of that is over long before half of the steps.
"""

from dataclasses import dataclass

import numpy as np

from lrdoctor.measurement.case import run_curve
from lrdoctor.measurement.loss_curve import clock
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Floats

NEAR = 0.05  # of the run: a share so near to a half is told as a half
LEAST_POINTS = 5  # that a slope is fitted to, however short its part (`measurement/signs/descent.py`)


@dataclass(frozen=True, eq=False)
class Elapsed:
    """A run's clock beside its steps.

    Args:
        time: LR-time at each loss, in steps, ascending, shape (n,).
        step: steps of the log at the same losses, ascending, shape (n,).
        unit: what one step is called.
    """

    time: Floats
    step: Floats
    unit: str = "step"

    def share(self, of_time: float) -> float:
        """The share of the log's steps after which that share of the LR-time was over, in 0 to 1."""
        return self.steps(of_time * float(self.time[-1])) / float(self.step[-1])

    def steps(self, time: float) -> float:
        """The steps of the log after which so much LR-time was over."""
        if time <= self.time[0]:
            # A log without its beginning starts at a time that is not 0: nothing of it lies before.
            return float(self.step[0] * max(time / self.time[0], 0.0)) if self.step[0] >= self.time[0] else 0.0
        return float(np.interp(time, self.time, self.step))

    def since(self, of_time: float) -> float:
        """The share of the log's steps from which on a slope is fitted that asks for the time after `of_time`."""
        asked = int(np.searchsorted(self.time, of_time * self.time[-1]))
        first = min(asked, max(len(self.time) - LEAST_POINTS, 0))
        # Where the points are as asked for, the share is the exact one.
        return self.share(of_time) if first == asked else float(self.step[first] / self.step[-1])

    @property
    def weighted(self) -> bool:
        """Whether the LR's course makes LR-time another thing than steps."""
        time, step = self.time - self.time[0], self.step - self.step[0]
        return bool(np.abs(time / time[-1] - step / step[-1]).max() > NEAR)


_EVEN = np.linspace(1e-3, 1.0, 1000)
PLAIN = Elapsed(_EVEN, _EVEN)
"""Of a run whose LR stands still; its length is not known."""


def elapsed(diagnosis: Diagnosis) -> Elapsed:
    """The clock that a run was measured on; `PLAIN` where no loss was."""
    run = diagnosis.run
    begins = all(finding.name != "no-beginning" for finding in diagnosis.findings)
    curve = run_curve(run, diagnosis.roles, begins=begins)
    if curve is None or curve.time[-1] <= curve.time[0]:
        return PLAIN
    step = clock(curve.step, None)[0][np.isfinite(curve.raw)]
    return Elapsed(curve.time, step, "epoch" if "epoch" in run.step_axis.lower() else "step")

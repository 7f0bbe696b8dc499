"""What the analysis says, as values only: verdicts, findings, evidence, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run

if TYPE_CHECKING:
    pass


class Verdict(StrEnum):
    """What the log says about the run's learning rate; see the package's docstring."""

    TOO_SLOW = "too-slow"
    WELL_TUNED = "well-tuned"
    TOO_HIGH = "too-high"
    DIVERGENT = "divergent"
    INCONCLUSIVE = "inconclusive"


class Severity(StrEnum):
    """How much a finding matters to the next run."""

    INFO = "info"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, eq=False)
class Fit:
    """Something fitted to or measured on a loss, to be drawn on it.

    `kind` is `smooth`, `semi-log`, `power-law`, or of a finding `slope`, `level`, `attainable` or `points`;
    `text` words the result, such as `-0.21 ± 0.03 per decade of steps`. `step` and `value` have one shape.
    """

    kind: str
    label: str
    text: str
    step: Floats
    value: Floats


@dataclass(frozen=True)
class Finding:
    """One measured property of the log with a stable code.

    `value` and `limit` are in `unit`; the finding was made because of how they compare.
    `steps` is the range it was seen in, on the run's step axis; `series` the tag it speaks of.
    `caveat` names what the evidence is not; `drawn` is what a report draws of it on the loss.
    """

    code: str
    name: str
    severity: Severity
    message: str
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    steps: tuple[float, float] | None = None
    series: str | None = None
    caveat: str = ""
    drawn: Sequence[Fit] = ()


@dataclass(frozen=True)
class Evidence:
    """One sign and how it moved the answer.

    `odds` holds, for each of the four verdicts, the factor by which knowing this sign multiplied
    its odds (exact: with all signs against all but this one). `shift` is how far it moved the
    estimate of the band's middle, in decades (approximate).
    """

    sign: str
    label: str
    value: float | None
    unit: str
    odds: Mapping[Verdict, float]
    shift: float


@dataclass(frozen=True, eq=False)
class Belief:
    """The distribution over the band of good learning rates, seen from this run's.

    `decades[i]` is log10(candidate LR / this run's LR), ascending and evenly spaced;
    `in_band[i]` the probability that the candidate lies in the band; `middle[i]` the probability
    that the band's middle is nearest to it (sums to 1); `prior_in_band` the first without any sign.
    """

    decades: Floats
    in_band: Floats
    middle: Floats
    prior_in_band: Floats


@dataclass(frozen=True)
class Remedy:
    """Something else than the peak LR to change: what kind, in words, called for by which finding, by whose advice."""

    action: str
    words: str
    code: str
    finding: str
    source: str


@dataclass(frozen=True)
class Worth:
    """What following the advice is expected to bring: (low, middle, high), an 80 % interval around the median.

    Args:
        validation: whether `now` and `loss` are of the validation loss, else of the training loss.
        now: what this run reached, at most the untrained model's loss.
        loss: what the next run is expected to reach.
        steps: steps that the next run is expected to need to this run's training loss, over this run's steps; above 1
            it gets there later or never; None where this run learned too little to be compared.
    """

    validation: bool
    now: float
    loss: tuple[float, float, float]
    steps: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The answer for one run.

    Args:
        run: what was diagnosed.
        roles: which series was taken for what.
        lr: this run's learning rate, the peak of its schedule; None where the log names none.
        lr_source: where that came from, such as `series train/lr (peak)` or `hparams lr`.
        verdict: the word; `inconclusive` comes with a `reason`.
        probabilities: of the four verdicts, summing to 1, also when the verdict is `inconclusive`.
        factor: multiply the run's LR schedule by this; 1.0 means stay.
        interval_decades: 80 % interval of log10(band's middle / this run's LR).
        belief: the whole distribution.
        findings: worst first.
        evidence: the signs, the strongest first.
        fits: curves to draw on the loss.
        worth: what the advice is expected to bring; None where it is to stay or nothing can be said.
        remedies: what else to change.
    """

    run: Run
    roles: Roles
    lr: float | None
    lr_source: str
    verdict: Verdict
    reason: str
    probabilities: Mapping[Verdict, float]
    factor: float
    interval_decades: tuple[float, float]
    belief: Belief
    findings: Sequence[Finding] = ()
    evidence: Sequence[Evidence] = ()
    fits: Sequence[Fit] = ()
    worth: Worth | None = None
    remedies: Sequence[Remedy] = ()

    @property
    def suggested_lr(self) -> float | None:
        """The peak LR to use next; None where the log names no LR to scale."""
        return None if self.lr is None else self.lr * self.factor

    @property
    def interval(self) -> tuple[float, float] | None:
        """80 % interval of the band's middle, as absolute LRs; None where the log names no LR."""
        if self.lr is None:
            return None
        low, high = self.interval_decades
        return self.lr * 10.0**low, self.lr * 10.0**high

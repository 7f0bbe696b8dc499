"""What the analysis says, as values only: verdicts, findings, evidence, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lrdoctor.run import Floats, Run
from lrdoctor.vocabulary import Roles


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


@dataclass(frozen=True)
class Finding:
    """One measured property of the log with a stable code.

    `value` and `limit` are in `unit`; the finding was made because of how they compare.
    `steps` is the range it was seen in, on the run's step axis; `series` the tag it speaks of.
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
class Fit:
    """A curve fitted to the training loss, to be drawn on it.

    `kind` is `smooth`, `log-log`, `semi-log`, `power-law` or `level`; `text` words the result, such as
    `-0.21 ± 0.03 per decade of steps`. `step` and `value` have one shape.
    """

    kind: str
    label: str
    text: str
    step: Floats
    value: Floats


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


@dataclass(frozen=True)
class Unreadable:
    """A path that could not be analysed, and the one-line reason."""

    path: str
    reason: str


@dataclass(frozen=True, eq=False)
class SweepDiagnosis:
    """Several runs that differ in LR, judged together.

    `curve` holds (LR, best loss) of each run, ascending in LR; `diagnoses` are the runs' own.
    """

    diagnoses: Sequence[Diagnosis]
    suggested_lr: float | None
    factor: float
    interval: tuple[float, float] | None
    belief: Belief
    curve: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, eq=False)
class Report:
    """Everything one invocation found, in the order of the paths given."""

    diagnoses: Sequence[Diagnosis]
    unreadable: Sequence[Unreadable] = field(default=())

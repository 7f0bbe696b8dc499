"""The bar of a verdict's probabilities, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.records.diagnosis import VERDICTS, Verdict
from lrdoctor.report.wording.numbers import percent
from lrdoctor.report.wording.run import verdict_words


@dataclass(frozen=True)
class Share:
    """One part of the probability bar; `width` in percent of it."""

    verdict: str
    words: str
    percent: str
    width: float


def shares(probabilities: Mapping[Verdict, float], verdicts: Sequence[Verdict] = VERDICTS) -> tuple[Share, ...]:
    """The probability bar; its widths sum to 100."""
    values = [max(0.0, probabilities.get(verdict, 0.0)) for verdict in verdicts]
    total = sum(values) or 1.0
    return tuple(
        Share(verdict.value, verdict_words(verdict), percent(value), round(100 * value / total, 2))
        for verdict, value in zip(verdicts, values, strict=True)
    )

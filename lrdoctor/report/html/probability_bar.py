"""The bar of a verdict's probabilities, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrdoctor.records.diagnosis import VERDICTS, Verdict
from lrdoctor.report.wording.numbers import percent
from lrdoctor.report.wording.run import verdict_words


@dataclass(frozen=True)
class Share:
    """One part of the probability bar; `width` in percent of it, `colour` that of the light theme."""

    verdict: str
    words: str
    percent: str
    width: float
    colour: str


# As in `style.css`: the bar keeps them where no style sheet applies.
LIGHT = {
    Verdict.TOO_SLOW: "#2563ab",
    Verdict.WELL_TUNED: "#23774f",
    Verdict.TOO_HIGH: "#b4540a",
    Verdict.DIVERGENT: "#b3212b",
    Verdict.INCONCLUSIVE: "#666e7d",
}


def shares(probabilities: Mapping[Verdict, float], verdicts: Sequence[Verdict] = VERDICTS) -> tuple[Share, ...]:
    """The probability bar; its widths sum to 100."""
    values = [max(0.0, probabilities.get(verdict, 0.0)) for verdict in verdicts]
    total = sum(values) or 1.0
    return tuple(
        Share(verdict.value, verdict_words(verdict), percent(value), round(100 * value / total, 2), LIGHT[verdict])
        for verdict, value in zip(verdicts, values, strict=True)
    )

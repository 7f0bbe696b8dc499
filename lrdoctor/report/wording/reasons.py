"""Why this verdict: the strongest reasons, as sentences that a stranger reads."""

import math
from dataclasses import dataclass

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Evidence, Severity, Verdict
from lrdoctor.report.wording.elapsed import PLAIN, Elapsed, elapsed
from lrdoctor.report.wording.numbers import estimate, learning_rate
from lrdoctor.report.wording.run import REASON_ODDS, weight
from lrdoctor.report.wording.sign_families import BEYOND_THE_CURVE, FAMILIES
from lrdoctor.report.wording.sign_sentences import SENTENCES, Place, Said
from lrdoctor.vocabulary.optimizers import CUSTOMARY
from lrdoctor.vocabulary.settings import stated_values

# Families of quantities that say nothing to who has not seen many curves: what such a value goes with is said too.
NEEDS_MEANING = frozenset(
    {"noise", "wandering", "above", "given back", "goal_noise", "loss_noise", "cost_noise", "noise_growth", "gap"}
    | {"tail_autocorrelation", "rising_share", "how long", "how far", "spikes", "goal_depth", "loss_depth"}
)
AS_WHERE = {
    Verdict.TOO_SLOW: ", as where the LR is too low",
    Verdict.WELL_TUNED: ", as where the LR is good",
    Verdict.TOO_HIGH: ", as where the LR is too high",
}
BLOWN_UP = math.log10(1.1)
# LRs over the usual one that speak for a verdict to who reads no table of odds.
AS_USUAL = {
    Verdict.TOO_SLOW: (0.0, 0.5),
    Verdict.WELL_TUNED: (0.1, 10.0),
    Verdict.TOO_HIGH: (2.0, math.inf),
}
# They are told before others only where they speak so much louder.
EXPLAINED = 0.6


@dataclass(frozen=True)
class Reason:
    """One reason.

    Args:
        text: a sentence.
        sign: the name of what was measured, or a finding's code.
        steps: where it can be seen on the run's steps; None where nowhere.
        value: what was measured, in its own unit.
    """

    text: str
    sign: str = ""
    steps: tuple[float, float] | None = None
    value: float | None = None


def reasons(diagnosis: Diagnosis, most: int = 3) -> tuple[Reason, ...]:
    """At most `most` reasons for the verdict given: what the curve shows before what is usual elsewhere."""
    if diagnosis.reason:
        return (Reason(_sentence(diagnosis.reason)),)
    if diagnosis.verdict is Verdict.DIVERGENT:
        faults = [finding for finding in diagnosis.findings if finding.severity is Severity.FAULT]
        return tuple(
            Reason(_sentence(one.message), one.code, one.steps, one.value) for one in faults[: max(1, most - 1)]
        )
    ranked = sorted(
        (one for one in diagnosis.evidence if one.odds.get(diagnosis.verdict, 1.0) > REASON_ODDS),
        key=lambda one: -_told(one, diagnosis.verdict),
    )
    chosen: dict[str, Evidence] = {}
    for one in ranked:
        if _points_there(diagnosis, one):
            chosen.setdefault(_family(one), one)
    told = list(chosen.values())[:most]
    told.sort(key=lambda one: one.sign in BEYOND_THE_CURVE)
    clock = elapsed(diagnosis) if told else PLAIN
    return tuple(_reason(diagnosis, one, clock) for one in told)


def _points_there(diagnosis: Diagnosis, one: Evidence) -> bool:
    """Whether what is compared or seen points to the verdict by itself: who reads it takes it for the reason."""
    if _family(one) == "above" and diagnosis.verdict is not Verdict.TOO_HIGH:
        # That a loss blew up speaks for nothing else, whatever the tables' odds; that none did may.
        return one.sign != "blow_up_time" and one.value is not None and one.value < BLOWN_UP
    if _family(one) != "usual":
        return True
    ratio = _over_usual(diagnosis)
    if ratio is None:
        return True
    low, high = AS_USUAL.get(diagnosis.verdict, (0.0, math.inf))
    return low <= ratio <= high


def _over_usual(diagnosis: Diagnosis) -> float | None:
    """The LR over what is usual for the run's optimizer, where both are known."""
    name = stated_values(diagnosis.run.hparams).optimizer
    usual = None if name is None else CUSTOMARY.get(name)
    return None if usual is None or diagnosis.lr is None else diagnosis.lr / usual


def _told(one: Evidence, verdict: Verdict) -> float:
    """How early a quantity is told: how strongly it speaks, less where it needs an explanation."""
    return weight(one.odds.get(verdict, 1.0)) * (EXPLAINED if _family(one) in NEEDS_MEANING else 1.0)


def _family(one: Evidence) -> str:
    return FAMILIES.get(one.sign, one.sign)


def _sentence(text: str) -> str:
    """A message as a sentence: with a capital and a full stop."""
    text = clean(text).strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _reason(diagnosis: Diagnosis, one: Evidence, clock: Elapsed) -> Reason:
    said = in_words(diagnosis, one, clock)
    means = AS_WHERE.get(diagnosis.verdict, "") if _family(one) in NEEDS_MEANING else ""
    return Reason(said.text.removesuffix(".") + means + ".", one.sign, steps_of(diagnosis, said.place), one.value)


def in_words(diagnosis: Diagnosis, one: Evidence, clock: Elapsed) -> Said:
    """What one measured quantity says, and where it is seen on the run's `clock`."""
    if one.sign == "log_lr" and diagnosis.lr is not None:
        return Said(_against_usual(diagnosis))
    words = SENTENCES.get(one.sign)
    if words is None or one.value is None or not math.isfinite(one.value):
        return Said(_sentence(one.label))
    return words(one.value, clock)


def _against_usual(diagnosis: Diagnosis) -> str:
    """The LR against what is usual for the run's optimizer, where both are known."""
    name, lr = stated_values(diagnosis.run.hparams).optimizer, diagnosis.lr or 0.0
    ratio = _over_usual(diagnosis)
    if ratio is None:
        return f"Runs at an LR of {learning_rate(lr)} end like this more often than others, whatever the optimizer."
    if 0.5 < ratio < 2:
        return f"An LR of {learning_rate(lr)} is about what people usually take with {name}."
    size, way = (ratio, "above") if ratio > 1 else (1 / ratio, "below")
    return f"An LR of {learning_rate(lr)} is {estimate(size)} times {way} what people usually take with {name}."


def steps_of(diagnosis: Diagnosis, place: Place | None) -> tuple[float, float] | None:
    """The steps of a share of the run, by its loss; None where there is no place or no loss."""
    series = diagnosis.run.find(diagnosis.roles.loss) or diagnosis.run.find(diagnosis.roles.val_loss)
    if place is None or series is None or len(series) < 2:
        return None
    first, last = float(series.step[0]), float(series.step[-1])
    low, high = (first + min(max(share, 0.0), 1.0) * (last - first) for share in place)
    return low, high

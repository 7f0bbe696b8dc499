"""What each measured quantity says, as a sentence that a stranger reads: one line each, true whatever the value.

A quantity is kept on a logarithm or in some unit of its own (`measurement/signs`); here that is undone, and shares of
LR-time become shares of the steps (`elapsed.py`), which is where they are seen.  "Progress" is
how far the loss came down in all; "what a good LR may cost" is the loss that still counts as good (`BAND_LOSS`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lrdoctor.report.wording.elapsed import NEAR, Elapsed
from lrdoctor.report.wording.numbers import estimate, number, percent, position

Place = tuple[float, float]
# Below this share a change is none.
NOTHING = 0.005
# A slope within so many of its standard errors is none.
CLEAR = 2.0
DOUBLING = math.log(2)
# Progress that was made within this share of the run came early.
SOON = 0.5
SECOND_HALF, LAST_THIRD = (0.5, 1.0), (2 / 3, 1.0)
END = (0.95, 1.0)


@dataclass(frozen=True)
class Said:
    """A sentence, and where it can be seen: shares of the run, or None."""

    text: str
    place: Place | None = None


Sentence = Callable[[float, Elapsed], Said]


def plain(value: float) -> float:
    """A quantity in decades, undone."""
    return float(10.0 ** max(min(value, 300.0), -300.0))


def unsigned(value: float, unit: float = 1e-3) -> float:
    """`scales.signed_log` undone.

    >>> round(unsigned(3.0004), 2), unsigned(0.0)
    (1.0, 0.0)
    """
    return math.copysign((10.0 ** min(abs(value), 300.0) - 1) * unit, value)


def part(share: float) -> str:
    """A share as people say it: whole percent, small and large ones to two digits.

    >>> part(0.034), part(0.0021), part(3.2)
    ('3 %', '0.21 %', '320 %')
    """
    return percent(share) if 0.01 <= share < 2 or share <= 0 else f"{estimate(100 * share)} %"


def since(run: Elapsed, share: float, usual: str) -> tuple[str, Place]:
    """A run's end from a share of its LR-time on: how to begin a sentence of it, and where it is."""
    first = run.since(share)
    place = (first, 1.0)
    if abs(first - share) <= NEAR:
        return usual, place
    return ("Over the whole log" if first <= NEAR else f"In the last {part(1 - first)} of the steps"), place


def doubled(run: Elapsed) -> str:
    """What a slope is told per doubling of."""
    return "LR-weighted steps" if run.weighted else "steps"


def _reached(what: str) -> Sentence:
    """After which share of the run so much of the progress was made; the value in decades."""

    def said(value: float, run: Elapsed) -> Said:
        share = run.share(min(plain(value), 1.0))
        if share < SOON:
            return Said(
                f"{what} of all progress came in the first {part(share)} of the steps, then it slowed.", (0.0, share)
            )
        return Said(f"{what} of all progress took {part(share)} of the steps.", (0.0, share))

    return said


def _steps_to(what: str) -> Sentence:
    def said(value: float, run: Elapsed) -> Said:
        # Of a clock without a length nothing is asked: a plain step is one.
        steps = run.steps(plain(value)) if run.weighted else plain(value)
        return Said(f"{what} of all progress took {lasting(steps, run)}.")

    return said


def lasting(steps: float, run: Elapsed) -> str:
    """So many steps, or epochs.

    >>> from lrdoctor.report.wording.elapsed import PLAIN
    >>> lasting(1.2, PLAIN), lasting(1200, PLAIN)
    ('1 step', '1200 steps')
    """
    whole = max(round(steps), 1)
    return f"{position(whole)} {run.unit}{'' if whole == 1 else 's'}"


def _done(share: float) -> Sentence:
    def said(value: float, run: Elapsed) -> Said:
        after = run.share(share)
        if value < NOTHING:
            return Said(f"After {part(after)} of the steps the loss had not come down yet.", (0.0, after))
        return Said(f"After {part(after)} of the steps {part(value)} of all progress was made.", (0.0, after))

    return said


def _at(what: str) -> Sentence:
    def said(value: float, run: Elapsed) -> Said:
        share = run.share(min(plain(value), 1.0))
        return Said(f"{what} after {part(share)} of the steps.", (share, share))

    return said


def _moved(where: str, place: Place | None, of: str) -> Sentence:
    """A fall (positive) or a rise of the loss, on the signed logarithm."""

    def said(value: float, _: Elapsed) -> Said:
        return Said(f"{where} {_change(unsigned(value), of)}.", place)

    return said


def _change(change: float, of: str, per: str = "") -> str:
    if abs(change) < NOTHING:
        return "the loss hardly moved"
    return f"the loss {'fell' if change > 0 else 'rose'} by {part(abs(change))} {of}{per}"


def _slope(usual: str, share: float, of: str = "of all progress") -> Sentence:
    """A slope per factor e of LR-time from `share` of it on, falling positive, on the signed logarithm."""

    def said(value: float, run: Elapsed) -> Said:
        where, place = since(run, share, usual)
        change = _change(unsigned(value) * DOUBLING, of, f" per doubling of the {doubled(run)}")
        return Said(f"{where} {change}.", place if share else None)

    return said


def _clear(usual: str, share: float) -> Sentence:
    """A slope over its standard error, falling positive, on log10(1 + |t|)."""

    def said(value: float, run: Elapsed) -> Said:
        t = unsigned(value, 1.0)
        where, span = since(run, share, usual)
        place = span if share else None
        if abs(t) < CLEAR:
            return Said(f"{where} the loss neither falls nor rises beyond its noise.", place)
        way = "falls" if t > 0 else "rises"
        return Said(f"{where} the loss {way}, by {estimate(abs(t))} times the uncertainty of its slope.", place)

    return said


def _share_of(text: str, none: str, place: Place | None = None) -> Sentence:
    """A share as it is; `none` where it is next to nothing."""
    return lambda value, _: Said(text.format(part(value)) if value >= NOTHING else none, place)


def _decades_of(text: str, place: Place | None = None) -> Sentence:
    """A share in decades."""
    return lambda value, _: Said(text.format(part(plain(value))), place)


def _times(text: str, none: str = "", place: Place | None = None, least: float = 0.0) -> Sentence:
    """A ratio in decades; `none` where it is below `least`."""
    return lambda value, _: Said(text.format(estimate(plain(value))) if plain(value) >= least else none, place)


def _gained(text: str, lost: str, place: Place | None = None) -> Sentence:
    """A share on the signed logarithm: a gain or a loss."""
    return lambda value, _: Said((text if value >= 0 else lost).format(part(abs(unsigned(value)))), place)


def _tolerances(
    text: str, none: str, lost: str = "", place: Place | None = None, since: float | None = None
) -> Sentence:
    """An amount of validation in what a good LR may cost, on the signed logarithm of unit 0.1.

    It is measured at `place`, a share of the points, or `since` a share of LR-time.
    """

    def said(value: float, run: Elapsed) -> Said:
        amount = unsigned(value, 0.1)
        at = place if since is None else (run.share(since), 1.0)
        if abs(amount) < 0.1 or (amount < 0 and not lost):
            return Said(none, at)
        return Said((text if amount > 0 else lost).format(estimate(abs(amount)), doubled(run)), at)

    return said


def _late_gain(value: float, run: Elapsed) -> Said:
    first, gain = run.share(0.5), unsigned(value)
    of = "second half" if abs(first - 0.5) <= NEAR else f"last {part(1 - first)}"
    if gain >= 0:
        return Said(f"The {of} of the steps made {part(gain)} of all progress.", (first, 1.0))
    return Said(f"The {of} of the steps lost {part(-gain)} of the progress.", (first, 1.0))


def _early_peak(value: float, run: Elapsed) -> Said:
    place, ratio = (0.0, run.share(0.1)), plain(value)
    if ratio < 1.05:
        return Said("Early on the loss never rose clearly above its start.", place)
    return Said(f"Early on the loss rose to {estimate(ratio)} times its start.", place)


def _alike(value: float, _: Elapsed) -> Said:
    if value < -0.1:
        return Said("At the end the loss goes up and down from one step to the next.", LAST_THIRD)
    if value > 0.3:
        return Said("At the end the loss drifts up and down over many steps.", LAST_THIRD)
    return Said("At the end the loss scatters from step to step without a pattern.", LAST_THIRD)


def _against_usual(value: float, _: Elapsed) -> Said:
    ratio = plain(value)
    if 0.5 < ratio < 2:
        return Said("The LR is about what people usually take for this optimizer.")
    if ratio > 1:
        return Said(f"The LR is {estimate(ratio)} times what people usually take for this optimizer.")
    return Said(f"The LR is {estimate(1 / ratio)} times below what people usually take for this optimizer.")


def _validation(which: str, it: str) -> dict[str, Sentence]:
    """The sentences of a validation curve."""
    return {
        f"{which}_best_at": _at(f"{it} was best"),
        f"{which}_rise": _tolerances(
            f"{it} gave back {{}} times what a good LR may cost after its best.",
            f"{it} ends about as good as it ever was.",
        ),
        f"{which}_late": _tolerances(
            f"In the second half {it.lower()} improved by {{}} times what a good LR may cost.",
            f"In the second half {it.lower()} hardly moved.",
            f"In the second half {it.lower()} got worse by {{}} times what a good LR may cost.",
            SECOND_HALF,
        ),
        f"{which}_late_best": _tolerances(
            f"In the second half the best of {it.lower()} improved by {{}} times what a good LR may cost.",
            f"{it} was not better in the second half than in the first.",
            place=SECOND_HALF,
        ),
        f"{which}_falling": _tolerances(
            f"At the end {it.lower()} still improved, by {{}} times what a good LR may cost per tenfold of the {{}}.",
            f"At the end {it.lower()} no longer improved.",
            f"At the end {it.lower()} got worse, by {{}} times what a good LR may cost per tenfold of the {{}}.",
            since=0.3,
        ),
        f"{which}_noise": _times(f"{it} jumps at the end by {{}} times what a good LR may cost.", place=LAST_THIRD),
        f"{which}_depth": _decades_of(f"{it} came down to {{}} of its first value.", END),
        f"{which}_half": _at(f"{it} had half of its gain"),
        f"{which}_most": _at(f"{it} had 80 % of its gain"),
        f"{which}_tolerated": _at(f"{it} was as good as it got"),
    }


SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        "t50": _reached("Half"),
        "t80": _reached("80 %"),
        "t95": _reached("95 %"),
        "t99": _reached("99 %"),
        "t10_steps": _steps_to("The first tenth"),
        "t50_steps": _steps_to("Half"),
        "done_1": _done(0.01),
        "done_3": _done(0.03),
        "done_10": _done(0.1),
        "done_30": _done(0.3),
        "depth": _decades_of("The loss came down to {} of what it began with."),
        "descent_over_noise": _times("The loss came down by {} times its noise from step to step."),
        "steepest": _at("The loss fell fastest"),
        "end_slope": _slope("In the second half", 0.5),
        "end_slope_80": _slope("In the last fifth", 0.8),
        "end_slope_t": _clear("In the second half", 0.5),
        "rise_from_lowest": _share_of(
            "At the end the loss had given back {} of its progress.", "The loss ends at its lowest level.", END
        ),
        "when_lowest": _at("The loss was lowest"),
        "net_change": _gained(
            "From start to end the loss fell by {} of its first value.",
            "From start to end the loss rose by {} of its first value.",
            END,
        ),
        "late_gain": _late_gain,
        "decay_drop": _moved("While the LR came down", None, "of all progress"),
        "law_next": _gained(
            "Training twice as long would gain another {} of the progress so far.",
            "Training twice as long would lose {} of the progress so far.",
        ),
        "law_released": _gained(
            "The falling LR brought {} of all progress.", "The falling LR took away {} of all progress."
        ),
        "noise_of_descent": _decades_of(
            "At the end the loss jumps by {} of all progress from step to step.", LAST_THIRD
        ),
        "noise_of_level": _decades_of("At the end the loss jumps by {} of its level from step to step.", LAST_THIRD),
        "noise_growth": _times(
            "At the end the loss is {} times as noisy for its level as at the start.", place=LAST_THIRD
        ),
        "tail_autocorrelation": _alike,
        "spread": _decades_of("At the end high losses stand {} of all progress above the usual ones.", LAST_THIRD),
        "slow_noise": _decades_of("In the second half the smoothed loss wanders by {} of all progress.", SECOND_HALF),
        "slow_excess": _times(
            "In the second half the smoothed loss wanders {} times as much as its noise explains.", place=SECOND_HALF
        ),
        "spikes": lambda value, _: Said(
            "There are no spikes at the end."
            if value <= -3.99
            else f"{part(plain(value))} of the last losses are spikes.",
            LAST_THIRD,
        ),
        "early_peak": _early_peak,
        "highest": _times(
            "The highest single loss was {} times the start.", "No loss stood clearly above the start.", None, 1.1
        ),
        "rising_share": _share_of(
            "From one stretch of the run to the next, a third longer each, the loss rose in {} of the cases.",
            "From one stretch of the run to the next, a third longer each, the loss never rose beyond its noise.",
        ),
        "end_over_start": _decades_of("The loss ends at {} of what it began with.", END),
        "non_finite": _share_of("{} of the logged losses are NaN or infinite.", "Every logged loss is a number."),
        "blow_up_time": lambda value, run: Said(
            f"After {lasting(plain(value), run)} the loss first stood at 1.5 times its start, or was not finite."
        ),
        **_validation("goal", "Validation"),
        **_validation("loss", "The validation loss"),
        "gap": _gained(
            "At the end the validation loss stands above the training loss, by {} of all progress.",
            "At the end the validation loss stands below the training loss, by {} of all progress.",
            END,
        ),
        "over_customary_adaptive": _against_usual,
        "over_customary_sgd": _against_usual,
        "log_lr": lambda value, _: Said(
            f"Runs at an LR of {estimate(plain(value))} end like this more often than others, whatever the optimizer."
        ),
        "points": lambda value, _: Said(f"{position(round(plain(value)))} losses were logged."),
        "steps": lambda value, run: Said(f"The run took {lasting(plain(value), run)}."),
        "end_lr": _decades_of("The LR ends at {} of its peak."),
        "used_time": _share_of("The LR stood at {} of its peak on average.", "The LR was next to nothing on average."),
        "level_slope": _slope("Over the log", 0.0, "of its level"),
        "level_slope_t": _clear("Over the log", 0.0),
        "level_change": _moved("From the log's first quarter to its last", None, "of its level"),
        "level_spread": _decades_of("At the end high losses stand {} above the usual ones.", LAST_THIRD),
        "level_wandering": _decades_of("In the second half the smoothed loss wanders by {} of its level.", SECOND_HALF),
        "highest_of_level": _times("The highest single loss stands at {} times the level at the end."),
        "time_before": lambda value, run: Said(
            f"The log ends at {run.unit} {position(round(plain(value)))} of the training."
        ),
        "cost_change": _gained(
            "Over the log validation improved by {} of its level.",
            "Over the log validation got worse by {} of its level.",
        ),
        "cost_noise": _decades_of("Validation jumps by {} of its level."),
        "cost_rise": _gained("Validation gave back {} of its level since its best.", "Validation is at its best."),
        "error_level": _decades_of("The validation error stands at {}."),
        "loss_of_error": lambda value, _: Said(
            f"The training loss is {number(plain(value))} times the share of validation examples that are wrong."
        ),
        "validation_of_training": _times("At the end the validation loss is {} times the training loss."),
    }
)
"""By the name of what was measured."""

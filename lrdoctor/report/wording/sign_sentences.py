"""What each measured quantity says, as a sentence that a stranger reads: one line each, true whatever the value.

A quantity is kept on a logarithm or in some unit of its own (`measurement/signs`); here that is undone.  "Progress" is
how far the loss came down in all; "what a good LR may cost" is the loss that still counts as good (`BAND_LOSS`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lrdoctor.report.wording.numbers import estimate, number, percent, position

Place = tuple[float, float]
# Below this share a change is none.
NOTHING = 0.005
# A slope within so many of its standard errors is none.
CLEAR = 2.0
DOUBLING = math.log(2)
# Progress that was made within this share of the run came early.
SOON = 0.5
SECOND_HALF, LAST_FIFTH, LAST_THIRD, EARLY = (0.5, 1.0), (0.8, 1.0), (2 / 3, 1.0), (0.0, 0.1)
END = (0.95, 1.0)


@dataclass(frozen=True)
class Said:
    """A sentence, and where it can be seen: shares of the run, or None."""

    text: str
    place: Place | None = None


Sentence = Callable[[float], Said]


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
    """A share as people say it: whole percent, small ones to two digits, beyond all of it as a multiple.

    >>> part(0.034), part(0.0021), part(3.2)
    ('3 %', '0.21 %', '3.2 times')
    """
    if share >= 2:
        return f"{estimate(share)} times"
    return percent(share) if share >= 0.01 or share <= 0 else f"{estimate(100 * share)} %"


def _reached(what: str) -> Sentence:
    """After which share of the run so much of the progress was made; the value in decades."""

    def said(value: float) -> Said:
        share = min(plain(value), 1.0)
        if share < SOON:
            return Said(
                f"{what} of all progress came in the first {part(share)} of the run, then it slowed.", (0.0, share)
            )
        return Said(f"{what} of all progress took {part(share)} of the run.", (0.0, share))

    return said


def _steps_to(what: str) -> Sentence:
    return lambda value: Said(f"{what} of all progress took {position(round(plain(value)))} steps.")


def _done(share: float) -> Sentence:
    def said(value: float) -> Said:
        if value < NOTHING:
            return Said(f"After {part(share)} of the run the loss had not come down yet.", (0.0, share))
        return Said(f"After {part(share)} of the run {part(value)} of all progress was made.", (0.0, share))

    return said


def _at(what: str) -> Sentence:
    def said(value: float) -> Said:
        share = min(plain(value), 1.0)
        return Said(f"{what} {part(share)} into the run.", (share, share))

    return said


def _moved(where: str, per: str, place: Place | None, scale: float = 1.0, *, of: str = "of all progress") -> Sentence:
    """A fall (positive) or a rise of the loss, on the signed logarithm."""

    def said(value: float) -> Said:
        change = unsigned(value) * scale
        if abs(change) < NOTHING:
            return Said(f"{where} the loss hardly moved.", place)
        way = "fell" if change > 0 else "rose"
        return Said(f"{where} the loss {way} by {part(abs(change))} {of}{per}.", place)

    return said


def _clear(where: str, place: Place | None) -> Sentence:
    """A slope over its standard error, falling positive, on log10(1 + |t|)."""

    def said(value: float) -> Said:
        t = unsigned(value, 1.0)
        if abs(t) < CLEAR:
            return Said(f"{where} the loss neither falls nor rises beyond its noise.", place)
        way = "falls" if t > 0 else "rises"
        return Said(f"{where} the loss {way} for certain: {estimate(abs(t))} times beyond what noise does.", place)

    return said


def _share_of(text: str, none: str, place: Place | None = None) -> Sentence:
    """A share as it is; `none` where it is next to nothing."""
    return lambda value: Said(text.format(part(value)) if value >= NOTHING else none, place)


def _decades_of(text: str, place: Place | None = None) -> Sentence:
    """A share in decades."""
    return lambda value: Said(text.format(part(plain(value))), place)


def _times(text: str, none: str = "", place: Place | None = None, least: float = 0.0) -> Sentence:
    """A ratio in decades; `none` where it is below `least`."""
    return lambda value: Said(text.format(estimate(plain(value))) if plain(value) >= least else none, place)


def _gained(text: str, lost: str, place: Place | None = None) -> Sentence:
    """A share on the signed logarithm: a gain or a loss."""
    return lambda value: Said((text if value >= 0 else lost).format(part(abs(unsigned(value)))), place)


def _tolerances(text: str, none: str, lost: str = "", place: Place | None = None) -> Sentence:
    """An amount of validation in what a good LR may cost, on the signed logarithm of unit 0.1."""

    def said(value: float) -> Said:
        amount = unsigned(value, 0.1)
        if abs(amount) < 0.1 or (amount < 0 and not lost):
            return Said(none, place)
        return Said((text if amount > 0 else lost).format(estimate(abs(amount))), place)

    return said


def _alike(value: float) -> Said:
    if value < -0.1:
        return Said("At the end the loss goes up and down from one step to the next.", LAST_THIRD)
    if value > 0.3:
        return Said("At the end the loss drifts up and down over many steps.", LAST_THIRD)
    return Said("At the end the loss scatters from step to step without a pattern.", LAST_THIRD)


def _against_usual(value: float) -> Said:
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
            f"At the end {it.lower()} still improved, by {{}} times what a good LR may cost per tenfold of the steps.",
            f"At the end {it.lower()} no longer improved.",
            f"At the end {it.lower()} got worse, by {{}} times what a good LR may cost per tenfold of the steps.",
            (0.3, 1.0),
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
        "end_slope": _moved("In the second half", " per doubling of the steps", SECOND_HALF, DOUBLING),
        "end_slope_80": _moved("In the last fifth", " per doubling of the steps", LAST_FIFTH, DOUBLING),
        "end_slope_t": _clear("In the second half", SECOND_HALF),
        "rise_from_lowest": _share_of(
            "At the end the loss had given back {} of its progress.", "The loss ends at its lowest level.", END
        ),
        "when_lowest": _at("The loss was lowest"),
        "net_change": _gained(
            "From start to end the loss fell by {} of its first value.",
            "From start to end the loss rose by {} of its first value.",
            END,
        ),
        "late_gain": _gained(
            "The second half of the run made {} of all progress.",
            "The second half of the run lost {} of the progress.",
            SECOND_HALF,
        ),
        "decay_drop": _moved("While the LR came down", "", None),
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
        "spikes": lambda value: Said(
            "There are no spikes at the end."
            if value <= -3.99
            else f"{part(plain(value))} of the last losses are spikes.",
            LAST_THIRD,
        ),
        "early_peak": _times(
            "Early on the loss rose to {} times its start.",
            "Early on the loss never rose above its start.",
            EARLY,
            1.05,
        ),
        "highest": _times(
            "The highest single loss was {} times the start.", "No loss stood clearly above the start.", None, 1.1
        ),
        "rising_share": _share_of("Over {} of the run the loss rose.", "The loss never rose for long."),
        "end_over_start": _decades_of("The loss ends at {} of what it began with.", END),
        "non_finite": _share_of("{} of the logged losses are NaN or infinite.", "Every logged loss is a number."),
        "blow_up_time": lambda value: Said(
            f"After {position(round(plain(value)))} steps the loss first stood 1.5 times above its start."
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
        "log_lr": lambda value: Said(f"An LR of {estimate(plain(value))} is told by itself, whatever the curve does."),
        "points": lambda value: Said(f"{position(round(plain(value)))} losses were logged."),
        "steps": lambda value: Said(f"The run took {position(round(plain(value)))} steps."),
        "end_lr": _decades_of("The LR ends at {} of its peak."),
        "used_time": _share_of("The LR stood at {} of its peak on average.", "The LR was next to nothing on average."),
        "level_slope": _moved("Over the log", " per doubling of the steps", None, DOUBLING, of="of its level"),
        "level_slope_t": _clear("Over the log", None),
        "level_change": _moved("From the log's first quarter to its last", "", None, of="of its level"),
        "level_spread": _decades_of("At the end high losses stand {} above the usual ones.", LAST_THIRD),
        "level_wandering": _decades_of("In the second half the smoothed loss wanders by {} of its level.", SECOND_HALF),
        "highest_of_level": _times("The highest single loss stands at {} times the level at the end."),
        "time_before": lambda value: Said(f"The log ends at step {position(round(plain(value)))} of the training."),
        "cost_change": _gained(
            "Over the log validation improved by {} of its level.",
            "Over the log validation got worse by {} of its level.",
        ),
        "cost_noise": _decades_of("Validation jumps by {} of its level."),
        "cost_rise": _gained("Validation gave back {} of its level since its best.", "Validation is at its best."),
        "error_level": _decades_of("The validation error stands at {}."),
        "loss_of_error": lambda value: Said(
            f"The training loss is {number(plain(value))} times the share of validation examples that are wrong."
        ),
        "validation_of_training": _times("At the end the validation loss is {} times the training loss."),
    }
)
"""By the name of what was measured."""

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("t50", "t80", "t95", "t99", "done_1", "done_3", "done_10", "done_30", "steepest"), "when"),
        **dict.fromkeys(("t10_steps", "t50_steps", "steps", "points", "time_before"), "how long"),
        **dict.fromkeys(("end_slope", "end_slope_80", "end_slope_t", "late_gain", "law_next"), "end"),
        **dict.fromkeys(("level_slope", "level_slope_t", "level_change"), "change"),
        **dict.fromkeys(
            ("noise_of_descent", "spread", "descent_over_noise", "noise_of_level", "level_spread"), "noise"
        ),
        **dict.fromkeys(("slow_noise", "slow_excess", "level_wandering"), "wandering"),
        **dict.fromkeys(("highest", "early_peak", "blow_up_time", "highest_of_level"), "above"),
        **dict.fromkeys(("depth", "net_change", "end_over_start"), "how far"),
        **dict.fromkeys(("when_lowest", "rise_from_lowest"), "given back"),
        **dict.fromkeys(("goal_half", "goal_most", "goal_tolerated"), "validation when"),
        **dict.fromkeys(("goal_late", "goal_late_best", "goal_falling", "cost_change"), "validation end"),
        **dict.fromkeys(("loss_half", "loss_most", "loss_tolerated", "loss_best_at"), "validation loss when"),
        **dict.fromkeys(("loss_late", "loss_late_best", "loss_falling", "loss_rise"), "validation loss end"),
        **dict.fromkeys(("over_customary_adaptive", "over_customary_sgd", "log_lr"), "usual"),
        **dict.fromkeys(("decay_drop", "law_released", "end_lr", "used_time"), "schedule"),
    }
)
"""Quantities that say much the same: of each family one reason is enough."""

BEYOND_THE_CURVE = frozenset(
    {"over_customary_adaptive", "over_customary_sgd", "log_lr", "points", "steps", "time_before", "end_lr", "used_time"}
)
"""What is not seen in the curve: told last."""

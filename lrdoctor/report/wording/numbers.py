"""Numbers as people read them: two or three digits, no noise, NaN and infinity by name."""

import math

COUNT_WITHOUT_COMMA = 10_000


def significant(value: float, digits: int) -> str:
    """`value` to `digits` significant digits, scientific outside [0.01, 100000).

    >>> significant(0.000319, 2), significant(0.05, 3), significant(1234.5, 3), significant(float("nan"), 2)
    ('3.2e-4', '0.05', '1230', 'NaN')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    mantissa, power = f"{value:.{digits - 1}e}".split("e")
    exponent = int(power)
    if -2 <= exponent < 5:
        text = f"{float(f'{value:.{digits - 1}e}'):.{max(0, digits - 1 - exponent)}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{exponent}"


def learning_rate(value: float) -> str:
    """A learning rate, at most three digits: `1e-3`, `2.5e-4`, `0.05`.

    >>> learning_rate(0.001), learning_rate(0.00025), learning_rate(0.1)
    ('1e-3', '2.5e-4', '0.1')
    """
    return significant(value, 3)


def estimate(value: float) -> str:
    """A number known to two digits at best: a suggested LR, a factor, an interval's end."""
    return significant(value, 2)


def number(value: float) -> str:
    """A measured value, three digits."""
    return significant(value, 3)


def percent(probability: float) -> str:
    """A probability in whole percent; never 0 or 100 unless it is.

    >>> percent(0.842), percent(0.002), percent(0.999), percent(1.0), percent(float("nan"))
    ('84 %', '<1 %', '>99 %', '100 %', 'NaN')
    """
    if math.isnan(probability):
        return "NaN"
    rounded = round(100 * probability)
    if rounded == 0 and probability > 0:
        return "<1 %"
    if rounded == 100 and probability < 1:
        return ">99 %"
    return f"{rounded} %"


def position(step: float) -> str:
    """A place on the step axis: whole where it is whole, with commas from 10,000.

    >>> position(1200.0), position(12000.0), position(2.25)
    ('1200', '12,000', '2.25')
    """
    if not math.isfinite(step):
        return significant(step, 3)
    if abs(step) >= 1e15:
        return significant(step, 4)
    if step == math.floor(step):
        return f"{step:,.0f}" if abs(step) >= COUNT_WITHOUT_COMMA else f"{step:.0f}"
    return f"{step:,.2f}" if abs(step) >= 0.1 else significant(step, 3)


def count(things: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: `1 run`, `12 runs`, `2 entries`.

    >>> count(1, "run"), count(12000, "run"), count(0, "entry", "entries")
    ('1 run', '12,000 runs', '0 entries')
    """
    return f"{things:,} {noun if things == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A wall time as people say it.

    >>> duration(0.44), duration(41.2), duration(200), duration(5400)
    ('0.44 s', '41 s', '3.3 min', '1.5 h')
    """
    if seconds >= 3600:
        return f"{significant(seconds / 3600, 2)} h"
    if seconds >= 120:
        return f"{significant(seconds / 60, 2)} min"
    return f"{significant(seconds, 2)} s"

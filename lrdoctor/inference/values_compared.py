"""Settings of several runs compared by their values, where names do not tell what they are.

A number that is the same multiple of the LR in every run follows from it.  One that equals the last, lowest or highest
value of a logged series came of the training; so did one with five digits or more that no two runs share, beside LRs
that somebody chose.  A text may hold the LR (`adam(lr=0.01)`, `out/3e-4_wide`).
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from lrdoctor import limits
from lrdoctor.records.run import HParam, Series
from lrdoctor.vocabulary.setting_keys import setting_number
from lrdoctor.vocabulary.tags import words

# With such a word a number is a choice, however it varies: batches are scaled with the LR on purpose.
_CHOSEN = frozenset(
    words(
        "decay wd weight weights momentum beta beta1 beta2 betas dropout eps epsilon clip batch size width dim hidden"
        " depth layers heads steps epochs tokens alpha gamma lambda temperature smoothing init std scale"
    )
)
_COUNTED = re.compile(r"((?:^|(?<=[^a-z]))(?:seed|s|run|trial|version|rep|exp|job)[-_=]?)\d+(?![\d.])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)
_DIGITS = re.compile(r"e.*|[^\d]")


def setting_text(value: HParam) -> str:
    """A setting as it is compared and shown."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return str(value)
    return f"{value:g}"


def name_pattern(name: str, lr: float | None) -> str:
    """A name with the number that is its LR, and numbers that only count, taken out: the same all over a sweep.

    >>> name_pattern("adam_lr1e-3_big", 0.001), name_pattern("lr0.01_s2", 0.01)
    ('adam_lr*_big', 'lr*_s*')
    >>> name_pattern("run_07", 0.1), name_pattern("layers12", 0.1)
    ('run_*', 'layers12')
    """

    def starred(found: re.Match[str]) -> str:
        return "*" if lr is not None and abs(float(found[0]) - lr) <= 0.01 * lr else found[0]

    return _COUNTED.sub(r"\1*", _NUMBER.sub(starred, name))


def compared_by_value(
    keys: Sequence[str],
    settings: Sequence[Mapping[str, HParam]],
    lrs: Sequence[float],
    series: Sequence[Mapping[str, Series]],
) -> list[tuple[str, ...]]:
    """Texts of the settings `keys` in each of n runs: equal where two runs differ in LR alone, as far as values tell.

    Args:
        keys: the settings to compare.
        settings: of each run.
        lrs: of each run, positive, shape (n,).
        series: what each run logged.
    """
    extremes = [_extremes(logged) for logged in series] if keys else []
    columns = [_column(key, [one.get(key) for one in settings], lrs, extremes) for key in keys]
    return [tuple(column[i] for column in columns) for i in range(len(settings))]


def _column(key: str, values: Sequence[HParam], lrs: Sequence[float], extremes: Sequence[Sequence[float]]) -> list[str]:
    """One setting in every run, as it is compared."""
    numbers = [setting_number(value) for value in values]
    plain = [
        name_pattern(value, lr) if isinstance(value, str) and number is None else setting_text(value)
        for value, number, lr in zip(values, numbers, lrs, strict=True)
    ]
    known = [i for i, number in enumerate(numbers) if number is not None and np.isfinite(number)]
    distinct = {plain[i] for i in known}
    fractions = [i for i in known if (numbers[i] or 0.0) % 1]
    if len(distinct) < limits.VALUES_COMPARED or _CHOSEN & set(words(key)) or not fractions:
        return plain
    ratios = {i: f"{(numbers[i] or 0.0) / lrs[i]:.2g} of the LR" for i in known}
    if 2 * len(set(ratios.values())) <= len(distinct):
        return [ratios.get(i, text) for i, text in enumerate(plain)]
    logged = all(_is_among(numbers[i] or 0.0, setting_text(values[i]), extremes[i]) for i in known)
    if logged or (len(distinct) == len(known) and _measured([values[i] for i in known], [lrs[i] for i in known])):
        return ["" for _ in plain]
    return plain


def _extremes(logged: Mapping[str, Series]) -> list[float]:
    """Last, lowest and highest finite value of every series."""
    found: list[float] = []
    for one in logged.values():
        finite = one.value[np.isfinite(one.value)]
        if len(finite):
            found += [float(finite[-1]), float(finite.min()), float(finite.max())]
    return found


def _is_among(value: float, text: str, extremes: Sequence[float]) -> bool:
    """Whether a value is one of the extremes, as exactly as it is written."""
    decimals = len(text.partition(".")[2]) if "e" not in text else 0
    slack = max(0.5 * 10.0**-decimals if decimals else 0.0, limits.SAME_RESULT * abs(value))
    return any(abs(value - one) <= slack for one in extremes)


def _measured(values: Sequence[HParam], lrs: Sequence[float]) -> bool:
    """Whether the values look measured, beside LRs that look chosen."""
    chosen = max(_digits(lr) for lr in lrs) <= limits.CHOSEN_DIGITS
    return chosen and min(_digits(value) for value in values) > limits.CHOSEN_DIGITS + 1


def _digits(value: HParam) -> int:
    """How many significant digits a number is written with: 0.00125 has three."""
    text = value if isinstance(value, str) else repr(value)
    digits = _DIGITS.sub("", text.lower())
    return len(digits.strip("0"))

"""The names and values of settings, taken apart."""

import re
from functools import lru_cache

from lrdoctor.records.run import HParam, Series
from lrdoctor.vocabulary.tags import words

# Nothing outside is a learning rate; a ratio of two inside neither overflows nor vanishes.
LEAST_LR, MOST_LR = 1e-30, 1e30
CACHED_KEYS = 20_000  # of settings whose words are remembered: as many as one file may hold


def peak_lr(series: Series) -> float | None:
    """The highest value that can be a learning rate; None where there is none."""
    usable = series.value[(series.value >= LEAST_LR) & (series.value <= MOST_LR)]
    return float(usable.max()) if len(usable) else None


@lru_cache(maxsize=CACHED_KEYS)
def key_path(key: str) -> tuple[str, ...]:
    """The parts of a nested key, each as words joined with `_`; list positions are left out."""
    parts = ["_".join(words(part)) for part in re.split(r"[/.]", key)]
    return tuple(part for part in parts if part and not part.isdecimal()) or ("",)


def setting_number(value: HParam) -> float | None:
    """A setting as a number; None for words, switches and what is missing."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):  # a word, or an integer beyond 1e308
        return None

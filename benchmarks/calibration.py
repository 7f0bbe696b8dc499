"""Is a stated probability the frequency of what it is stated of?"""

from collections.abc import Sequence

import numpy as np

from benchmarks.metrics import WORDS, Answer
from benchmarks.rows import Row


def reliability(rows: Sequence[Row], said: Sequence[Answer]) -> list[tuple[float, float, float, int]]:
    """Ten bins of stated probability, all four verdicts of all runs: lower border, mean stated, frequency, count."""
    stated = np.array([[answer.p.get(word, 0.0) for word in WORDS] for answer in said])
    true = np.array([[row.verdict == word for word in WORDS] for row in rows])
    bins = np.minimum((stated * 10).astype(int), 9)
    return [
        (k / 10, float(stated[bins == k].mean()), float(true[bins == k].mean()), int((bins == k).sum()))
        for k in range(10)
        if (bins == k).any()
    ]

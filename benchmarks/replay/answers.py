"""What the finders answered, as `finders/` left it in a file, joined to one LR a budget."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.replay.finders import TEST_STEPS, Answers

SEEDS = tuple(range(8))
BUDGETS = (300, 1_000)
TESTS = max(BUDGETS) // TEST_STEPS


@dataclass(frozen=True, eq=False)
class Line:
    """One library's range test."""

    library: str
    task: str
    seed: int
    test: int
    answers: Answers


def test_seed(seed: int, test: int) -> int:
    """Weights and data order of a range test: new ones in each."""
    return 10_000 + 100 * seed + test


def read(file: Path) -> list[Line]:
    """Tests kept so far; none where there is no file."""
    if not file.exists():
        return []
    return [Line(**json.loads(line)) for line in file.read_text().splitlines()]


def joined(answers: Sequence[float | None]) -> float | None:
    """The geometric median of the range tests that gave an answer; None where none did."""
    given = [np.log(lr) for lr in answers if lr is not None]
    return float(np.exp(np.median(given))) if given else None


def suggested(lines: Iterable[Line], budget: int) -> dict[tuple[str, str, int], float | None]:
    """By method, task and seed: the LR after as many range tests as fit into the budget."""
    heard: dict[tuple[str, str, int], list[float | None]] = {}
    for line in lines:
        if line.test < budget // TEST_STEPS:
            for method, lr in line.answers.items():
                heard.setdefault((method, line.task, line.seed), []).append(lr)
    return {key: joined(answers) for key, answers in heard.items()}

"""The figures a diagnosis is judged by; each mirrors the definition of the outside scorer.

F1 (macro; `inconclusive` is wrong), near (right, or the next run's verdict on the grid), Brier, bluff
(stated >= 0.8 and not even near), stays (a good run's prescription leads to a good run), visits 1 to 3
(shares of starts within two decades of the band that stand in it after that many prescriptions),
coverage of the 80 % interval and its median width in decades, mean regret of the runs before and after
one prescription, and the share of runs that it made worse by more than the tolerance (families count alike).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.rows import Row

WORDS = ("too-slow", "well-tuned", "too-high", "divergent")


@dataclass(frozen=True)
class Answer:
    """What a tool says of one run: verdict, probabilities, factor on the LR (None: nothing prescribed), interval."""

    verdict: str
    p: Mapping[str, float]
    factor: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Scores:
    """One line of the accuracy table."""

    runs: int
    f1: float
    near: float
    brier: float
    bluff: float
    inconclusive: float
    stays: float
    visits: tuple[float, float, float]
    coverage: float
    width: float
    before: float
    after: float
    worse: float

    HEADER = "runs    F1  near brier bluff  inc. stays visits 1, 2, 3       cov. width before after worse"

    def line(self) -> str:
        """One row under HEADER."""
        visits = " ".join(f"{v:.3f}" for v in self.visits)
        return (
            f"{self.runs:5d} {self.f1:.3f} {self.near:.3f} {self.brier:.3f} {self.bluff:.3f} {self.inconclusive:.3f}"
            f" {self.stays:.3f} {visits} {self.coverage:8.3f} {self.width:5.2f}"
            f"  {self.before:.3f} {self.after:.3f} {self.worse:.3f}"
        )


def sweeps(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Indices of each sweep's rows, ascending in LR."""
    found: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        found.setdefault(row.sweep, []).append(i)
    return {name: sorted(members, key=lambda i: rows[i].lr) for name, members in found.items()}


def near_words(rows: Sequence[Row]) -> list[set[str]]:
    """For each run the verdicts that count as near."""
    ok: list[set[str]] = [set() for _ in rows]
    for members in sweeps(rows).values():
        words = [rows[i].verdict for i in members]
        for k, i in enumerate(members):
            ok[i] = set(words[max(0, k - 1) : k + 2])
            if rows[i].verdict in WORDS[2:] and 0.95 <= rows[i].end_ratio <= 1.15:
                ok[i] |= set(WORDS[2:])
    return ok


def macro_f1(truth: Sequence[str], said: Sequence[str]) -> float:
    """Mean of the verdicts' F1 scores, over those that occur."""
    scores = []
    for word in WORDS:
        hit = sum(t == s == word for t, s in zip(truth, said, strict=True))
        miss = sum((t == word) != (s == word) for t, s in zip(truth, said, strict=True))
        if hit + miss:
            scores.append(2 * hit / (2 * hit + miss))
    return float(np.mean(scores))


Prescribe = Callable[[Sequence[int]], float]  # indices of the runs made so far -> log10 of the LR to use next


def walk(rows: Sequence[Row], prescribe: Prescribe) -> tuple[float, tuple[float, float, float]]:
    """Share of good runs that stay good, and of starts that stand in the band after 1, 2 and 3 prescriptions."""
    stays: list[bool] = []
    inside, starts = np.zeros(4), 0
    for members in sweeps(rows).values():
        if rows[members[0]].edge:
            continue
        grid = np.log10([rows[i].lr for i in members])
        good = [rows[i].verdict == "well-tuned" for i in members]
        low, high = np.log10(rows[members[0]].band_low), np.log10(rows[members[0]].band_high)
        cache: dict[tuple[int, ...], int] = {}

        def following(
            made: Sequence[int],
            members: list[int] = members,
            grid: np.ndarray = grid,
            cache: dict[tuple[int, ...], int] = cache,
        ) -> int:
            key = tuple(made)
            if key not in cache:
                cache[key] = int(np.abs(grid - prescribe([members[k] for k in made])).argmin())
            return cache[key]

        for start in range(len(members)):
            if good[start]:
                stays.append(good[following([start])])
            if not low - 2.01 <= grid[start] <= high + 2.01:
                continue
            starts, at, made = starts + 1, start, [start]
            for visit in range(4):
                inside[visit] += good[at]
                at = following(made) if visit < 3 else at
                made = [k for k in made if k != at] + [at]
    share = inside / max(starts, 1)
    return float(np.mean(stays)), (float(share[1]), float(share[2]), float(share[3]))


def score(rows: Sequence[Row], answers: Sequence[Answer], prescribe: Prescribe) -> Scores:
    """All figures for one tool on one variant."""
    truth, said = [r.verdict for r in rows], [a.verdict for a in answers]
    ok = near_words(rows)
    near = [s in words for s, words in zip(said, ok, strict=True)]
    brier = [sum((a.p.get(w, 0.0) - (w == t)) ** 2 for w in WORDS) for a, t in zip(answers, truth, strict=True)]
    bluff = [max(a.p.values()) >= 0.8 and not n and a.verdict in WORDS for a, n in zip(answers, near, strict=True)]
    inner = [(r, a) for r, a in zip(rows, answers, strict=True) if not r.edge]
    held = [a.interval is not None and a.interval[0] <= 0.5 * (r.low + r.high) <= a.interval[1] for r, a in inner]
    widths = [a.interval[1] - a.interval[0] for _, a in inner if a.interval is not None]
    stays, visits = walk(rows, prescribe)
    before, after, worse = harm(rows, answers)
    return Scores(
        runs=len(rows),
        f1=macro_f1(truth, said),
        near=float(np.mean(near)),
        brier=float(np.mean(brier)),
        bluff=float(np.mean(bluff)),
        inconclusive=said.count("inconclusive") / len(said),
        stays=stays,
        visits=visits,
        coverage=float(np.mean(held)),
        width=float(np.median(widths)) if widths else float("nan"),
        before=before,
        after=after,
        worse=worse,
    )


def harm(rows: Sequence[Row], answers: Sequence[Answer]) -> tuple[float, float, float]:
    """Mean regret before and after one prescription, and the share of runs made worse; families count alike."""
    by_family: dict[str, list[tuple[float, float, bool]]] = {}
    for members in sweeps(rows).values():
        part = [rows[i] for i in members]
        tolerance = 0.03 if len(part[0].val_accuracy) else 0.01
        for i in members:
            own = regret_at(part, rows[i].lr)
            factor = answers[i].factor
            new = own if factor is None else regret_at(part, rows[i].lr * factor)
            by_family.setdefault(rows[i].family, []).append((own, new, new > own + tolerance))
    before, after, worse = np.mean([np.mean(found, axis=0) for found in by_family.values()], axis=0)
    return float(before), float(after), float(worse)


def regret_at(sweep: Sequence[Row], lr: float) -> float:
    """Regret at any LR, at most 1, as the outside scorer reads it off a sweep's runs, ascending in LR.

    Linear in log LR on the grid, 0.3 more a decade beyond it (half a decade free where the band touches that end).
    """
    grid, at = np.log10([row.lr for row in sweep]), float(np.log10(lr))
    free_low = 0.5 * (sweep[0].band_low <= sweep[0].lr * 1.001)
    free_high = 0.5 * (sweep[0].band_high >= sweep[-1].lr * 0.999)
    beyond = max(0.0, float(grid[0]) - free_low - at, at - float(grid[-1]) - free_high)
    return float(min(1.0, np.interp(at, grid, [row.regret for row in sweep]) + 0.3 * beyond))


def confusion(rows: Sequence[Row], said: Sequence[Answer]) -> str:
    """Counts of verdicts, truth down and said across."""
    words = [*WORDS, "inconclusive"]
    lines = ["            " + " ".join(f"{word:>12}" for word in words)]
    for truth in WORDS:
        counts = [
            sum(r.verdict == truth and a.verdict == word for r, a in zip(rows, said, strict=True)) for word in words
        ]
        lines.append(f"{truth:12}" + " ".join(f"{count:12d}" for count in counts))
    return "\n".join(lines)

"""How often each finding is made, by the run's true verdict: how much it says.

Findings are not fitted, so no fold is left out.  One that fires on more than 5 % of well-tuned runs may be no more than
informational; `ratio` is the verdict it speaks most for, with its rate over that among all other runs.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.metrics import WORDS, sweeps
from benchmarks.rows import Row
from lrdoctor.findings import FINDINGS
from lrdoctor.findings.shallow_descent import log_log
from lrdoctor.measurement.case import Case
from lrdoctor.measurement.signs.descent import falls
from lrdoctor.records.diagnosis import Severity

MOST_OF_GOOD = 0.05
SOME = 0.005  # of the verdict it speaks for; below it the ratio is chance
RATES = Path("lrdoctor/findings/frequencies.json")


def made(cases: Sequence[Case]) -> dict[str, "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    """For every finding whether each run has it, shape (runs,)."""
    return {rule.name: np.array([rule.check(case) is not None for case in cases]) for rule in FINDINGS}


def rates(rows: Sequence[Row], cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Share of the runs of each verdict that have the finding, by finding; only findings that occur."""
    truth = np.array([row.verdict for row in rows])
    seen = {name: has for name, has in made(cases).items() if has.any()}
    counts = {word: max(int((truth == word).sum()), 1) for word in WORDS}
    return {
        name: {word: float(has[truth == word].sum() / counts[word]) for word in WORDS} for name, has in seen.items()
    }


def table(rows: Sequence[Row], found: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The rates as lines of text, and which severities they forbid."""
    truth = np.array([row.verdict for row in rows])
    counts = {word: int((truth == word).sum()) for word in WORDS}
    lines = [f"{'finding':28} {'severity':8} " + " ".join(f"{word:>10}" for word in WORDS) + "  speaks most for"]
    lines.append(f"{'(runs)':28} {'':8} " + " ".join(f"{counts[word]:10d}" for word in WORDS))
    for rule in FINDINGS:
        if rule.name not in found:
            lines.append(f"{rule.name:28} {rule.severity.value:8} not in these logs")
            continue
        mine = found[rule.name]
        others = {word: _among([w for w in WORDS if w != word], mine, counts) for word in WORDS}
        best = max(WORDS, key=lambda word: mine[word] / max(others[word], 1e-4))
        ratio = mine[best] / max(others[best], 1e-4)
        bad = rule.severity is not Severity.INFO and mine["well-tuned"] > MOST_OF_GOOD
        lines.append(
            f"{rule.name:28} {rule.severity.value:8} "
            + " ".join(f"{mine[word]:10.3f}" for word in WORDS)
            + (f"  {best} x{ratio:.1f}" if mine[best] >= SOME else "  seen too rarely")
            + ("   FIRES ON TOO MANY GOOD RUNS" if bad else "")
        )
    return lines


def grounds(rows: Sequence[Row], cases: Sequence[Case]) -> list[str]:
    """What limits rest on, of well-tuned runs: ATTAINABLE and SHALLOW on slopes, DEAD and POOR on descents."""
    good = [c.curve for row, c in zip(rows, cases, strict=True) if row.verdict == "well-tuned" and c.curve is not None]
    exponents = [-log_log(curve)[1].value for curve in good if (curve.loss > 0).all() and falls(curve)]
    descents = [curve.descent / curve.start for curve in good if curve.start > 0]
    slopes = ", ".join(f"{q:.2f}" for q in np.quantile(exponents, [0.1, 0.25, 0.5, 0.75]))
    shares = ", ".join(f"{q:.2f}" for q in np.quantile(descents, [0.01, 0.05, 0.1]))
    return [
        f"exponent of the loss in time, {len(exponents)} well-tuned runs that still fall: 10, 25, 50, 75 %: {slopes}",
        f"descent over the start, {len(descents)} well-tuned runs: 1, 5, 10 %: {shares}",
    ]


def _among(words: Sequence[str], mine: Mapping[str, float], counts: Mapping[str, int]) -> float:
    """The finding's rate among the runs of several verdicts."""
    return sum(mine[word] * counts[word] for word in words) / max(sum(counts[word] for word in words), 1)


def write_rates(rows: Sequence[Row], found: Mapping[str, Mapping[str, float]], sources: Sequence[str]) -> None:
    """Keep the rates for `lrdoctor explain`, with where they come from."""
    data = {
        "command": "python -m benchmarks findings --write",
        "runs": len(rows),
        "sweeps": len(sweeps(rows)),
        "sources": list(sources),
        "rates": {name: {word: round(share, 3) for word, share in mine.items()} for name, mine in found.items()},
    }
    RATES.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")

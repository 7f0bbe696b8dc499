"""Why, in about six words, for a table of runs."""

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Verdict
from lrdoctor.report.wording.numbers import position

# By verdict, the findings that tell most of it, in this order.
TELLING: dict[Verdict, tuple[tuple[str, str], ...]] = {
    Verdict.TOO_SLOW: (
        ("still-falling", "still falling when it ended"),
        ("shallow-descent", "far from done at the end"),
        ("warm-up-missing", "rough start, then slow progress"),
        ("lr-far-from-customary", "LR far below what is usual"),
    ),
    Verdict.TOO_HIGH: (
        ("early-blow-up", "blew up early, then recovered"),
        ("dead-from-the-start", "never learned from the start"),
        ("noise-floor", "stuck on a noise floor"),
        ("early-plateau", "fast at first, then stalled"),
        ("oscillation", "oscillates instead of settling"),
        ("spikes", "spikes again and again"),
        ("flat-not-decayed", "flat, and the LR never fell"),
        ("lr-far-from-customary", "LR far above what is usual"),
    ),
    Verdict.INCONCLUSIVE: (
        ("no-beginning", "the log lacks its beginning"),
        ("too-few-points", "too few points"),
        ("constant-loss", "the loss never moves"),
        ("chance-level", "stands where guessing stands"),
    ),
}
ELSE = {
    Verdict.TOO_SLOW: "progress left at the end",
    Verdict.TOO_HIGH: "stalls above what was possible",
    Verdict.WELL_TUNED: "early progress, then a steady fall",
    Verdict.DIVERGENT: "ends worse than it began",
    Verdict.INCONCLUSIVE: "the log does not tell",
}


def short_reason(diagnosis: Diagnosis) -> str:
    """Why a run got its verdict, in a few words."""
    onset, axis = diagnosis.onset, clean(diagnosis.run.step_axis).rpartition("/")[2][:12]
    if diagnosis.verdict is Verdict.DIVERGENT and onset is not None:
        if onset.non_finite is not None:
            return f"not finite from {axis} {position(onset.non_finite.step)}"
        if onset.off_trend is not None:
            return f"rises from {axis} {position(onset.off_trend.step)} on"
    found = {finding.name for finding in diagnosis.findings}
    telling = (words for name, words in TELLING.get(diagnosis.verdict, ()) if name in found)
    return next(telling, ELSE[diagnosis.verdict])

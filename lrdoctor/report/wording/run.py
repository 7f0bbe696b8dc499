"""The sentences every format shares, so that text and page never word one result in two ways."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor import limits
from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis, Evidence, Finding, Severity, Verdict
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series, path_as_named
from lrdoctor.report.wording.numbers import estimate, learning_rate, number, percent, position

# Odds nearer to 1 than this are shown as no change; beyond 1000-fold the exact number says nothing more.
NO_CHANGE = 1.05
LARGEST_ODDS = 1000.0
# How many signs a reason names, and the odds from which one counts as a reason.
REASONS = 3
REASON_ODDS = NO_CHANGE
# Units of signs that are measured on a logarithm; the second is bent to go through zero.
DECADES, SQUEEZED, SHARE = "decades", "signed log", "share"
LARGEST_POWER = 300
DIVIDES = {"×": "÷", "x": "/"}

# Spelled as in `Roles`, in the order a reader looks for them.
ROLE_WORDS = (
    ("loss", "training loss"),
    ("val_loss", "validation loss"),
    ("lr", "learning rate"),
    ("grad_norm", "gradient norm"),
    ("accuracy", "training accuracy"),
    ("val_accuracy", "validation accuracy"),
)


def verdict_words(verdict: Verdict) -> str:
    """The verdict as a reader says it: `too slow`."""
    return verdict.value.replace("-", " ")


def probability(diagnosis: Diagnosis) -> float | None:
    """The probability of the verdict given; None where it is inconclusive."""
    return diagnosis.probabilities.get(diagnosis.verdict)


@dataclass(frozen=True)
class Advice:
    """What to do next: `before number after` is the order, `detail` its scale and interval."""

    before: str
    number: str
    after: str
    detail: str

    @property
    def order(self) -> str:
        """The three parts as one phrase."""
        return " ".join(part for part in (self.before, self.number, self.after) if part)


def stays(diagnosis: Diagnosis) -> bool:
    """Whether the advice is to keep the learning rate; not where there is none."""
    return diagnosis.factor is not None and abs(math.log10(diagnosis.factor)) < limits.STAYS


def interval_words(diagnosis: Diagnosis, times: str) -> str:
    """The 80 % interval, as learning rates where the log names one, else as factors; "" where there is none."""
    if diagnosis.interval is not None:
        low, high = diagnosis.interval
        return f"good LRs probably {estimate(low)} to {estimate(high)}"
    if diagnosis.interval_decades is None:
        return ""
    low, high = (10.0**edge for edge in diagnosis.interval_decades)
    return f"good LRs probably {times} {estimate(low)} to {times} {estimate(high)}"


def advice(diagnosis: Diagnosis, times: str = "x") -> Advice:
    """What to do with the learning rate in the next run; `times` is the multiplication sign."""
    factor, last = diagnosis.next_factor, diagnosis.factor
    if factor is None or last is None:
        return Advice("Not enough evidence to change the LR", "", "", "")
    interval = interval_words(diagnosis, times)
    lr, suggested = diagnosis.lr, diagnosis.next_lr
    if stays(diagnosis) and diagnosis.verdict is not Verdict.WELL_TUNED:
        here = learning_rate(lr) if lr is not None else ""
        return Advice("Keep the LR", here, "for now", f"no other LR is clearly likelier to be good; {interval}")
    if stays(diagnosis):
        return Advice("Keep the LR", learning_rate(lr) if lr is not None else "", "", interval)
    # A run that is good by a narrow margin: staying is no mistake, and the likelier LR is not far.
    good = diagnosis.verdict is Verdict.WELL_TUNED
    on = onward(diagnosis, times)
    toward = f", then toward {on}" if on else ""
    if lr is not None and suggested is not None:
        before, after = ("Keep the LR, or try", "") if good else ("Use LR", "next")
        likelier = ", likelier to be good" if good else ""
        scale = f"this run's {learning_rate(lr)} {factor_words(factor, times)}{likelier}{toward}"
        return Advice(before, estimate(suggested), after, f"{scale}; {interval}")
    verb = "multiply" if factor >= 1 else "divide"
    before, after = (f"Keep the LR, or {verb} it by", "") if good else (f"{verb.capitalize()} the LR by", "next")
    size = estimate(max(factor, 1 / factor))
    return Advice(before, size, after, f"the log names no LR{toward}; {interval}")


def onward(diagnosis: Diagnosis, times: str = "x") -> str:
    """Where the advice leads beyond the next run: an LR, or a factor where the log names none; "" where no further."""
    first, last = diagnosis.next_factor, diagnosis.factor
    if first is None or last is None or abs(math.log10(last / first)) < limits.STAYS:
        return ""
    return factor_words(last, times) if diagnosis.suggested_lr is None else estimate(diagnosis.suggested_lr)


def factor_words(factor: float, times: str = "x") -> str:
    """A factor on the LR as people say it: times so much, or divided by so much.

    >>> factor_words(31.6), factor_words(0.056), factor_words(0.5, "×")
    ('x 32', '/ 18', '÷ 2')
    """
    if factor >= 1 or factor <= 0:
        return f"{times} {estimate(factor)}"
    return f"{DIVIDES.get(times, '/')} {estimate(1 / factor)}"


def to_do(diagnosis: Diagnosis, times: str = "x") -> str:
    """What to do with one run, for a table: the order, or why there is none.

    The reason of a refusal ends with what to do about the log; its first clause says what was found.
    """
    if diagnosis.verdict is not Verdict.INCONCLUSIVE:
        return advice(diagnosis, times).order
    return f"No change: {clean(diagnosis.reason)}" if diagnosis.reason else advice(diagnosis, times).order


def odds_words(odds: float, times: str = "x", divide: str = "/") -> str:
    """An odds factor as `x 3.2` or `/ 3.2`; empty where it hardly moves.

    >>> odds_words(3.21), odds_words(0.25), odds_words(1.01), odds_words(float("inf"))
    ('x 3.2', '/ 4', '', 'x >1000')
    """
    if math.isnan(odds) or odds < 0:
        return "?"
    if 1 / NO_CHANGE < odds < NO_CHANGE:
        return ""
    sign, size = (times, odds) if odds > 1 else (divide, 1 / odds if odds > 0 else math.inf)
    return f"{sign} {estimate(size)}" if size <= LARGEST_ODDS else f"{sign} >{LARGEST_ODDS:.0f}"


def weight(odds: float) -> float:
    """How strongly an odds factor speaks, either way: |log odds|; 0 where it is not a number."""
    if math.isnan(odds) or odds < 0:
        return 0.0
    return abs(math.log(odds)) if 0 < odds < math.inf else math.inf


def with_unit(value: float | None, unit: str) -> str:
    """A measured value with its unit; empty where nothing was measured."""
    return "" if value is None else f"{number(value)} {clean(unit)}".strip()


def sign_value(evidence: Evidence) -> str:
    """A sign's value as a reader knows it: decades are undone, and a squeezed value says nothing by itself."""
    if evidence.value is None or evidence.unit == SQUEEZED:
        return ""
    if evidence.unit == DECADES and abs(evidence.value) < LARGEST_POWER:
        return number(10.0**evidence.value)
    return with_unit(evidence.value, "" if evidence.unit == SHARE else evidence.unit)


def reason(diagnosis: Diagnosis) -> str:
    """Why this verdict, in a sentence: the diagnosis' own words, else what speaks for it most."""
    if diagnosis.reason:
        return clean(diagnosis.reason)
    if diagnosis.verdict is Verdict.DIVERGENT:
        return next((clean(f.message) for f in diagnosis.findings if f.severity is Severity.FAULT), "")
    odds = [(sign.odds.get(diagnosis.verdict, 1.0), sign) for sign in diagnosis.evidence]
    for_it = sorted((pair for pair in odds if pair[0] > REASON_ODDS), key=lambda pair: -weight(pair[0]))
    named = [f"{clean(s.label)} ({sign_value(s)})" if sign_value(s) else clean(s.label) for _, s in for_it[:REASONS]]
    return f"What speaks for it most: {'; '.join(named)}." if named else ""


def moves(evidence: Evidence) -> bool:
    """Whether a sign moved any verdict's odds enough to be shown."""
    return any(odds_words(odds) not in {"", "?"} for odds in evidence.odds.values())


def evidence_words(evidence: Evidence) -> str:
    """One sign in a sentence: what was measured, and the verdicts it speaks most for and against.

    The strongest is named; a second one only where it points the other way, so that the sentence says
    what the sign tells apart.
    """
    measured = sign_value(evidence)
    label = clean(evidence.label) + (f" ({measured})" if measured else "")
    ranked = sorted(evidence.odds.items(), key=lambda item: -weight(item[1]))
    moved = [(verdict, odds) for verdict, odds in ranked if odds_words(odds) not in {"", "?"}]
    if not moved:
        return f"{label}: hardly moves any verdict"
    first = moved[0]
    second = next((item for item in moved[1:] if (item[1] > 1) != (first[1] > 1)), None)
    parts = [likelier(*item) for item in (first, second) if item is not None]
    return f"{label}: makes {', '.join(parts)}"


def likelier(verdict: Verdict, odds: float) -> str:
    """One odds factor in words: `too-slow 3.2 times more likely`."""
    size, way = (odds, "more") if odds > 1 else (1 / odds if odds > 0 else math.inf, "less")
    amount = f"{estimate(size)} times" if size <= LARGEST_ODDS else f"over {LARGEST_ODDS:.0f} times"
    return f"{verdict.value} {amount} {way} likely"


def span_words(steps: tuple[float, float] | None, axis: str) -> str:
    """A step range on the run's axis: `step 1200 to 12,000`; empty where there is none."""
    if steps is None:
        return ""
    first, last = (position(step) for step in steps)
    return f"{clean(axis)} {first}" if first == last else f"{clean(axis)} {first} to {last}"


def measured_words(finding: Finding, axis: str) -> str:
    """A finding's value, its limit and where: `0.21 decades, limit 0.05; step 1200 to 5000`."""
    value, limit = with_unit(finding.value, finding.unit), finding.limit
    parts = [value] if value else []
    if limit is not None:
        parts.append(f"limit {number(limit)}")
    where = [", ".join(parts)] if parts else []
    span = span_words(finding.steps, axis)
    return "; ".join(where + ([span] if span else []))


def taken(roles: Roles) -> tuple[tuple[str, str, str], ...]:
    """Which series plays which part: (part, tag or empty, why or empty), every part listed."""
    return tuple(
        (word, clean(getattr(roles, part) or ""), clean(str(roles.why.get(part, "")))) for part, word in ROLE_WORDS
    )


def series_words(series: Series) -> str:
    """How much of a series there is: `1200 points, step 0 to 11,990, 3 not finite`."""
    import numpy as np

    if not len(series):
        return "no points"
    bad = int((~np.isfinite(series.value)).sum())
    ends = f"{position(float(series.step[0]))} to {position(float(series.step[-1]))}"
    return f"{len(series):,} points, {ends}" + (f", {bad:,} not finite" if bad else "")


def file_name(path: Path) -> str:
    """A file's name to show; of an event file without the host that wrote it, since reports are passed on.

    >>> file_name(Path("runs/a/events.out.tfevents.1742826235.DESKTOP-41.107869.0"))
    'events.out.tfevents.1742826235...'
    """
    return re.sub(r"(tfevents\.\d+)\..*", r"\1...", clean(path.name))


def source_files(run: Run) -> str:
    """The files read, by name; those with settings after `beside it`."""
    files = _distinct_names(run.source.files)
    beside = [file_name(path) for path in run.source.companions]
    text = few(files) or clean(path_as_named(run.source.path))
    return f"{text}; beside it {few(beside)}" if beside else text


def _distinct_names(files: Sequence[Path]) -> list[str]:
    """The files' names; with as much of their folders as it takes where two are called the same."""
    names = [file_name(path) for path in files]
    if len(set(names)) == len(names):
        return names
    parts = max(len(path.parts) for path in files)
    for depth in range(2, parts + 1):
        names = [clean("/".join((*path.parts[-depth:-1], file_name(path)))) for path in files]
        if len(set(names)) == len(names):
            break
    return names


def few(names: Sequence[str], most: int = 6) -> str:
    """The names in a row, the rest counted."""
    first = ", ".join(names[:most])
    return first if len(names) <= most else f"{first} and {len(names) - most:,} more"


def tally(diagnoses: Sequence[Diagnosis]) -> str:
    """How many of each verdict: `3 too slow, 1 divergent`."""
    counts = [(sum(d.verdict is verdict for d in diagnoses), verdict) for verdict in Verdict]
    return ", ".join(f"{n:,} {verdict_words(verdict)}" for n, verdict in counts if n)


def lr_cells(diagnosis: Diagnosis, times: str = "x") -> tuple[str, str, str]:
    """This LR, the next and the factor as a table's cells; no order is given where the verdict is inconclusive."""
    lr, suggested = diagnosis.lr, diagnosis.next_lr
    here = "" if lr is None else learning_rate(lr)
    if diagnosis.next_factor is None:
        return here, "", ""
    return here, "" if suggested is None else estimate(suggested), factor_words(diagnosis.next_factor, times)


def verdict_percent(diagnosis: Diagnosis) -> str:
    """The verdict's probability in percent; empty where it is inconclusive, and divergence is observed."""
    if diagnosis.verdict is Verdict.DIVERGENT:
        return "observed"
    value = probability(diagnosis)
    return "" if value is None else percent(value)


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` characters; the middle goes, since run names differ at their ends.

    >>> shorten("checkpoints/experiment/version_12", 20)
    'checkpoin...rsion_12'
    """
    if len(text) <= width:
        return text
    if width < 6:
        return text[: max(width, 0)]
    tail = (width - 3) // 2
    return f"{text[: width - 3 - tail]}...{text[-tail:]}"

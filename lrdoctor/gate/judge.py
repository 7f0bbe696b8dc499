"""Report, conditions, reasons to ignore, baseline -> what fails."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lrdoctor.gate.baseline import Baseline, compared
from lrdoctor.gate.fail_on import Condition
from lrdoctor.gate.subjects import Item, items
from lrdoctor.records.gate import Failure, Gate
from lrdoctor.records.globs import Glob
from lrdoctor.records.report import Report


@dataclass(frozen=True)
class Ignore:
    """Something that would fail, and the reason why it shall not.

    Args:
        condition: what it matches; a verdict whatever its certainty.
        path: which runs.
        reason: the user's, never empty.
    """

    condition: Condition
    path: Glob
    reason: str

    def covers(self, item: Item, condition: Condition) -> bool:
        """Whether it is about this; of a sweep about each of its runs, or each that has the finding."""
        same = (self.condition.kind, self.condition.word) == (condition.kind, condition.word)
        return same and all(self.path.fits(*item.places[i]) for i in item.concerned(condition))

    def __str__(self) -> str:
        return f"{self.condition.word} at '{self.path}' ({self.reason})"


@dataclass(frozen=True)
class Asked:
    """What fails, by default and below single paths; what is ignored; what an earlier report has already.

    `overrides` are (glob, conditions): the first that fits a run, or each run of a sweep, holds for it instead.
    """

    conditions: Sequence[Condition] = ()
    overrides: Sequence[tuple[Glob, Sequence[Condition]]] = ()
    ignores: Sequence[Ignore] = ()
    baseline: Baseline | None = None
    exit_zero: bool = field(default=False)

    def of(self, item: Item) -> Sequence[Condition]:
        """What fails an item."""
        for glob, conditions in self.overrides:
            if all(glob.fits(*place) for place in item.places):
                return conditions
        return self.conditions


def judge(report: Report, asked: Asked) -> Gate:
    """The outcome: every item once, whatever it matches."""
    failures, ignored, known = [], [], []
    used: set[int] = set()
    before = None if asked.baseline is None else compared(report, asked.baseline)
    for item in items(report):
        matched = [one for one in asked.of(item) if item.matches(one)]
        kept = []
        for condition in matched:
            reason = next((i for i, one in enumerate(asked.ignores) if one.covers(item, condition)), None)
            if reason is not None:
                used.add(reason)
                ignored.append(f"{item.words}: {condition.word}, ignored: {asked.ignores[reason].reason}")
            elif before is not None and before.has(item, condition):
                known.append(f"{item.words}: {condition.word}, as in the baseline")
            else:
                kept.append(condition)
        if kept:
            words = tuple(map(str, kept))
            apart = "" if before is None else before.where_apart(item)
            message = f"{item.words}: {item.answer}; matched {', '.join(words)}{apart}"
            failures.append(Failure(item.subject, item.index, words, message))
    every = [*asked.conditions, *(one for _, more in asked.overrides for one in more)]
    # Where nothing is asked for, nothing is ignored either, which says nothing of the reasons.
    unused = [one for i, one in enumerate(asked.ignores) if i not in used] if every else []
    warnings = [f"an ignore no longer applies: {one}: remove it" for one in unused]
    if before is not None and not every:
        warnings.append("--baseline does nothing here: say with --fail-on what shall fail")
    return Gate(
        asked=", ".join(dict.fromkeys(map(str, every))),
        failures=tuple(failures),
        ignored=tuple(ignored),
        known=tuple(known),
        warnings=tuple(warnings),
        exit_zero=asked.exit_zero,
    )

"""What the HTML page says of a replay, as data: every string is plain text, still to be escaped."""

from collections.abc import Callable
from dataclasses import dataclass

from lrdoctor.records.replay import Replay, Round
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.html.probability_bar import Share, shares
from lrdoctor.report.wording.numbers import count, learning_rate, percent, position
from lrdoctor.report.wording.replay import (
    ARM_HEADINGS,
    RECIPE_VERDICTS,
    ROUND_HEADINGS,
    arm_rows,
    best_arm,
    history,
    replay_advice,
    replay_name,
    replay_sentences,
    round_cells,
)
from lrdoctor.report.wording.run import Advice, verdict_words

TIMES = "×"

DrawReplay = Callable[[Replay, str], tuple[Figure, ...]]


def undrawn(_replay: Replay, _prefix: str) -> tuple[Figure, ...]:
    """A replay's page without figures."""
    return ()


@dataclass(frozen=True)
class ArmRow:
    """An arm as its table shows it: the LR, and cells in the order of the table's headings; `best` of its round."""

    lr: str
    cells: tuple[str, ...]
    best: bool


@dataclass(frozen=True)
class ArmTable:
    """The arms of one round, under its headings; `judged`: whether as a sweep."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[ArmRow, ...]
    judged: bool


@dataclass(frozen=True)
class ReplaySection:
    """Everything about one replay.

    `reran` is what was rerun; `lr`, `verdict`, `words` and `percent` are of its own LR; `log` is the section of the log
    that it began from, empty where that is not on the page.
    """

    anchor: str
    name: str
    reran: str
    lr: str
    verdict: str
    words: str
    percent: str
    advice: Advice
    sentences: tuple[str, ...]
    log: str
    shares: tuple[Share, ...]
    figures: tuple[Figure, ...]
    headings: tuple[str, ...]
    rounds: tuple[tuple[str, ...], ...]
    last: ArmTable | None
    earlier: tuple[ArmTable, ...]
    facts: tuple[tuple[str, str], ...]


def replay_section(replay: Replay, anchor: str, log: str, draw: DrawReplay) -> ReplaySection:
    """A replay's part of the page; `log` is the anchor of the log that it began from, or empty."""
    tables = tuple(arm_table(replay, one) for one in replay.rounds)
    value = replay.probabilities.get(replay.verdict)
    return ReplaySection(
        anchor=anchor,
        name=replay_name(replay),
        reran=replay.reran,
        lr=learning_rate(replay.lr),
        verdict=replay.verdict.value,
        words=verdict_words(replay.verdict),
        percent="" if value is None else percent(value),
        advice=replay_advice(replay, TIMES),
        sentences=replay_sentences(replay, TIMES),
        log=log,
        shares=shares(replay.probabilities, RECIPE_VERDICTS),
        figures=draw(replay, f"{anchor}-"),
        headings=ROUND_HEADINGS,
        rounds=tuple(round_cells(one) for one in replay.rounds),
        last=tables[-1] if tables else None,
        earlier=tables[:-1],
        facts=history(replay, TIMES),
    )


def arm_table(replay: Replay, one: Round) -> ArmTable:
    """The arms of a round."""
    rows, best = arm_rows(replay, one), best_arm(one)
    return ArmTable(
        title=f"{count(len(rows), 'rerun')} of {position(one.horizon)} steps",
        headings=ARM_HEADINGS[: len(rows[0]) if rows else 2],
        rows=tuple(ArmRow(row[0], row[1:], arm is best) for row, arm in zip(rows, one.arms, strict=True)),
        judged=bool(rows) and len(rows[0]) > 2,
    )

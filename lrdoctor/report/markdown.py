"""The report as Markdown: for a pull request, a post-mortem, a job's summary."""

import base64
import re

import numpy as np

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.gate import Subject
from lrdoctor.records.report import Report
from lrdoctor.report.entries import Entry, Level, entries
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.gate import no_pass
from lrdoctor.report.wording.numbers import count
from lrdoctor.report.wording.provenance import making, origin
from lrdoctor.report.wording.reasons import reasons
from lrdoctor.report.wording.run import advice, tally
from lrdoctor.report.wording.timeline import cause_words, timeline

MOST_BYTES = 60_000
DETAILED = 5  # runs that are told in full below the table
LONGEST = 120  # characters of a name or a path in the table
BLOCKS = "▁▂▃▄▅▆▇█"
POINTS = 16
# Everything that Markdown, or GitHub on top of it, reads as more than a letter.
_SPECIAL = re.compile(r"([\\`*_{}\[\]#!|<>~$@&])")
# Bidirectional marks could show one name as another.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def render(report: Report, options: Options = Options()) -> str:  # noqa: B008 - frozen
    """A sentence, a table with the worst first, the first few runs in full; at most `MOST_BYTES`."""
    shown = redacted(report)
    found = entries(shown)
    title = escaped(shown.provenance.title or "Learning rates")
    head = [f"## {title}: {summary(shown)}", "", *gate_lines(shown)]
    foot = ["", f"<sub>{'; '.join(escaped(f'{name} {value}') for name, value in making(shown.provenance))}</sub>", ""]
    details = [block for entry in found[:DETAILED] if (block := detail(entry))]
    heading = ["| | run | verdict | LR | next | why |", "|---|---|---|---|---|---|"]
    room = MOST_BYTES - _bytes([*head, *heading, *foot]) - 200
    rows: list[str] = []
    for entry in found:
        line = row(entry)
        room -= _bytes([line])
        if room < 0:
            break
        rows.append(line)
    more = [f"\nand {len(found) - len(rows):,} more"] if len(rows) < len(found) else []
    below: list[str] = []
    for block in [*details, *picture(shown, options)]:
        room -= _bytes([block])
        if room < 0:
            break
        below += ["", block]
    return "\n".join([*head, *heading, *rows, *more, *below, *foot])


def picture(report: Report, options: Options) -> list[str]:
    """The figure of the only run as data, where it was asked for; empty otherwise."""
    if not options.pictures or len(report.diagnoses) != 1:
        return []
    from lrdoctor.report.html.html import draw

    drawn = [figure.svg for figure in draw(report.diagnoses[0], "") if figure.kind == "loss"]
    return [f"![the loss](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})" for svg in drawn]


def _bytes(lines: list[str]) -> int:
    return sum(len(line.encode("utf-8", "backslashreplace")) + 1 for line in lines)


def summary(report: Report) -> str:
    """How much there is of what, in a line."""
    parts = [tally(report.diagnoses)] if report.diagnoses else []
    parts += [count(len(report.sweeps), "sweep")] if report.sweeps else []
    parts += [count(len(report.replays), "replay")] if report.replays else []
    parts += [f"{len(report.unreadable):,} not read"] if report.unreadable else []
    return ", ".join(parts) or "nothing was read"


def gate_lines(report: Report) -> list[str]:
    """Whether it passes, and what does not."""
    gate = report.gate
    if gate is None:
        return []
    if not gate.failures:
        return [f"**Passes** {escaped(gate.asked + no_pass(report))}", ""]
    shown = [f"- {escaped(failure.message[:300])}" for failure in gate.failures[:10]]
    more = [f"- and {len(gate.failures) - 10:,} more"] if len(gate.failures) > 10 else []
    return [f"**Fails** {escaped(gate.asked + no_pass(report))}", "", *shown, *more, ""]


def row(entry: Entry) -> str:
    """A line of the table."""
    name = f"**{escaped(entry.name[:LONGEST])}**"
    path = "" if entry.path == entry.name or not entry.path else f"<br>{escaped(entry.path[-LONGEST:])}"
    mark = {Level.ERROR: "🔴", Level.WARNING: "🟠", Level.NOTE: "⚪", Level.NONE: "🟢"}[entry.level]
    cells = (mark, name + path, entry.words, entry.lr, entry.order, entry.reason[:300])
    spark = "" if entry.diagnosis is None else sparkline(entry.diagnosis)
    told = [cells[0], cells[1] + (f"<br>{spark}" if spark else ""), *map(escaped, cells[2:])]
    return f"| {' | '.join(told)} |"


def detail(entry: Entry) -> str:
    """A run in full, folded away; "" for anything else."""
    d = entry.diagnosis
    if d is None or entry.subject is not Subject.RUN:
        return ""
    order = advice(d, "×")
    lines = [f"<details><summary>{escaped(entry.name[:LONGEST])}: {escaped(entry.words)}</summary>", ""]
    lines.append(f"**{escaped(order.order)}**" + (f" ({escaped(order.detail)})" if order.detail else ""))
    lines += ["", *(f"{i}. {escaped(one.text)}" for i, one in enumerate(reasons(d), 1))]
    cause = cause_words(d)
    lines += ["", escaped(cause)] if cause else []
    lines += [
        escaped(f"- {moment.what}: {d.run.step_axis} {moment.step}, loss {moment.loss}, LR {moment.lr}")
        for moment in timeline(d)
    ]
    lines += ["", "; ".join(escaped(f"{name} {value}") for name, value in origin(d)), "", "</details>"]
    return "\n".join(lines)


def escaped(text: str) -> str:
    r"""A text that stays text, in Markdown and in the HTML that becomes of it, on one line.

    >>> print(escaped("a|b <script> @all #1"))
    a\|b \<script\> \@all \#1
    """
    line = " ".join(_BIDI.sub("", text).split())
    # A backslash before a letter's mark keeps GitHub from linking `@name` and `#12`; a word joiner would be seen.
    return _SPECIAL.sub(r"\\\1", line)


def sparkline(d: Diagnosis) -> str:
    """The loss in sixteen blocks; `×` where it is not finite."""
    series = d.run.find(d.roles.loss) or d.run.find(d.roles.val_loss)
    if series is None or len(series) < 2:
        return ""
    parts = np.array_split(series.value, min(POINTS, len(series)))
    level = np.array([np.median(part[np.isfinite(part)]) if np.isfinite(part).any() else np.nan for part in parts])
    good = level[np.isfinite(level)]
    if not len(good):
        return "×" * len(level)
    first = float(good[0])
    level = np.minimum(level, first + 2 * abs(first)) if first else level
    low, high = float(np.nanmin(level)), float(np.nanmax(level))
    scale = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join("×" if np.isnan(one) else BLOCKS[round((one - low) * scale)] for one in level)

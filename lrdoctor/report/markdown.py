"""The report as Markdown: for a pull request, a post-mortem, a job's summary."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from lrdoctor.display import clean
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.entries import Entry, Level, entries
from lrdoctor.report.markdown_text import escaped
from lrdoctor.report.places import Place
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.sparkline import sparkline
from lrdoctor.report.wording.gate import no_pass
from lrdoctor.report.wording.numbers import count, learning_rate
from lrdoctor.report.wording.provenance import making, origin
from lrdoctor.report.wording.reasons import reasons
from lrdoctor.report.wording.run import advice, shorten, tally
from lrdoctor.report.wording.sweep import result_words, run_name, sweep_sentences
from lrdoctor.report.wording.timeline import cause_words, timeline

MOST_BYTES = 60_000
DETAILED = 5  # runs and sweeps that are told in full below the table
MOST_MEMBERS = 40  # of a sweep
MOST_LINES = 10  # of what failed, and of what was left aside
OF_GATE = 15_000  # bytes of these
LONGEST = 120  # characters of a name, a path or a title
LONGEST_LINE = 300
HEADING = ("| | run | verdict | LR | next | why |", "|---|---|---|---|---|---|")
MARKS = {Level.ERROR: "🔴", Level.WARNING: "🟠", Level.NOTE: "⚪", Level.NONE: "🟢"}


def render(report: Report, options: Options = Options()) -> str:  # noqa: B008 - frozen
    """A sentence, a table with the worst first, the first few in full; at most `MOST_BYTES`, in whole rows."""
    shown = redacted(report)
    found = entries(shown)
    head = [f"## {title(shown, found)}", "", *gate_lines(shown)]
    facts = "; ".join(told(f"{name} {value}") for name, value in making(shown.provenance))
    foot = ["", f"<sub>{facts}</sub>", ""]
    room = MOST_BYTES - _bytes([*head, *HEADING, *foot]) - 100
    rows = _fitting((row(entry) for entry in found), room)
    room -= _bytes(rows)
    more = ["", f"and {len(found) - len(rows):,} more"] if len(rows) < len(found) else []
    details = islice(filter(None, map(detail, found)), DETAILED)
    below = _fitting((f"\n{block}" for block in chain(details, picture(shown, options))), room)
    return "\n".join([*head, *(HEADING if rows else ()), *rows, *more, *below, *foot])


def picture(report: Report, options: Options) -> list[str]:
    """The figure of the only run as data, where it was asked for; empty otherwise."""
    if not options.pictures or len(report.diagnoses) != 1:
        return []
    from lrdoctor.report.html.html import draw

    drawn = [figure.svg for figure in draw(report.diagnoses[0], "") if figure.kind == "loss"]
    # As HTML: viewers built on markdown-it print a link to SVG data as text, all of it.
    return [f'<img alt="the loss" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">' for svg in drawn]


def _fitting(blocks: Iterator[str], room: int) -> list[str]:
    """The first blocks that fit into so many bytes together, none of them cut."""
    kept = []
    for block in blocks:
        room -= _bytes([block])
        if room < 0:
            break
        kept.append(block)
    return kept


def _bytes(lines: Sequence[str]) -> int:
    return sum(len(line.encode("utf-8")) + 1 for line in lines)


def title(report: Report, found: Sequence[Entry]) -> str:
    """The answer in a line: of one run what it was and what to do, of several how many there are of what."""
    if len(found) == 1:
        (one,) = found
        order = one.order if one.diagnosis is None else advice(one.diagnosis, "×").order
        said = "; ".join(filter(None, (one.words, order)))
        return f"{told(report.provenance.title or one.name, LONGEST)}: {told(said)}"
    return f"{told(report.provenance.title or 'Learning rates', LONGEST)}: {summary(report)}"


def told(text: str, most: int = LONGEST_LINE) -> str:
    """A text of a log or a user, of bounded length."""
    return escaped(shorten(clean(text), most))


def summary(report: Report) -> str:
    """How much there is of what, in a line."""
    parts = [tally(report.diagnoses)] if report.diagnoses else []
    parts += [count(len(report.sweeps), "sweep")] if report.sweeps else []
    parts += [count(len(report.replays), "replay")] if report.replays else []
    parts += [f"{len(report.unreadable):,} not read"] if report.unreadable else []
    return ", ".join(parts) or "nothing was read"


def gate_lines(report: Report) -> list[str]:
    """Whether it passes, what does not, and what was left aside."""
    gate = report.gate
    if gate is None:
        return []
    lines = []
    failures = [failure.message for failure in gate.failures]
    for what, texts in (("", failures), ("Warning: ", gate.warnings), ("Ignored: ", gate.ignored), ("", gate.known)):
        lines += [f"- {what}{told(text)}" for text in texts[:MOST_LINES]]
        left = len(texts) - MOST_LINES
        lines += [f"- {what}and {left:,} more"] if left > 0 else []
    word = "Fails" if gate.failures else "Passes"
    return [f"**{word}** {told(gate.asked)}{no_pass(report)}", "", *_fitting(iter(lines), OF_GATE), ""]


def row(entry: Entry) -> str:
    """A line of the table."""
    name = f"**{told(entry.name, LONGEST)}**"
    path = "" if entry.path == entry.name or not entry.path else told(entry.path, LONGEST)
    spark = "" if entry.diagnosis is None else sparkline(entry.diagnosis)
    run = "<br>".join(filter(None, (name, path, spark)))
    rest = (entry.words, entry.lr, entry.order, entry.reason)
    return f"| {' | '.join([MARKS[entry.level], run, *map(told, rest)])} |"


def detail(entry: Entry) -> str:
    """A run or a sweep in full, folded away; "" for anything else."""
    lines = run_lines(entry) if entry.diagnosis is not None else []
    lines = sweep_lines(entry.sweep) if entry.sweep is not None else lines
    if not lines:
        return ""
    heading = f"<details><summary>{told(entry.name, LONGEST)}: {told(entry.words)}</summary>"
    return "\n".join([heading, "", *lines, "", "</details>"])


def run_lines(entry: Entry) -> list[str]:
    """What to do, why, how it broke, and what was read."""
    d = entry.diagnosis
    if d is None:
        return []
    order, cause = advice(d, "×"), cause_words(d)
    lines = [f"**{told(order.order)}**" + (f" ({told(order.detail)})" if order.detail else "")]
    lines += ["", *(f"{i}. {told(one.text)}" for i, one in enumerate(reasons(d), 1))]
    lines += ["", told(cause), ""] if cause else []
    lines += [
        f"- {told(f'{moment.what}: {d.run.step_axis} {moment.step}, loss {moment.loss}, LR {moment.lr}')}"
        for moment in timeline(d)
    ]
    return [*lines, "", "; ".join(told(f"{name} {value}") for name, value in origin(d))]


def sweep_lines(sweep: SweepDiagnosis) -> list[str]:
    """What it comes to, and its runs by LR."""
    lines = [" ".join(told(text) for text in sweep_sentences(sweep))]
    rows = [
        f"| {learning_rate(one.lr)} | {escaped(run_name(sweep, one))} | {told(result_words(sweep, one))} "
        f"| {place.words} ({place.percent}) |"
        for one, place in ((one, Place(0, sweep, one)) for one in sweep.placed[:MOST_MEMBERS])
    ]
    more = ["", f"and {len(sweep.placed) - MOST_MEMBERS:,} more"] if len(sweep.placed) > MOST_MEMBERS else []
    return [*lines, "", "| LR | run | reached | stands |", "|---|---|---|---|", *rows, *more] if rows else lines

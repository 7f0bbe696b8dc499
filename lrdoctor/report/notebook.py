"""Records in a notebook: a small piece of HTML that stands by itself, and the figure to go on with."""

import hashlib
from html import escape
from typing import TYPE_CHECKING

from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Run, path_as_named
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.redacted import redacted
from lrdoctor.report.wording.reasons import reasons
from lrdoctor.report.wording.run import advice, series_words, verdict_percent, verdict_words
from lrdoctor.report.wording.sweep import sweep_advice, sweep_name, sweep_sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SERIES = 40
_BOX = "border-left: 4px solid #5f6675; padding: .4em .9em; max-width: 60em"


def html(record: Run | Diagnosis | SweepDiagnosis) -> str:
    """A record as HTML: no script, no style sheet, every text escaped."""
    shown = redacted(record)
    parts = {Run: _run, Diagnosis: _diagnosis, SweepDiagnosis: _sweep}[type(shown)](shown)  # type: ignore[operator]
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def figure(diagnosis: Diagnosis) -> "Figure":
    """The run's curves, as the report draws them.

    Raises:
        ValueError: it has neither a training nor a validation loss.
    """
    from lrdoctor.report.figures.canvas import house_style
    from lrdoctor.report.figures.loss import loss_canvas

    with house_style():
        drawn = loss_canvas(redacted(diagnosis))
    if drawn is None:
        raise ValueError(f"{diagnosis.run.name} has neither a training nor a validation loss to plot")
    canvas, _, _ = drawn
    canvas.set_facecolor("white")
    return canvas


def _escaped(text: str) -> str:
    return escape(clean(text))


def _list(sentences: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{_escaped(one)}</li>' for one in sentences)}</ul>" if sentences else ""


def _prefix(*names: str) -> str:
    """What the ids of one output begin with, so that two in a notebook do not clash."""
    return f"lr{hashlib.sha256(chr(0).join(names).encode('utf-8', 'replace')).hexdigest()[:8]}-"


def _diagnosis(d: Diagnosis) -> list[str]:
    from lrdoctor.report.html.html import draw

    order, said = advice(d, "×"), f"{verdict_words(d.verdict)} {verdict_percent(d)}".strip()
    drawn = draw(d, _prefix(d.run.name, path_as_named(d.run.source.path)))
    return [
        f"<b>{_escaped(d.run.name)}</b>: <b>{_escaped(said)}</b><br>{_escaped(order.order)}",
        f" <small>({_escaped(order.detail)})</small>" if order.detail else "",
        _list([one.text for one in reasons(d)]),
        *(one.svg for one in drawn if one.kind == "loss"),
    ]


def _sweep(sweep: SweepDiagnosis) -> list[str]:
    from lrdoctor.report.html.html import draw_sweep

    order = sweep_advice(sweep)
    drawn = draw_sweep(sweep, _prefix(sweep_name(sweep), *(d.run.name for d in sweep.diagnoses)))
    return [
        f"<b>{_escaped(sweep_name(sweep))}</b><br><b>{_escaped(order.order)}</b>",
        f" <small>({_escaped(order.detail)})</small>" if order.detail else "",
        _list(list(sweep_sentences(sweep))),
        *(one.svg for one in drawn[:1]),
    ]


def _run(run: Run) -> list[str]:
    rows = [
        f"<tr><td>{_escaped(tag)}</td><td>{_escaped(series_words(series))}</td></tr>"
        for tag, series in list(run.series.items())[:MOST_SERIES]
    ]
    more = len(run.series) - len(rows)
    rows += [f"<tr><td>and {more} more</td><td></td></tr>"] if more > 0 else []
    where = f"{path_as_named(run.source.path)} ({run.source.format})"
    return [f"<b>{_escaped(run.name)}</b> <small>{_escaped(where)}</small><table>{''.join(rows)}</table>"]

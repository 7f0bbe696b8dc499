"""Report -> text: `RENDERERS` lists the formats, `render` picks one.

To add a format: one file with a `render(report) -> str`, one line here, one golden file.
"""

from collections.abc import Iterable

from lrdoctor.diagnosis import Diagnosis, Report
from lrdoctor.errors import UsageError
from lrdoctor.replayed import Replay
from lrdoctor.report import html, json_report, text
from lrdoctor.report.renderer import Renderer

RENDERERS: tuple[Renderer, ...] = (
    Renderer("text", (".txt", ".text"), text.render),
    Renderer("json", (".json",), json_report.render),
    Renderer("html", (".html", ".htm"), html.render, html.render),
)


def renderer(name: str) -> Renderer:
    """The format called `name`; raises `UsageError` that names the known ones."""
    for known in RENDERERS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in RENDERERS)
    raise UsageError(f"unknown report format {name!r}: choose one of {names}")


def render(
    report: Report | Diagnosis | Replay | Iterable[Diagnosis],
    format: str = "text",  # noqa: A002 - the public word
) -> str:
    """A report, a replay, one diagnosis or several as text in `format`; raises `UsageError` for an unknown format."""
    chosen = renderer(format)
    if isinstance(report, Replay):
        report = Report(() if report.log is None else (report.log,), replays=(report,))
    elif isinstance(report, Diagnosis):
        report = Report((report,))
    elif not isinstance(report, Report):
        report = Report(tuple(report))
    return chosen.render(report)

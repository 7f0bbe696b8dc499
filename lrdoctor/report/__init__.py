"""Report -> text: `RENDERERS` lists the formats, `render` picks one.

To add a format: one file with a `render(report) -> str`, one line here, one golden file.
"""

from collections.abc import Iterable
from typing import TypeAlias

from lrdoctor.errors import UsageError
from lrdoctor.reading.parsing.own_report import QUALITY
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.run import Run
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report import github, gitlab, junit, markdown, sarif, text
from lrdoctor.report.html import html
from lrdoctor.report.json import report as json_report
from lrdoctor.report.renderer import Options, Renderer

RENDERERS: tuple[Renderer, ...] = (
    Renderer("text", (".txt", ".text"), text.render),
    Renderer("json", (".json",), json_report.render),
    Renderer("html", (".html", ".htm"), html.render),
    Renderer("md", (".md", ".markdown"), markdown.render),
    Renderer("junit", (".xml",), junit.render),
    Renderer("sarif", (".sarif", ".sarif.json"), sarif.render),
    Renderer("github", (), github.render),
    Renderer("gitlab", (QUALITY,), gitlab.render),
)


def renderer(name: str) -> Renderer:
    """The format called `name`.

    Raises:
        UsageError: there is none; the message names the known ones.
    """
    for known in RENDERERS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in RENDERERS)
    raise UsageError(f"unknown report format {name!r}: choose one of {names}")


Answer: TypeAlias = Diagnosis | SweepDiagnosis | Replay


def render(
    report: Report | Answer | Iterable[Answer],
    format: str = "text",  # noqa: A002 - the public word
    *,
    curves: bool = True,
) -> str:
    """A report, or one or several diagnoses, sweeps and replays, as text.

    Args:
        report: what to render; of several, in the order given.
        format: `text`, `html`, `json`, `md`, `junit`, `sarif`, `github` or `gitlab`.
        curves: whether JSON holds the points of curves, which are most of its size.

    Raises:
        UsageError: an unknown format, or something that is no answer.
    """
    return renderer(format).render(report if isinstance(report, Report) else report_of(report), Options(curves=curves))


def report_of(answers: Answer | Iterable[Answer]) -> Report:
    """One report over diagnoses, sweeps and replays, with the logs that replays began from.

    Raises:
        UsageError: something else is among them.
    """
    several = [answers] if isinstance(answers, Answer) or not isinstance(answers, Iterable) else list(answers)
    for one in several:
        if isinstance(one, Answer):
            continue
        what = "a Run: diagnose it first" if isinstance(one, Run) else f"a {type(one).__name__}"
        raise UsageError(
            "render takes a Report, or what diagnose, diagnose_sweep and replay return, one or several, not " + what
        )
    single = [one for one in several if isinstance(one, Diagnosis)]
    sweeps = [one for one in several if isinstance(one, SweepDiagnosis)]
    replays = [one for one in several if isinstance(one, Replay)]
    logs = [one.log for one in replays if one.log is not None and all(one.log is not d for d in single)]
    return Report((*single, *logs), sweeps=tuple(sweeps), replays=tuple(replays))

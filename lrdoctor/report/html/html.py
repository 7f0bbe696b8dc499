"""The report as one HTML file: no network, all escaped, whole without its script, light and dark, fit to print."""

import base64
import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lrdoctor.errors import TRACEBACK, LrdoctorError, internal_error
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.figures.colours import dark_rules
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.mark import Mark
from lrdoctor.report.html.page import MOST_DRAWN, Page, page
from lrdoctor.report.html.swatches import swatch
from lrdoctor.report.renderer import Options

if TYPE_CHECKING:
    from jinja2 import Template


def render(report: Report, options: Options = Options()) -> str:  # noqa: B008 - frozen
    """The whole report as one self-contained HTML document; its runs are drawn as `options.watch` lets them through."""
    return markup(page(report, draw, draw_sweep, options.watch, draw_replay))


def draw(diagnosis: Diagnosis, prefix: str, marks: Sequence[Mark] = ()) -> tuple[Figure, ...]:
    """A run's figures; where drawing fails, the reason in their place, since the answer does not hang on them."""
    # Matplotlib is imported when the first figure is drawn.
    from lrdoctor.report.figures import run

    return drawn(lambda: run.figures(diagnosis, prefix, marks))


def draw_sweep(sweep: SweepDiagnosis, prefix: str) -> tuple[Figure, ...]:
    """A sweep's figures, in the same way."""
    from lrdoctor.report.figures import sweep as sweep_figure

    return drawn(lambda: sweep_figure.figures(sweep, prefix))


def draw_replay(replay: Replay, prefix: str) -> tuple[Figure, ...]:
    """A replay's figures, in the same way."""
    from lrdoctor.report.figures import replay as replay_figure

    return drawn(lambda: replay_figure.figures(replay, prefix))


def drawn(work: Callable[[], tuple[Figure, ...]]) -> tuple[Figure, ...]:
    """What `work` draws, or the reason why it could not; raises `LrdoctorError` for what the user can mend."""
    try:
        return work()
    except LrdoctorError:
        raise
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        return (Figure("failed", "Figures", "", (Key("bad", f"could not be drawn: {internal_error(error)}"),)),)


def markup(content: Page) -> str:
    """The page's data as HTML; the template escapes every string but the figures' own SVG.

    The policy names script and style by their hashes, so that nothing else that came to be in the page would run.
    """
    style, script = beside("style.css").replace("/* dark figures */", dark_rules()), beside("script.js")
    return template().render(
        page=content,
        style=style,
        script=script,
        style_hash=digest(style),
        script_hash=digest(script),
        swatch=swatch,
        most_drawn=MOST_DRAWN,
    )


@cache
def beside(name: str) -> str:
    """A text file that lies beside this one."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """A text's hash, as a page's Content-Security-Policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def template() -> "Template":
    """The page's template, with escaping on and undefined names an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template("page.html.jinja")

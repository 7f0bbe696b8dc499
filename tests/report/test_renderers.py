"""What every format owes its reader, whatever the report."""

import html
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import unquote

import pytest

from lrdoctor.errors import UsageError
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import RENDERERS, render
from tests.report.examples import EXAMPLES, UNREADABLE, well_tuned
from tests.report.sweep_examples import everything

FORMATS = [known.name for known in RENDERERS]


OF_ENTRIES = {"md", "junit", "sarif", "github", "gitlab"}
"""Formats with one entry for a sweep."""


def plain(text: str) -> str:
    """Without what formats write between words."""
    return text.lower().replace("-", " ")


def unescaped(text: str, name: str) -> str:
    """Without the backslashes of Markdown, and what XML and GitHub write for special characters."""
    text = text.replace("\\", "") if name == "md" else text
    return unquote(html.unescape(text)) if name in {"junit", "github"} else text


@pytest.mark.parametrize("name", FORMATS)
class TestEveryFormat:
    def test_renders_every_example(self, name: str, example: Diagnosis) -> None:
        text = render(example, name)
        assert plain(example.verdict.value) in plain(text) or (name == "gitlab" and example.verdict == "well-tuned")
        assert text.endswith("\n")

    def test_says_the_same_bytes_for_the_same_input(self, name: str, full: Report) -> None:
        again = everything({name: make() for name, make in EXAMPLES.items()})
        assert render(full, name) == render(again, name)

    def test_holds_nothing_that_repaints_a_terminal_or_cannot_be_written(self, name: str, full: Report) -> None:
        text = render(full, name)
        text.encode("utf-8")
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\x00", "\r"} or name == "json"

    def test_names_every_run_and_every_unreadable_path(self, name: str, full: Report) -> None:
        text = render(full, name)
        for diagnosis in full.diagnoses:
            quiet = name in {"github", "gitlab"} and diagnosis.verdict == "well-tuned"
            in_sweep = name in OF_ENTRIES and diagnosis in full.sweeps[0].diagnoses
            if diagnosis.run.name.isprintable() and "<" not in diagnosis.run.name and not quiet and not in_sweep:
                assert unescaped(diagnosis.run.name, name) in unescaped(text, name)
        assert "logs/pointer.tfevents" in text
        assert "git lfs pull" in text

    def test_takes_an_empty_report_and_one_of_unreadable_paths_alone(self, name: str) -> None:
        assert render(Report(()), name)
        assert "git lfs pull" in render(Report((), UNREADABLE), name)

    def test_takes_a_list_of_diagnoses_a_report_or_one(self, name: str) -> None:
        one = well_tuned()
        assert render([one], name) == render(Report((one,)), name) == render(one, name)


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"'pdf'.*text, json, html, md, junit, sarif, github, gitlab"):
        render([], "pdf")


def test_names_and_suffixes_are_unique() -> None:
    suffixes = [suffix for known in RENDERERS for suffix in known.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert len(set(FORMATS)) == len(FORMATS)


def test_text_and_json_need_no_plotting_library() -> None:
    code = (
        "import sys; from lrdoctor.report import render; from tests.report.examples import well_tuned;"
        "d = well_tuned(); render(d, 'text'); render(d, 'json');"
        "sys.exit(' '.join({'matplotlib', 'jinja2', 'scipy', 'pandas'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_drawing_leaves_matplotlib_as_it_was(examples: Mapping[str, Diagnosis]) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    render(examples["too-slow"], "html")
    assert dict(mpl.rcParams) == before

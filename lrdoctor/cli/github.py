"""In GitHub Actions: the job's summary and annotations, by themselves."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from lrdoctor.cli.streams import print_error, print_error_as_is

if TYPE_CHECKING:
    from lrdoctor.records.report import Report

LARGEST_SUMMARY = 1_000_000  # bytes of a step's summary: GitHub refuses more than a mebibyte


def in_actions() -> bool:
    """Whether this is a job of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def tell(report: "Report") -> None:
    """Append the report to the step's summary, and annotate what fails or broke.

    Annotations go to standard error, since the report may be on standard output; GitHub reads both.
    """
    from lrdoctor.report import renderer
    from lrdoctor.report.renderer import Options

    print_error_as_is(renderer("github").render(report, Options()))
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    text = renderer("md").render(report, Options()).encode("utf-8", "backslashreplace")
    try:
        path = Path(place)
        there = path.stat().st_size if path.exists() else 0
        if there + len(text) > LARGEST_SUMMARY:
            print_error("lrdoctor: warning: the step's summary is full: the report was not added to it")
            return
        with path.open("ab") as file:
            file.write(text)
    except OSError as error:
        print_error(f"lrdoctor: warning: cannot write the step's summary: {error.strerror or error}")

"""The report as GitLab's code quality: one issue for each run that should change, what broke first."""

from lrdoctor.records.report import Report
from lrdoctor.report.entries import Entry, Level, entries
from lrdoctor.report.github import message
from lrdoctor.report.json.values import Json, dumps
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options

SEVERITIES = {Level.ERROR: "critical", Level.WARNING: "major", Level.NOTE: "minor"}


def render(report: Report, _options: Options = Options()) -> str:  # noqa: B008 - frozen
    """A JSON array, empty where every run is well tuned."""
    return dumps([issue(entry) for entry in entries(redacted(report)) if entry.level is not Level.NONE])


def issue(entry: Entry) -> dict[str, Json]:
    """One issue; its fingerprint stays the same while path, name and rule do."""
    return {
        "description": f"{entry.name}: {entry.words}; {message(entry)}",
        "check_name": f"lrdoctor/{entry.rule}",
        "fingerprint": entry.fingerprint(entry.rule),
        "severity": SEVERITIES[entry.level],
        "location": {"path": entry.path, "lines": {"begin": 1}},
    }

"""The report as workflow commands of GitHub Actions: annotations, the worst first, at most ten."""

from lrdoctor.records.report import Report
from lrdoctor.report.entries import Entry, Level, entries
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.run import tally

MOST = 10  # what GitHub shows of one step
COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
LONGEST = 400  # characters of a message


def render(report: Report, _options: Options = Options()) -> str:  # noqa: B008 - frozen
    """One line for each of the worst runs; a last one counts the rest.  What is well tuned is only counted."""
    told = [entry for entry in entries(redacted(report)) if entry.level is not Level.NONE]
    shown = told if len(told) <= MOST else told[: MOST - 1]
    lines = [annotation(entry) for entry in shown]
    if len(shown) < len(told):
        lines.append(f"::notice title=lrdoctor::and {len(told) - len(shown):,} more: see the report")
    if not told:
        lines.append(f"::notice title=lrdoctor::{tally(report.diagnoses) or 'nothing was read'}")
    return "".join(f"{line}\n" for line in lines)


def annotation(entry: Entry) -> str:
    """One command."""
    title = escaped(f"{entry.words}: {entry.name}"[:LONGEST], of_property=True)
    file = f"file={escaped(entry.path, of_property=True)}," if entry.path else ""
    return f"::{COMMANDS[entry.level]} {file}title={title}::{escaped(message(entry)[:LONGEST])}"


def message(entry: Entry) -> str:
    """What a reader of an annotation needs: why, and what next."""
    order = f"next LR {entry.order}" if entry.lr and entry.order else entry.order
    failed = f"fails {', '.join(entry.failed)}" if entry.failed else ""
    return "; ".join(filter(None, (entry.reason.rstrip("."), order, failed))) or entry.words


def escaped(text: str, *, of_property: bool = False) -> str:
    """A text as GitHub's commands hold it.

    >>> escaped("50 %, a:b", of_property=True)
    '50 %25%2C a%3Ab'
    """
    found = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return found.replace(":", "%3A").replace(",", "%2C") if of_property else found

"""The report as SARIF 2.1.0, for code scanning: verdicts and findings, the worst first."""

import hashlib
from collections.abc import Iterator
from urllib.parse import quote

from lrdoctor.findings import FINDINGS
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.report import Report
from lrdoctor.report.entries import Entry, Level, entries, level_of
from lrdoctor.report.github import message
from lrdoctor.report.json.values import Json, dumps
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.run import span_words, verdict_words
from lrdoctor.version import __version__

MOST = 5_000  # results: what GitHub takes of one run
_LOUDNESS = tuple(Level)
UNREADABLE = "unreadable"
_VERDICTS = {
    Verdict.DIVERGENT: "The training diverged.",
    Verdict.TOO_HIGH: "The learning rate was too high.",
    Verdict.TOO_SLOW: "The learning rate was too low.",
    Verdict.INCONCLUSIVE: "The log does not tell whether the learning rate was right.",
    Verdict.WELL_TUNED: "The learning rate was right.",
}


def render(report: Report, _options: Options = Options()) -> str:  # noqa: B008 - frozen
    """One run of one tool; where there are more than `MOST` results, the quietest are left out and that is said."""
    shown = redacted(report)
    found = sorted(_results(shown), key=lambda pair: _LOUDNESS.index(pair[0]))
    left_out = len(found) - MOST
    invocation: dict[str, Json] = {"executionSuccessful": True}
    if left_out > 0:
        text = f"{left_out:,} more results are not listed: the quietest"
        invocation["toolExecutionNotifications"] = [{"level": "note", "message": {"text": text}}]
    if shown.provenance.generated_at:
        invocation["endTimeUtc"] = shown.provenance.generated_at
    if shown.provenance.command:
        invocation["commandLine"] = shown.provenance.command
    return dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [
                {
                    "tool": {"driver": {"name": "lrdoctor", "version": __version__, "rules": rules()}},
                    "invocations": [invocation],
                    "columnKind": "unicodeCodePoints",
                    "results": [result for _, result in found[:MOST]],
                }
            ],
        }
    )


def rules() -> list[Json]:
    """Every verdict and finding that a result may name."""
    verdicts: list[Json] = [
        {"id": f"verdict/{verdict.value}", "name": verdict_words(verdict), "shortDescription": {"text": text}}
        for verdict, text in _VERDICTS.items()
    ]
    findings: list[Json] = [
        {
            "id": rule.code,
            "name": rule.name,
            "shortDescription": {"text": rule.explanation.strip().splitlines()[0]},
            "help": {"text": rule.explanation.strip()},
            "defaultConfiguration": {"level": level_of(rule.severity).value},
        }
        for rule in FINDINGS
    ]
    unreadable: Json = {"id": UNREADABLE, "name": UNREADABLE, "shortDescription": {"text": "A path was not read."}}
    return [*verdicts, *findings, unreadable]


def _results(report: Report) -> Iterator[tuple[Level, Json]]:
    """Every result with its level: each entry's own, then its findings."""
    for entry in entries(report):
        if entry.level is not Level.NONE:
            rule = UNREADABLE if entry.subject is Subject.UNREADABLE else f"verdict/{entry.verdict}"
            rule = rule if entry.verdict is not None or rule == UNREADABLE else f"verdict/{Verdict.TOO_HIGH}"
            yield entry.level, _result(entry, rule, entry.level, f"{entry.name}: {entry.words}; {message(entry)}")
        for finding in entry.findings:
            axis = "step" if entry.diagnosis is None else entry.diagnosis.run.step_axis
            span = span_words(finding.steps, axis)
            text = f"{entry.name}: {finding.message}" + (f" ({span})" if span else "")
            yield level_of(finding.severity), _result(entry, finding.code, level_of(finding.severity), text)


def _result(entry: Entry, rule: str, level: Level, text: str) -> dict[str, Json]:
    uri = uri_of(entry.path)
    print_ = hashlib.sha256("\0".join((rule, entry.path, entry.name)).encode()).hexdigest()
    return {
        "ruleId": rule,
        "level": level.value,
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}],
        "partialFingerprints": {"lrdoctor/v1": print_},
    }


def uri_of(path: str) -> str:
    """A path as a URI reference; a URL stays one.

    >>> uri_of("runs/a b/#1.csv"), uri_of("s3://bucket/x.csv")
    ('runs/a%20b/%231.csv', 's3://bucket/x.csv')
    """
    if "://" in path:
        return quote(path, safe=":/?&=%+@,;~!*()'$#[]")
    return quote(path.replace("\\", "/"), safe="/~!*()'$&+,;=@")

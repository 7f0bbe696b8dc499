"""The report as SARIF 2.1.0, for code scanning: verdicts and findings, the worst first."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from lrdoctor.display import clean
from lrdoctor.findings import FINDINGS
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.report import Report
from lrdoctor.report.entries import Entry, Level, entries, level_of, level_of_finding
from lrdoctor.report.github import message
from lrdoctor.report.json.values import Json, dumps
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.run import span_words, verdict_words
from lrdoctor.version import __version__

MOST = 5_000  # results: what GitHub takes of one run
_LOUDNESS = tuple(Level)
_VERDICTS = {
    Verdict.DIVERGENT: "The training diverged.",
    Verdict.TOO_HIGH: "The learning rate was too high.",
    Verdict.TOO_SLOW: "The learning rate was too low.",
    Verdict.INCONCLUSIVE: "The log does not tell whether the learning rate was right.",
    Verdict.WELL_TUNED: "The learning rate was right.",
}
_OTHERS = {
    "sweep": "A sweep of which no run has a good learning rate, or that fails what was asked.",
    "unreadable": "A path was not read.",
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
    others: list[Json] = [{"id": id_, "name": id_, "shortDescription": {"text": text}} for id_, text in _OTHERS.items()]
    return [*verdicts, *findings, *others]


def _results(report: Report) -> Iterator[tuple[Level, Json]]:
    """Every result with its level: each entry's own, then its findings."""
    for entry in entries(report):
        if entry.level is not Level.NONE:
            text = f"{entry.name}: {entry.words}; {message(entry)}"
            yield entry.level, _result(entry, entry.rule, entry.level, text)
        for finding in entry.findings:
            axis = "step" if entry.diagnosis is None else entry.diagnosis.run.step_axis
            span = span_words(finding.steps, axis)
            text = f"{entry.name}: {clean(finding.message)}" + (f" ({span})" if span else "")
            level = level_of_finding(finding, entry, gated=report.gate is not None)
            yield level, _result(entry, finding.code, level, text)


def _result(entry: Entry, rule: str, level: Level, text: str) -> dict[str, Json]:
    place: Json = {"artifactLocation": {"uri": uri_of(entry.path)}, "region": {"startLine": 1}}
    return {
        "ruleId": rule,
        "level": level.value,
        "message": {"text": text},
        **({"locations": [{"physicalLocation": place}]} if entry.path else {}),
        "partialFingerprints": {"lrdoctor/v1": entry.fingerprint(rule)},
    }


def uri_of(path: str) -> str:
    """A path as a URI reference; a URL stays one.

    >>> uri_of("runs/a b/#1.csv"), uri_of("s3://bucket/x.csv"), uri_of("/logs/a.csv"), uri_of("C:/logs/a.csv")
    ('runs/a%20b/%231.csv', 's3://bucket/x.csv', 'file:///logs/a.csv', 'file:///C:/logs/a.csv')
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path):
        return quote(path, safe=":/?&=%+@,;~!*()'$#[]")
    path = path.replace("\\", "/")
    drive = re.match(r"[A-Za-z]:(?=/)", path)
    root = f"file:///{drive[0]}" if drive else "file://" if path.startswith("/") else ""
    return root + quote(path[drive.end() if drive else 0 :], safe="/~!*()'$&+,;=@")

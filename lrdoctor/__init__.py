"""Was the learning rate right, and what should it be next time?

    path --read--> Run --measure--> Signs --infer--> Diagnosis --render--> text, HTML, JSON

Every log is evidence about where the band of good learning rates lies, seen from this run's LR.
`read` finds the runs in a file, folder, glob, archive or URL; `diagnose` keeps a probability distribution over the
band's two edges and answers from it: a verdict, a suggested LR with an interval, and the findings that
word the evidence; `diagnose_sweep` judges runs that differ in LR together; `render` makes a report.

>>> import lrdoctor
>>> lrdoctor.Verdict("too-slow").value
'too-slow'
"""

from typing import TYPE_CHECKING

from lrdoctor.records import presentation
from lrdoctor.version import __version__

presentation.PRESENTER = "lrdoctor.report.notebook"

if TYPE_CHECKING:
    from lrdoctor.errors import LrdoctorError, UnreadableError, UsageError
    from lrdoctor.pipeline import diagnose, diagnose_sweep
    from lrdoctor.reading.load import read
    from lrdoctor.records.diagnosis import Belief, Diagnosis, Evidence, Finding, Severity, Verdict
    from lrdoctor.records.report import Report
    from lrdoctor.records.roles import Roles
    from lrdoctor.records.run import Note, Run, Series, Source
    from lrdoctor.records.sweep import Placed, SweepDiagnosis, SweepMember
    from lrdoctor.records.unreadable import Unreadable
    from lrdoctor.replay.functions.answer import replay_function
    from lrdoctor.report import render

__all__ = [
    "Belief",
    "Diagnosis",
    "Evidence",
    "Finding",
    "LrdoctorError",
    "Note",
    "Placed",
    "Report",
    "Roles",
    "Run",
    "Series",
    "Severity",
    "Source",
    "SweepDiagnosis",
    "SweepMember",
    "Unreadable",
    "UnreadableError",
    "UsageError",
    "Verdict",
    "__version__",
    "diagnose",
    "diagnose_sweep",
    "read",
    "render",
    "replay_function",
]  # fmt: skip

_HOME = {
    "Belief": "records.diagnosis",
    "Diagnosis": "records.diagnosis",
    "Evidence": "records.diagnosis",
    "Finding": "records.diagnosis",
    "LrdoctorError": "errors",
    "Note": "records.run",
    "Placed": "records.sweep",
    "Report": "records.report",
    "Roles": "records.roles",
    "Run": "records.run",
    "Series": "records.run",
    "Severity": "records.diagnosis",
    "Source": "records.run",
    "SweepDiagnosis": "records.sweep",
    "SweepMember": "records.sweep",
    "Unreadable": "records.unreadable",
    "UnreadableError": "errors",
    "UsageError": "errors",
    "Verdict": "records.diagnosis",
    "diagnose": "pipeline",
    "diagnose_sweep": "pipeline",
    "read": "reading.load",
    "render": "report",
    "replay_function": "replay.functions.answer",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import lrdoctor` and `--help` stay fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'lrdoctor' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"lrdoctor.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

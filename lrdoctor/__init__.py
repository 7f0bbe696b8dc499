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

__version__ = "0.1.0"

if TYPE_CHECKING:
    from lrdoctor.diagnosis import (
        Belief,
        Diagnosis,
        Evidence,
        Finding,
        Placed,
        Report,
        Severity,
        SweepDiagnosis,
        Unreadable,
        Verdict,
    )
    from lrdoctor.engine import diagnose, diagnose_sweep
    from lrdoctor.errors import LrdoctorError, UnreadableError, UsageError
    from lrdoctor.load import read
    from lrdoctor.report import render
    from lrdoctor.run import Note, Run, Series, Source
    from lrdoctor.vocabulary import Roles

__all__ = [
    "Belief", "Diagnosis", "Evidence", "Finding", "LrdoctorError", "Note", "Placed", "Report", "Roles", "Run", "Series",
    "Severity", "Source", "SweepDiagnosis", "Unreadable", "UnreadableError", "UsageError", "Verdict",
    "__version__", "diagnose", "diagnose_sweep", "read", "render",
]  # fmt: skip

_HOME = {
    **dict.fromkeys(("Note", "Run", "Series", "Source"), "run"),
    **dict.fromkeys(("Belief", "Diagnosis", "Evidence", "Finding", "Placed", "Report", "Severity"), "diagnosis"),
    **dict.fromkeys(("SweepDiagnosis", "Unreadable", "Verdict"), "diagnosis"),
    **dict.fromkeys(("LrdoctorError", "UnreadableError", "UsageError"), "errors"),
    "Roles": "vocabulary", "diagnose": "engine", "diagnose_sweep": "engine", "read": "load", "render": "report",
}  # fmt: skip


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import lrdoctor` and `--help` stay fast."""
    if name not in _HOME:
        raise AttributeError(f"module 'lrdoctor' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"lrdoctor.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

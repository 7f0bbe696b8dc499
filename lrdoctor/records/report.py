"""What is reported: diagnoses, sweeps, replays and what could not be read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.gate import Gate
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.records.unreadable import Unreadable

if TYPE_CHECKING:
    from lrdoctor.records.replay import Replay


@dataclass(frozen=True, eq=False)
class Report:
    """Everything one invocation found, in the order of the paths given.

    `sweeps` hold some of the same diagnoses (those that `diagnoses` lacks are added to it); of `replays` the logs that
    they began from may be among them.  `gate` is what was asked to fail, None where nothing was.
    """

    diagnoses: Sequence[Diagnosis] = field(default=())
    unreadable: Sequence[Unreadable] = field(default=())
    sweeps: Sequence[SweepDiagnosis] = field(default=())
    replays: "Sequence[Replay]" = field(default=())
    provenance: Provenance = field(default=Provenance())
    gate: Gate | None = field(default=None)

    def __post_init__(self) -> None:
        have = {id(diagnosis) for diagnosis in self.diagnoses}
        of_sweeps = {id(diagnosis): diagnosis for sweep in self.sweeps for diagnosis in sweep.diagnoses}
        missing = tuple(diagnosis for key, diagnosis in of_sweeps.items() if key not in have)
        if missing:
            object.__setattr__(self, "diagnoses", (*self.diagnoses, *missing))

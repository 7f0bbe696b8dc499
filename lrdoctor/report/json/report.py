"""The report for machines: versioned, valid JSON, the same bytes for the same input.

Numbers that are not finite, and absent ones: see `json_values`.  The series' points are not repeated: they are in
the log; a replay's are, since nothing else has them.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from lrdoctor.records.carried_over import CarriedOver
from lrdoctor.records.diagnosis import Diagnosis, Evidence, Finding, Fit, Verdict, Worth
from lrdoctor.records.gate import Gate
from lrdoctor.records.onset import Moment, Onset
from lrdoctor.records.report import Report
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series, path_as_named
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report.json.curves import without_curves
from lrdoctor.report.json.replay import replay_json
from lrdoctor.report.json.values import Json, belief_json, by_verdict, dumps, member_json, optional, rounded
from lrdoctor.report.places import Place, in_order, places
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.settings_listed import listed
from lrdoctor.report.wording.sweep import sweep_title
from lrdoctor.version import __version__

SCHEMA_VERSION = 2
"""Raised when a key changes its meaning or goes; a new key does not raise it.

2: `factor` and `interval_decades` may be null; a run that a sweep placed has `place` and none of `ANSWERED_BY_SWEEP`.
"""

ANSWERED_BY_SWEEP = (
    "suggested_lr",
    "next_lr",
    "factor",
    "next_factor",
    "interval",
    "interval_decades",
    "worth",
    "carried_over",
    "remedies",
)
"""Keys of a run that are null where a sweep answers for it: the LR to use stands in the sweep."""


def render(report: Report, options: Options = Options()) -> str:  # noqa: B008 - frozen
    """The whole report as one JSON object, ending in one line break."""
    report = in_order(redacted(report))
    placed = places(report)
    whole = {
        **heading(),
        "generated_at": report.provenance.generated_at or None,
        "command": report.provenance.command or None,
        "interval_level": INTERVAL_LEVEL,
        "gate": None if report.gate is None else gate_json(report.gate),
        "summary": {verdict.value: sum(d.verdict is verdict for d in report.diagnoses) for verdict in Verdict}
        | {"unreadable": len(report.unreadable)},
        "replays": [replay_json(replay, report.diagnoses) for replay in report.replays],
        "sweeps": [sweep_json(sweep, report.diagnoses) for sweep in report.sweeps],
        "runs": [run_of_report(d, placed.get(i)) for i, d in enumerate(report.diagnoses)],
        "unreadable": unreadable_json(report.unreadable),
    }
    return dumps(whole if options.curves else without_curves(whole))


INTERVAL_LEVEL = 0.8
"""The probability of every interval in a report."""


def gate_json(gate: Gate) -> dict[str, Json]:
    """What was asked to fail and what did; a failure names its run, sweep or replay by its position."""
    return {
        "asked": gate.asked,
        "passes": not gate.failures,
        "failures": [
            {"subject": f.subject.value, "index": f.index, "matched": list(f.matched), "message": f.message}
            for f in gate.failures
        ],
        "ignored": list(gate.ignored),
        "known": list(gate.known),
        "warnings": list(gate.warnings),
        "exit_zero": gate.exit_zero,
    }


def heading() -> dict[str, Json]:
    """What every JSON of this tool begins with."""
    return {"schema_version": SCHEMA_VERSION, "lrdoctor": __version__}


def diagnosis_json(diagnosis: Diagnosis) -> dict[str, Json]:
    """Everything about one run: first the answer, then what it rests on, then what was read."""
    interval, decades = diagnosis.interval, diagnosis.interval_decades
    return {
        "name": diagnosis.run.name,
        "verdict": diagnosis.verdict.value,
        "reason": diagnosis.reason,
        "probabilities": by_verdict(diagnosis.probabilities),
        "lr": optional(diagnosis.lr),
        "lr_source": diagnosis.lr_source,
        "suggested_lr": optional(diagnosis.suggested_lr),
        "factor": optional(diagnosis.factor),
        "next_lr": optional(diagnosis.next_lr),
        "next_factor": optional(diagnosis.next_factor),
        "interval": None if interval is None else [rounded(edge) for edge in interval],
        "interval_decades": None if decades is None else [rounded(edge) for edge in decades],
        "worth": None if diagnosis.worth is None else worth_json(diagnosis.worth),
        "remedies": [{field.name: getattr(one, field.name) for field in fields(one)} for one in diagnosis.remedies],
        "carried_over": carried_json(diagnosis.carried_over),
        "onset": onset_json(diagnosis.onset),
        "findings": [finding_json(finding) for finding in diagnosis.findings],
        "evidence": [evidence_json(sign) for sign in diagnosis.evidence],
        "fits": [fit_json(fit) for fit in diagnosis.fits],
        "belief": belief_json(diagnosis.belief),
        **run_json(diagnosis.run, diagnosis.roles),
    }


def run_of_report(diagnosis: Diagnosis, place: Place | None) -> dict[str, Json]:
    """A run as the report has it: where a sweep placed it, with its `place` and without an LR of its own."""
    found = {**diagnosis_json(diagnosis), "place": None}
    if place is None:
        return found
    one = place.member
    chances = {"below": rounded(one.below), "inside": rounded(one.inside), "above": rounded(one.above)}
    without: dict[str, Json] = {key: None for key in ANSWERED_BY_SWEEP if key in found}
    return {**found, **without, "place": {"sweep": place.index, "words": place.words, **chances}}


def run_json(run: Run, roles: Roles) -> dict[str, Json]:
    """What was read and what was taken for what."""
    source, settings = run.source, listed(run.hparams)
    return {
        "source": {
            "path": path_as_named(source.path),
            "format": source.format,
            "why": source.why,
            "files": [path_as_named(path) for path in source.files],
            "contents": [{"size": one.size, "sha256": one.sha256} for one in source.contents],
            "companions": [path_as_named(path) for path in source.companions],
        },
        "step_axis": run.step_axis,
        "roles": {field.name: getattr(roles, field.name) for field in fields(roles)},
        "series": [{"tag": tag, **series_json(series)} for tag, series in run.series.items()],
        "notes": [{"code": n.code, "message": n.message, "series": n.series, "step": n.step} for n in run.notes],
        "hparams": settings.by_name,
        **({"hparams_left_out": settings.left_out} if settings.left_out else {}),
    }


def series_json(series: Series) -> dict[str, Json]:
    """A series without its points: how many, where, and the range of the finite ones."""
    value, finite = series.value, series.value[np.isfinite(series.value)]
    some, any_finite = len(value) > 0, len(finite) > 0
    return {
        "points": len(value),
        "finite": len(finite),
        "first_step": float(series.step[0]) if some else None,
        "last_step": float(series.step[-1]) if some else None,
        "first": float(value[0]) if some else None,
        "last": float(value[-1]) if some else None,
        "lowest": float(finite.min()) if any_finite else None,
        "highest": float(finite.max()) if any_finite else None,
    }


def finding_json(finding: Finding) -> dict[str, Json]:
    """A finding: the measured value beside the limit that it was compared with."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "value": optional(finding.value),
        "limit": optional(finding.limit),
        "unit": finding.unit,
        "steps": None if finding.steps is None else list(finding.steps),
        "series": finding.series,
        "caveat": finding.caveat,
        "drawn": [fit_json(mark) for mark in finding.drawn],
    }


def onset_json(onset: Onset | None) -> dict[str, Json] | None:
    """How a run broke; None where it did not."""
    if onset is None:
        return None
    return {
        "calm": moment_json(onset.calm),
        "off_trend": moment_json(onset.off_trend),
        "non_finite": moment_json(onset.non_finite),
        "cause": onset.cause.value,
        "why": onset.why,
    }


def moment_json(moment: Moment | None) -> dict[str, Json] | None:
    """A step and what the log says of it."""
    if moment is None:
        return None
    return {
        "step": moment.step,
        "loss": moment.loss,
        "lr": optional(moment.lr),
        "grad_norm": optional(moment.grad_norm),
        "wall_time": moment.wall_time,
    }


def worth_json(worth: Worth) -> dict[str, Json]:
    """What the advice is expected to bring: [low, middle, high], an 80 % interval around the median."""
    return {
        "series": "validation loss" if worth.validation else "training loss",
        "now": rounded(worth.now),
        "loss": [rounded(value) for value in worth.loss],
        "steps_to_this_loss": None if worth.steps is None else [rounded(value) for value in worth.steps],
    }


def carried_json(carried: CarriedOver | None) -> dict[str, Json] | None:
    """The LR for a run of another length or batch; None where none was asked for."""
    if carried is None:
        return None
    return {
        "steps": carried.run.steps,
        "batch": carried.run.batch,
        "lr": optional(carried.lr),
        "factor": optional(carried.factor),
        "interval": None if carried.interval is None else [rounded(edge) for edge in carried.interval],
        "reason": carried.reason,
    }


def sweep_json(sweep: SweepDiagnosis, diagnoses: Sequence[Diagnosis]) -> dict[str, Json]:
    """A sweep; its runs are named by their positions in `runs`."""
    place = {id(d): i for i, d in enumerate(diagnoses)}
    best = sweep.best
    return {
        "title": sweep_title(sweep),
        "runs": sorted(place[id(d)] for d in sweep.diagnoses if id(d) in place),
        "suggested_lr": optional(sweep.suggested_lr),
        "carried_over": carried_json(sweep.carried_over),
        "next_is_new": sweep.next_is_new,
        "interval": None if sweep.interval is None else [rounded(edge) for edge in sweep.interval],
        "band": None if sweep.band is None else [rounded(edge) for edge in sweep.band],
        "optimum": dict(zip(("below_the_grid", "inside", "above_the_grid"), map(rounded, sweep.reach), strict=True)),
        "best_run": None if best is None else place.get(id(sweep.diagnoses[best.run])),
        "measure": sweep.measure,
        "untrained": rounded(sweep.untrained),
        "compared_after_steps": rounded(sweep.steps),
        "tolerance": rounded(sweep.tolerance),
        "sensitivity": rounded(sweep.sensitivity),
        "differs": {key: list(values) for key, values in sweep.differs},
        "curve": [{"run": place.get(id(sweep.diagnoses[one.run])), **member_json(one)} for one in sweep.placed],
        "belief": belief_json(sweep.belief),
    }


def evidence_json(evidence: Evidence) -> dict[str, Json]:
    """A sign: its odds factors are exact, its shift in decades is approximate."""
    return {
        "sign": evidence.sign,
        "label": evidence.label,
        "value": optional(evidence.value),
        "unit": evidence.unit,
        "odds": by_verdict(evidence.odds),
        "shift": rounded(evidence.shift),
    }


def fit_json(fit: Fit) -> dict[str, Json]:
    """A fit: its wording and where it begins and ends; the curve is in the page."""
    ends: dict[str, Json] = {"first_step": None, "last_step": None, "first_value": None, "last_value": None}
    if len(fit.step):
        ends = {
            "first_step": rounded(fit.step[0]),
            "last_step": rounded(fit.step[-1]),
            "first_value": rounded(fit.value[0]),
            "last_value": rounded(fit.value[-1]),
        }
    return {"kind": fit.kind, "label": fit.label, "text": fit.text, **ends}


def unreadable_json(unreadable: Sequence[Unreadable]) -> list[Json]:
    """The paths that could not be analysed."""
    return [{"path": entry.path, "reason": entry.reason} for entry in unreadable]

"""The pipeline after reading: measure, infer, and put the answer together; nothing else."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS
from lrdoctor.findings.fitted_lines import fits
from lrdoctor.findings.remedies import remedies
from lrdoctor.inference.advice import belief
from lrdoctor.inference.evidence import evidence
from lrdoctor.inference.judgement import Judgement, judge
from lrdoctor.inference.outlook import worth
from lrdoctor.inference.sweep import judge_sweep
from lrdoctor.inference.tables import Tables, load_tables
from lrdoctor.inference.transfer import carry_over, carry_over_sweep, next_run_of
from lrdoctor.measurement.case import Case, examine
from lrdoctor.measurement.onset import onset
from lrdoctor.records.diagnosis import Diagnosis, Finding, Severity, Verdict, Worth
from lrdoctor.records.run import Run
from lrdoctor.records.sweep import SweepDiagnosis

_SEVERITY = (Severity.FAULT, Severity.WARNING, Severity.INFO)


def diagnose(
    run: Run,
    *,
    posterior: str | Path | None = None,
    loss: str | None = None,
    lr: str | None = None,
    val: str | None = None,
    next_steps: int | None = None,
    next_batch: int | None = None,
) -> Diagnosis:
    """Say whether the run's learning rate was right, and what it should be next time.

    Args:
        run: as `read` returns it.
        posterior: the JSON file of other fitted tables than the shipped ones.
        loss, lr, val: the series to take for the training loss, the LR and the validation loss.
        next_steps, next_batch: optimizer steps and batch size of the next run, where they are others than this one's;
            the suggestion for it is `carried_over`.

    Raises:
        UsageError: a named series does not exist, `posterior` is no file of fitted tables, `run` is no `Run`, or a
            number of the next run is no positive integer.
    """
    _check_run(run, "diagnose")
    next_run = next_run_of(next_steps, next_batch)
    case = examine(run, loss=loss, lr=lr, val=val)
    return carry_over(infer_diagnosis(case, load_tables(posterior)), case, next_run)


def infer_diagnosis(case: Case, tables: Tables) -> Diagnosis:
    """The diagnosis of an examined run, by the fitted `tables`; `inconclusive` where the log cannot carry a verdict."""
    judged = judge(case, tables)
    advice, findings = judged.advice, _findings(case)
    prescribed = advice.factor is not None
    return Diagnosis(
        run=case.run,
        roles=case.roles,
        lr=case.setting.lr,
        lr_source=case.lr_source,
        verdict=judged.verdict,
        reason=judged.reason,
        probabilities=judged.probabilities,
        factor=advice.factor,
        interval_decades=advice.interval_decades if prescribed else None,
        belief=belief(judged.joint, judged.tables, advice),
        findings=findings,
        evidence=evidence(judged.tables, case.signs, judged.parts, judged.total, case.quality),
        fits=fits(case.curve) if case.curve is not None else (),
        worth=_worth(case, judged),
        remedies=remedies(judged.verdict, findings, case),
        onset=onset(case.run, case.roles) if judged.verdict is Verdict.DIVERGENT else None,
    )


def _worth(case: Case, judged: Judgement) -> Worth | None:
    """What the advice is expected to bring; None where nothing is prescribed or there is no curve."""
    advice = judged.advice
    if case.curve is None or advice.factor is None:
        return None
    return worth(case.curve, case.signs, advice.factor, judged.probabilities, advice.interval_decades)


def _findings(case: Case) -> list[Finding]:
    found = [finding for rule in FINDINGS if (finding := rule.check(case)) is not None]
    return sorted(found, key=lambda f: _SEVERITY.index(f.severity))


def _check_run(run: object, asked: str) -> None:
    """Raise `UsageError` that says what to call with what is no `Run`."""
    if isinstance(run, Run):
        return
    if isinstance(run, str | Path):
        raise UsageError(f"{asked} takes runs, not a path: read it first, as in lrdoctor.read({str(run)!r})")
    if isinstance(run, Iterable):
        raise UsageError(
            f"{asked} takes one Run, not several: [lrdoctor.diagnose(run) for run in runs], or "
            "lrdoctor.diagnose_sweep(runs) where they differ in learning rate"
        )
    raise UsageError(f"{asked} takes what lrdoctor.read returns, not a {type(run).__name__}")


def diagnose_sweep(
    runs: Sequence[Run],
    *,
    posterior: str | Path | None = None,
    loss: str | None = None,
    lr: str | None = None,
    val: str | None = None,
    next_steps: int | None = None,
    next_batch: int | None = None,
) -> SweepDiagnosis:
    """Judge runs that differ in LR together, in the order they were made; the last is the one to replace.

    Runs without an LR or without a usable loss take no part, nor do runs more than `SWEEP_REACH` decades from the
    median LR; where fewer than two are left, the answer is that run's own, or the last one's.

    Args:
        runs: as `read` returns them.
        posterior, loss, lr, val: as in `diagnose`, for every run.
        next_steps, next_batch: as in `diagnose`, for the sweep's answer.

    Raises:
        UsageError: no run was given, something else than runs was, or as in `diagnose`.
    """
    if isinstance(runs, Run):
        raise UsageError("diagnose_sweep takes several runs, not one: lrdoctor.diagnose(run) judges one")
    if isinstance(runs, str | Path):
        _check_run(runs, "diagnose_sweep")
    if not runs:
        raise UsageError("a sweep needs at least one run")
    for run in runs:
        _check_run(run, "diagnose_sweep")
    next_run = next_run_of(next_steps, next_batch)
    tables = load_tables(posterior)
    cases = [examine(run, loss=loss, lr=lr, val=val) for run in runs]
    found = judge_sweep(cases, [infer_diagnosis(case, tables) for case in cases], tables)
    return carry_over_sweep(found, cases, next_run)

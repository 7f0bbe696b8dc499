"""The pipeline after reading: measure, infer, and put the answer together; nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lrdoctor import limits
from lrdoctor.band import below_and_above
from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS
from lrdoctor.fits import fits
from lrdoctor.grouping import group, groups
from lrdoctor.judge import PLACED, belief, choose, evidence, given_divergence, prescribe, verdict_probabilities
from lrdoctor.measurement.case import SETTING_SIGN_NAMES, Case, examine
from lrdoctor.posterior import Tables, load_tables
from lrdoctor.records.diagnosis import Diagnosis, Finding, Severity, Verdict
from lrdoctor.records.run import Floats, Run
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from lrdoctor.remedies import remedies
from lrdoctor.sweep import Member, join
from lrdoctor.worth import worth

_SEVERITY = (Severity.FAULT, Severity.WARNING, Severity.INFO)


def _parts(case: Case, tables: Tables) -> dict[str, Floats]:
    """Each sign's log-factors; those of a doubtful log's curve are drawn towards saying nothing."""
    if not case.signs:
        return {}
    trust = case.quality.trust
    # What is customary from scratch says nothing of pretrained weights.
    silent = PLACED if case.quality.pretrained else frozenset()
    return {
        name: part if name in SETTING_SIGN_NAMES else trust * part
        for name, part in tables.contributions(case.signs).items()
        if name in case.signs and name not in silent
    }


def log_factors(case: Case, tables: Tables) -> Floats:
    """Everything that an examined run says about the two edges, shape (2 * cells,)."""
    return _total(_parts(case, tables), tables) + given_divergence(tables, case.quality)


def _total(parts: dict[str, Floats], tables: Tables) -> Floats:
    return np.sum(list(parts.values()), axis=0) if parts else np.zeros(2 * tables.cells)


def diagnose(
    run: Run,
    *,
    posterior: str | Path | None = None,
    loss: str | None = None,
    lr: str | None = None,
    val: str | None = None,
) -> Diagnosis:
    """Say whether the run's learning rate was right, and what it should be next time.

    Args:
        run: as `read` returns it.
        posterior: other fitted tables than the shipped ones.
        loss, lr, val: the series to take for the training loss, the LR and the validation loss.

    Raises:
        UsageError: a named series does not exist, `posterior` is no file of fitted tables, or `run` is no `Run`.
    """
    _check_run(run, "diagnose")
    return answer(examine(run, loss=loss, lr=lr, val=val), load_tables(posterior))


def answer(case: Case, tables: Tables) -> Diagnosis:
    """Infer and put together the diagnosis of an examined run."""
    parts = _parts(case, tables)
    total = log_factors(case, tables)
    joint = tables.joint(total)
    probabilities = verdict_probabilities(*below_and_above(joint, tables.zero), case.quality)
    verdict, reason = choose(probabilities, case.quality)
    advice = prescribe(joint, tables, case.quality, verdict)
    findings = _findings(case)
    return Diagnosis(
        run=case.run,
        roles=case.roles,
        lr=case.setting.lr,
        lr_source=case.lr_source,
        verdict=verdict,
        reason=reason,
        probabilities=probabilities,
        factor=advice.factor,
        interval_decades=advice.interval_decades,
        belief=belief(joint, tables, advice),
        findings=findings,
        evidence=evidence(tables, case.signs, parts, total, case.quality),
        fits=fits(case.trace) if case.trace is not None else (),
        worth=None
        if case.trace is None or verdict is Verdict.INCONCLUSIVE
        else worth(case.trace, case.signs, advice.factor, probabilities, advice.interval_decades),
        remedies=remedies(verdict, findings, case, advice.factor),
    )


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
) -> SweepDiagnosis:
    """Judge runs that differ in LR together, in the order they were made; the last is the one to replace.

    Runs without an LR or without a usable loss cannot be placed on the common axis and take no part, nor do runs
    absurdly far from the others; where fewer than two are left, the answer is that run's own, or the last one's.

    Args:
        runs: as `read` returns them.
        posterior, loss, lr, val: as in `diagnose`, for every run.

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
    tables = load_tables(posterior)
    cases = [examine(run, loss=loss, lr=lr, val=val) for run in runs]
    return judge_sweep(cases, [answer(case, tables) for case in cases], tables)


def find_sweeps(
    cases: Sequence[Case],
    single: Sequence[Diagnosis],
    tables: Tables,
    *,
    fewest: int = 3,
    claimed: bool = False,
    together: bool = False,
) -> list[SweepDiagnosis]:
    """The sweeps among examined runs, each judged together; runs that differ in more than the LR are kept apart.

    Args:
        cases, single: the runs, and their own diagnoses.
        tables: the fitted posterior.
        fewest: different LRs a sweep must have.
        claimed: the user says that these runs are sweeps.
        together: take all runs as one sweep, whatever else differs.
    """
    found = []
    everything = [group(cases, range(len(cases)))] if together and len(cases) > 1 else []
    for group_ in everything or groups(cases, fewest, claimed=claimed):
        those = [cases[i] for i in group_.members], [single[i] for i in group_.members]
        found.append(
            replace(judge_sweep(*those, tables), title=group_.title, differs=group_.differs, apart=group_.apart)
        )
    return found


def judge_sweep(cases: Sequence[Case], single: Sequence[Diagnosis], tables: Tables) -> SweepDiagnosis:
    """One answer for examined runs, given their own diagnoses; as `diagnose_sweep`."""
    placed = [(k, member) for k, case in enumerate(cases) if (member := member_of(case, tables)) is not None]
    centre = float(np.median([member.log_lr for _, member in placed])) if placed else 0.0
    placed = [(k, m) for k, m in placed if abs(m.log_lr - centre) <= limits.SWEEP_REACH]
    members = [m for _, m in placed]
    if len(members) < 2:
        own = single[placed[0][0] if len(placed) == 1 else -1]
        return SweepDiagnosis(single, own.suggested_lr, own.factor, own.interval, own.belief)
    joined = join(members, tables)
    low, high = joined.interval
    reference = members[-1].log_lr
    stands = [
        SweepMember(k, 10**m.log_lr, float(cost), *stand, m.diverged)
        for (k, m), cost, stand in zip(placed, joined.results.logged, joined.stands, strict=True)
    ]
    return SweepDiagnosis(
        diagnoses=single,
        suggested_lr=10**joined.log_lr,
        factor=10 ** (joined.log_lr - reference),
        interval=(10**low, 10**high),
        belief=joined.belief,
        placed=sorted(stands, key=lambda one: one.lr),
        measure=joined.results.measure,
        untrained=joined.results.untrained,
        tolerance=joined.results.tolerance,
        steps=joined.results.steps,
        reach=joined.reach,
        band=(10 ** joined.band[0], 10 ** joined.band[1]),
    )


def member_of(case: Case, tables: Tables) -> Member | None:
    """An examined run as a member of a sweep; None where it cannot be placed on the LR axis."""
    if case.setting.lr is None or (case.trace is None and not case.quality.diverged):
        return None
    parts = _parts(case, tables)
    about_setting = _total({k: v for k, v in parts.items() if k in SETTING_SIGN_NAMES}, tables)
    about_curve = _total(parts, tables) - about_setting
    log_lr = float(np.log10(case.setting.lr))
    seen = given_divergence(tables, case.quality)
    return Member(log_lr, case.trace, about_curve, about_setting, seen, bool(case.quality.diverged))

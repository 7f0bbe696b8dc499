"""The gate in full: verdict x fail-on x certainty x ignore x baseline x sweep -> what fails, and the exit code."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.cli.exit_code import exit_code
from lrdoctor.findings import FINDINGS
from lrdoctor.gate.baseline import Baseline, of_report_now
from lrdoctor.gate.before import of_diagnosis, of_replay
from lrdoctor.gate.fail_on import parse
from lrdoctor.gate.judge import Asked, Ignore, judge
from lrdoctor.gate.subjects import tally
from lrdoctor.records.diagnosis import Diagnosis, Finding, Severity, Verdict
from lrdoctor.records.gate import Subject
from lrdoctor.records.globs import Glob
from lrdoctor.records.report import Report
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Floats, Run, Series
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from lrdoctor.records.unreadable import Unreadable
from tests.report import examples as ex
from tests.report import replay_examples as rx

KNOWN = [(rule.code, rule.name) for rule in FINDINGS]
V = Verdict


def run(name: str, loss: Floats | None = None) -> Run:
    values = np.linspace(2, 1, 40) if loss is None else loss
    return Run(name, {"loss": Series(np.arange(float(len(values))), values)}, ex.source(name))


def diagnosed(
    verdict: Verdict,
    chance: float = 0.9,
    *codes: str,
    name: str = "a",
    loss: Floats | None = None,
) -> Diagnosis:
    """A run with that verdict at that certainty and those findings, `LR102!` a fault."""
    rest = (1 - chance) / 3
    chances = {v: chance if v is verdict else rest for v in (V.TOO_SLOW, V.WELL_TUNED, V.TOO_HIGH, V.DIVERGENT)}
    findings = tuple(
        Finding(code.strip("!"), "n", Severity.FAULT if code.endswith("!") else Severity.INFO, "m") for code in codes
    )
    return replace(
        ex.too_slow(),
        run=run(name, loss),
        roles=Roles(loss="loss"),
        verdict=verdict,
        probabilities=chances,
        findings=findings,
    )


def asked(fail_on: str, **more: object) -> Asked:
    return replace(Asked(parse([fail_on], KNOWN)), **more)  # type: ignore[arg-type]


def of_diagnoses(runs: Iterable[Diagnosis]) -> Baseline:
    return Baseline(tuple(map(of_diagnosis, runs)))


def fails(report: Report, wanted: Asked) -> tuple[tuple[str, ...], int]:
    gate = judge(report, wanted)
    matched = tuple(word for failure in gate.failures for word in failure.matched)
    return matched, exit_code(replace(report, gate=gate))


@pytest.mark.parametrize(
    ("verdict", "chance", "fail_on", "matched"),
    [
        *((verdict, 0.9, "", ()) for verdict in V),
        *((v, 0.9, w.value, ((str(parse([w.value], KNOWN)[0]),) if v is w else ())) for v, w in product(V, V)),
        # The default certainty, at its edge.
        (V.TOO_HIGH, 0.8, "too-high", ("too-high>=80%",)),
        (V.TOO_HIGH, 0.799, "too-high", ()),
        (V.TOO_SLOW, 0.8, "too-slow", ("too-slow>=80%",)),
        (V.TOO_SLOW, 0.44, "too-slow", ()),
        (V.WELL_TUNED, 0.79, "well-tuned", ()),
        # One of one's own.
        (V.TOO_HIGH, 0.95, "too-high>=96%", ()),
        (V.TOO_HIGH, 0.96, "too-high>=96%", ("too-high>=96%",)),
        (V.TOO_HIGH, 0.5, "too-high>=50%", ("too-high>=50%",)),
        # What is seen, or cannot be told, needs none.
        (V.DIVERGENT, 0.3, "divergent", ("divergent",)),
        (V.INCONCLUSIVE, 0.3, "inconclusive", ("inconclusive",)),
        (V.INCONCLUSIVE, 0.3, "divergent,too-high,too-slow,well-tuned", ()),
    ],
)
def test_a_verdict_fails_from_its_certainty_on(
    verdict: Verdict, chance: float, fail_on: str, matched: tuple[str, ...]
) -> None:
    assert fails(Report((diagnosed(verdict, chance),)), asked(fail_on)) == (matched, 1 if matched else 0)


@pytest.mark.parametrize(
    ("codes", "fail_on", "matched"),
    [
        (("LR102",), "LR102", ("LR102",)),
        (("LR102",), "diverged-rising", ("LR102",)),
        (("LR102",), "LR101", ()),
        (("LR102!",), "fault", ("fault",)),
        (("LR102",), "fault", ()),
        (("LR102",), "info", ("info",)),
        (("LR102!", "LR201"), "LR201,fault", ("LR201", "fault")),
    ],
)
def test_findings_fail_by_code_name_and_severity(
    codes: tuple[str, ...], fail_on: str, matched: tuple[str, ...]
) -> None:
    assert fails(Report((diagnosed(V.WELL_TUNED, 0.9, *codes),)), asked(fail_on)) == (matched, 1 if matched else 0)


LOST = (Unreadable("b.csv", "an empty file"),)
NAMED = (Unreadable("b.csv", "an empty file", "b.csv"),)


@pytest.mark.parametrize(
    ("runs", "lost", "fail_on", "code"),
    [
        (1, LOST, "divergent", 0),
        (1, LOST, "unreadable", 1),
        (1, NAMED, "", 2),
        (1, NAMED, "unreadable", 2),  # 2 outranks 1
        (0, LOST, "unreadable", 2),
        (0, (), "", 2),
    ],
)
def test_what_was_not_read(runs: int, lost: tuple[Unreadable, ...], fail_on: str, code: int) -> None:
    report = Report((diagnosed(V.WELL_TUNED),) * runs, lost)
    assert fails(report, asked(fail_on))[1] == code


def test_what_is_no_pass_is_counted() -> None:
    report = Report((diagnosed(V.WELL_TUNED), diagnosed(V.INCONCLUSIVE)), LOST)
    assert tally(report) == "1 well tuned, 1 inconclusive, 1 unreadable"


def test_exit_zero_fails_nothing_but_what_is_wrong_with_the_call() -> None:
    broke = Report((diagnosed(V.DIVERGENT),))
    assert fails(broke, asked("divergent", exit_zero=True)) == (("divergent",), 0)
    assert fails(Report((), NAMED), asked("divergent", exit_zero=True))[1] == 2


def ignore(what: str, path: str = "*", reason: str = "known") -> Ignore:
    return Ignore(parse([what], KNOWN)[0], Glob(path), reason)


@pytest.mark.parametrize(
    ("ignored", "matched", "warned"),
    [
        (ignore("too-high"), ("LR102",), 0),
        (ignore("too-high>=99%"), ("LR102",), 0),  # a verdict, whatever its certainty
        (ignore("LR102"), ("too-high>=80%",), 0),
        (ignore("too-high", "logs/a"), ("LR102",), 0),
        (ignore("too-high", "a"), ("LR102",), 0),
        (ignore("too-high", "logs/b*"), ("too-high>=80%", "LR102"), 1),
        (ignore("divergent"), ("too-high>=80%", "LR102"), 1),
    ],
)
def test_what_is_ignored_does_not_fail_and_an_idle_ignore_is_told(
    ignored: Ignore, matched: tuple[str, ...], warned: int
) -> None:
    gate = judge(Report((diagnosed(V.TOO_HIGH, 0.9, "LR102"),)), asked("too-high,LR102", ignores=[ignored]))
    assert tuple(word for failure in gate.failures for word in failure.matched) == matched
    assert len(gate.warnings) == warned
    assert len(gate.ignored) == 1 - warned
    assert all("known" in line for line in (*gate.ignored, *gate.warnings))


def test_a_path_may_fail_by_conditions_of_its_own() -> None:
    report = Report((diagnosed(V.TOO_HIGH, name="a"), diagnosed(V.TOO_HIGH, name="b")))
    wanted = asked("divergent", overrides=[(Glob("logs/b"), parse(["too-high"], KNOWN))])
    gate = judge(report, wanted)
    assert [failure.index for failure in gate.failures] == [1]
    assert gate.asked == "divergent, too-high>=80%"


BEFORE = {
    "the same": (diagnosed(V.TOO_HIGH, 0.85), ()),
    "as sure as the limit before": (diagnosed(V.TOO_HIGH, 0.8), ()),
    "less sure before": (diagnosed(V.TOO_HIGH, 0.799), ("too-high>=80%",)),
    "broke before": (diagnosed(V.DIVERGENT), ()),
    "good before": (diagnosed(V.WELL_TUNED), ("too-high>=80%",)),
    "too slow before": (diagnosed(V.TOO_SLOW), ("too-high>=80%",)),
    "another run": (diagnosed(V.TOO_HIGH, 0.85, name="b"), ("too-high>=80%",)),
}


@pytest.mark.parametrize("before", BEFORE)
def test_only_what_is_new_or_worse_than_the_baseline_fails(before: str) -> None:
    was, matched = BEFORE[before]
    # A second run, or the only one there is would stand for every other.
    baseline = of_diagnoses([was, diagnosed(V.WELL_TUNED, name="z")])
    assert fails(Report((diagnosed(V.TOO_HIGH, 0.9),)), asked("too-high", baseline=baseline))[0] == matched


def test_a_finding_and_a_lost_path_may_be_known_too() -> None:
    baseline = replace(of_diagnoses([diagnosed(V.WELL_TUNED, 0.9, "LR102")]), unreadable=frozenset({"b.csv"}))
    report = Report((diagnosed(V.WELL_TUNED, 0.9, "LR102", "LR201"),), (*LOST, Unreadable("c.csv", "gone")))
    gate = judge(report, asked("LR102,LR201,unreadable", baseline=baseline))
    assert [(f.subject, f.matched) for f in gate.failures] == [
        (Subject.RUN, ("LR201",)),
        (Subject.UNREADABLE, ("unreadable",)),
    ]
    assert len(gate.known) == 2


@pytest.mark.parametrize(
    ("before", "now", "fail_on", "matched"),
    [
        # One more fault beside the one that was there is new, though both are faults.
        (("LR102!",), ("LR102!", "LR103!"), "fault", ("fault",)),
        (("LR102!", "LR103!"), ("LR102!",), "fault", ()),
        (("LR102",), ("LR102",), "info", ()),
        # The same finding, more severe than it was.
        (("LR102",), ("LR102!",), "LR102", ("LR102",)),
        (("LR102",), ("LR102!",), "fault", ("fault",)),
        (("LR102!",), ("LR102",), "LR102", ()),
        ((), ("LR102",), "LR102", ("LR102",)),
    ],
)
def test_a_finding_is_known_by_itself_and_not_by_another_as_severe(
    before: tuple[str, ...], now: tuple[str, ...], fail_on: str, matched: tuple[str, ...]
) -> None:
    baseline = of_diagnoses([diagnosed(V.WELL_TUNED, 0.9, *before), diagnosed(V.WELL_TUNED, name="z")])
    report = Report((diagnosed(V.WELL_TUNED, 0.9, *now),))
    assert fails(report, asked(fail_on, baseline=baseline))[0] == matched


def at(d: Diagnosis, path: str) -> Diagnosis:
    return replace(d, run=replace(d.run, source=replace(d.run.source, path=Path(path))))


@pytest.mark.parametrize(
    "new",
    [
        pytest.param(at(diagnosed(V.DIVERGENT, name="a"), "elsewhere/a"), id="the same name in another folder"),
        pytest.param(at(diagnosed(V.DIVERGENT, name="b"), "logs/a"), id="another run of the same file"),
        pytest.param(at(diagnosed(V.DIVERGENT, name="z"), "elsewhere/z"), id="the name of a run that is gone"),
    ],
)
def test_a_new_run_never_hides_behind_one_that_was_as_bad(new: Diagnosis) -> None:
    old = diagnosed(V.DIVERGENT, name="a")
    text = Report((old, diagnosed(V.DIVERGENT, name="z")))
    gate = judge(Report((old, new)), asked("divergent", baseline=without_logs(of_report_now(text))))
    assert [failure.index for failure in gate.failures] == [1]
    assert gate.failures[0].message.endswith("; not in the baseline")
    assert len(gate.known) == 1


def without_logs(baseline: Baseline) -> Baseline:
    """As an earlier report has it."""
    return replace(baseline, runs=[replace(one, diagnosis=None) for one in baseline.runs])


def test_of_a_report_end_and_lr_are_compared() -> None:
    was = replace(ex.too_slow(), lr=2e-4, verdict=V.TOO_SLOW)
    now = replace(was, lr=1e-4, verdict=V.TOO_HIGH, probabilities={V.TOO_HIGH: 0.9})
    baseline = without_logs(of_diagnoses([was]))
    ended = replace(baseline.runs[0], end=0.25)
    (failure,) = judge(Report((now,)), asked("too-high", baseline=replace(baseline, runs=[ended]))).failures
    assert "; it was too slow 91 %, LR 2e-4; the loss ends at 1.4" in failure.message
    assert failure.message.endswith(", was 0.25")
    same = judge(Report((replace(now, lr=2e-4),)), asked("too-high", baseline=baseline)).failures[0].message
    assert same.endswith("; it was too slow 91 %"), "what is the same is not said"


def test_where_nothing_is_asked_reasons_are_not_called_idle_and_a_baseline_is() -> None:
    report = Report((diagnosed(V.DIVERGENT),))
    assert judge(report, asked("", ignores=[ignore("divergent")])).warnings == ()
    (warning,) = judge(report, asked("", baseline=of_diagnoses([]))).warnings
    assert "--fail-on" in warning
    assert judge(report, asked("divergent", baseline=of_diagnoses(report.diagnoses))).warnings == ()


def test_where_the_curves_part_is_said() -> None:
    was = np.linspace(2, 1, 400)
    now = np.where(np.arange(400) < 200, was, was + 1)
    baseline = of_diagnoses([diagnosed(V.WELL_TUNED, loss=was)])
    (failure,) = judge(Report((diagnosed(V.TOO_HIGH, loss=now),)), asked("too-high", baseline=baseline)).failures
    assert "it was well tuned 90 %; the loss curves part at step 2" in failure.message


def swept(*places: tuple[float, float, float, bool]) -> Report:
    """A sweep whose members lie below, in and above the band with these chances, the last flag: diverged."""
    runs = [diagnosed(V.TOO_HIGH, 0.9, "LR102!", name=f"r{i}") for i in range(len(places))]
    members = [SweepMember(i, 10.0 ** (i - 3), 0.1 * i, *p[:3], diverged=p[3]) for i, p in enumerate(places)]
    sweep = SweepDiagnosis(runs, 0.01, 1.0, (1e-3, 0.1), ex.belief(0, 0.5), members, "validation")
    return Report(tuple(runs), (), (sweep,))


LOW, GOOD, HIGH, BROKE = (
    (0.9, 0.05, 0.05, False),
    (0.1, 0.8, 0.1, False),
    (0.02, 0.06, 0.92, False),
    (0, 0.01, 0.99, True),
)


@pytest.mark.parametrize(
    ("members", "fail_on", "matched"),
    [
        # Some runs are bad on purpose: with a good one among them nothing fails.
        ((LOW, GOOD, HIGH, BROKE), "divergent,too-high,too-slow", ()),
        ((LOW, LOW), "too-slow", ("too-slow>=80%",)),
        ((LOW, LOW), "too-high,divergent", ()),
        ((HIGH, BROKE), "too-high", ("too-high>=80%",)),
        ((HIGH, BROKE), "divergent", ()),
        ((BROKE, BROKE), "divergent", ("divergent",)),
        ((LOW, HIGH), "too-slow,too-high", ("too-slow>=80%", "too-high>=80%")),
        # As sure as its least bad run: 1 - 0.06.
        ((HIGH, HIGH), "too-high>=94%", ("too-high>=94%",)),
        ((HIGH, HIGH), "too-high>=95%", ()),
        ((LOW, GOOD), "well-tuned", ("well-tuned>=80%",)),
        # By findings only good runs count.
        ((LOW, GOOD), "LR102", ("LR102",)),
        ((LOW, GOOD), "fault", ("fault",)),
    ],
)
def test_a_sweep_counts_once_and_fails_only_without_a_good_run(
    members: tuple[tuple[float, float, float, bool], ...], fail_on: str, matched: tuple[str, ...]
) -> None:
    report = swept(*members)
    gate = judge(report, asked(fail_on))
    assert len(gate.failures) == bool(matched)
    assert fails(report, asked(fail_on)) == (matched, 1 if matched else 0)


@pytest.mark.parametrize(
    ("before", "now", "fail_on", "matched"),
    [
        # It had a good run, and has none: what each log says alone (too high, here of all) is not what the sweep said.
        ((LOW, GOOD), (LOW, HIGH), "too-slow", ("too-slow>=80%",)),
        ((LOW, HIGH), (LOW, HIGH), "too-slow,too-high", ()),
        # Too slow before, too high now.
        ((LOW, LOW), (HIGH, HIGH), "too-high", ("too-high>=80%",)),
        # As sure as the limit asks for: 1 - 0.06 before, the limit beyond and at it.
        ((HIGH, HIGH), (BROKE, BROKE), "too-high>=95%", ("too-high>=95%",)),
        ((HIGH, HIGH), (BROKE, BROKE), "too-high>=94%", ()),
        ((HIGH, BROKE), (BROKE, BROKE), "divergent", ("divergent",)),
        ((BROKE, BROKE), (BROKE, BROKE), "divergent", ()),
        # One run more, which the baseline has not.
        ((LOW, LOW), (LOW, LOW, LOW), "too-slow", ("too-slow>=80%",)),
    ],
)
def test_a_sweep_is_known_by_where_its_runs_stood(
    before: tuple[tuple[float, float, float, bool], ...],
    now: tuple[tuple[float, float, float, bool], ...],
    fail_on: str,
    matched: tuple[str, ...],
) -> None:
    baseline = of_report_now(swept(*before))
    assert fails(swept(*now), asked(fail_on, baseline=baseline))[0] == matched


def test_of_a_sweep_runs_that_were_in_none_count_by_what_their_logs_said() -> None:
    alone = [diagnosed(V.TOO_SLOW, 0.9, name=f"r{i}") for i in range(2)]
    report = swept(LOW, LOW)
    assert fails(report, asked("too-slow", baseline=of_diagnoses(alone)))[0] == ()
    one_good = [alone[0], diagnosed(V.WELL_TUNED, 0.9, name="r1")]
    assert fails(report, asked("too-slow", baseline=of_diagnoses(one_good)))[0] == ("too-slow>=80%",)


def test_of_a_sweep_a_finding_is_known_of_the_run_that_has_it() -> None:
    report = swept(LOW, GOOD)
    clean = replace(report.diagnoses[1], findings=())
    sweep = replace(report.sweeps[0], diagnoses=[report.diagnoses[0], clean])
    before = Report((report.diagnoses[0], clean), (), (sweep,))
    assert fails(report, asked("LR102", baseline=of_report_now(before)))[0] == ("LR102",)
    assert fails(report, asked("LR102", baseline=of_report_now(report)))[0] == ()


@pytest.mark.parametrize(
    ("members", "fail_on", "ignored", "matched"),
    [
        # A sweep is ignored where each of its runs is; a finding where each run that has it is.
        ((LOW, LOW), "too-slow", ignore("too-slow", "logs/r0"), ("too-slow>=80%",)),
        ((LOW, LOW), "too-slow", ignore("too-slow", "logs/r*"), ()),
        ((GOOD, GOOD), "LR102", ignore("LR102", "logs/r0"), ("LR102",)),
        ((LOW, GOOD), "LR102", ignore("LR102", "logs/r0"), ("LR102",)),
        ((LOW, GOOD), "LR102", ignore("LR102", "logs/r1"), ()),
    ],
)
def test_an_ignore_of_one_run_does_not_silence_its_sweep(
    members: tuple[tuple[float, float, float, bool], ...], fail_on: str, ignored: Ignore, matched: tuple[str, ...]
) -> None:
    assert fails(swept(*members), asked(fail_on, ignores=[ignored]))[0] == matched


@pytest.mark.parametrize(("pattern", "matched"), [("logs/r0", ()), ("logs/r*", ("too-slow>=80%",))])
def test_a_sweep_fails_by_conditions_of_its_own_where_each_run_does(pattern: str, matched: tuple[str, ...]) -> None:
    wanted = asked("divergent", overrides=[(Glob(pattern), parse(["too-slow"], KNOWN))])
    assert fails(swept(LOW, LOW), wanted)[0] == matched


def test_findings_of_bad_runs_of_a_sweep_do_not_count() -> None:
    report = swept(LOW, GOOD)
    clean = replace(report.diagnoses[1], findings=())
    sweep = replace(report.sweeps[0], diagnoses=[report.diagnoses[0], clean])
    assert fails(Report((report.diagnoses[0], clean), (), (sweep,)), asked("LR102"))[0] == ()


@pytest.mark.parametrize(
    ("make", "fail_on", "matched"),
    [
        (rx.no_answer, "inconclusive", ("inconclusive",)),
        (rx.no_answer, "too-slow>=0", ()),
        (rx.usual, "too-slow>=50%", ("too-slow>=50%",)),
        (rx.usual, "too-high", ()),
    ],
)
def test_a_replay_fails_by_its_recipes_own_lr(make: object, fail_on: str, matched: tuple[str, ...]) -> None:
    log = diagnosed(V.DIVERGENT)
    one = make(log) if make is rx.usual else make()  # type: ignore[operator]
    report = Report((log,) if one.log is log else (), replays=(one,))
    assert fails(report, asked(fail_on)) == (matched, 1 if matched else 0)
    assert fails(report, asked("divergent"))[0] == (), "the log is what it began from, and is settled by it"


def test_a_replay_is_known_by_its_name_or_by_the_log_of_one_run() -> None:
    one = replace(rx.usual(ex.too_slow()), log=None)
    report, wanted = Report(replays=(one,)), "too-slow>=50%"
    known = Baseline(replays=(of_replay(one),))
    assert fails(report, asked(wanted, baseline=known))[0] == ()
    other = Baseline(replays=(replace(of_replay(one), name="b.py:recipe", path="b.py:recipe"),))
    (failure,) = judge(report, asked(wanted, baseline=other)).failures
    assert failure.message.endswith("; not in the baseline")
    assert fails(report, asked(wanted, baseline=of_diagnoses([diagnosed(V.TOO_SLOW, 0.9)])))[0] == ()
    (failure,) = judge(report, asked(wanted, baseline=of_diagnoses([diagnosed(V.TOO_HIGH, 0.9)]))).failures
    assert "; it was too high 90 %, LR 1e-5" in failure.message


def test_a_failure_names_path_answer_and_what_it_matched() -> None:
    (failure,) = judge(Report((diagnosed(V.TOO_HIGH, 0.93),)), asked("too-high,divergent")).failures
    assert failure.message == "logs/a: too high 93 %, LR 1e-5; matched too-high>=80%"

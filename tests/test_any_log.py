"""Whatever a log holds, alone or with others, there is an answer that can be written down in every format."""

import json
import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.inference.sweep import find_sweeps
from lrdoctor.inference.tables import load_tables
from lrdoctor.measurement.case import examine
from lrdoctor.pipeline import infer_diagnosis
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.report import Report
from lrdoctor.records.run import Run
from lrdoctor.report import render
from tests.runs import a_run, falling

VALUES = st.one_of(
    st.floats(-1e3, 1e3),
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e300, -1e300, 5e-324, 1e-12]),
)
LOSSES = st.one_of(
    st.lists(VALUES, min_size=1, max_size=120),
    # Mostly ordinary, with something odd somewhere.
    st.builds(
        lambda n, seed, at, odd: [odd if k in at else float(v) for k, v in enumerate(falling(n, seed=seed))],
        st.integers(8, 200),
        st.integers(0, 50),
        st.sets(st.integers(0, 199), max_size=6),
        VALUES,
    ),
    st.builds(lambda v, n: [v] * n, VALUES, st.integers(1, 80)),
)
LRS = st.one_of(st.none(), st.floats(1e-12, 1e6), st.sampled_from([1e-300, 1e300, 5e-324]))


@st.composite
def a_log(draw: st.DrawFn) -> Run:
    losses = draw(LOSSES)
    lr = draw(LRS)
    trace = np.array(draw(st.lists(VALUES, min_size=len(losses), max_size=len(losses)))) if draw(st.booleans()) else lr
    val = draw(st.one_of(st.none(), st.lists(VALUES, min_size=1, max_size=40)))
    optimizer = draw(st.sampled_from([None, "Adam", "SGD"]))
    return a_run(losses, lr=trace, val=val, optimizer=optimizer, every=draw(st.sampled_from([1, 7])))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(a_log(), min_size=1, max_size=4), st.booleans())
def test_any_logs_give_a_report(runs: list[Run], together: bool) -> None:
    tables = load_tables()
    with np.errstate(all="ignore"):
        cases = [examine(run) for run in runs]
        diagnoses = [infer_diagnosis(case, tables) for case in cases]
        sweeps = find_sweeps(cases, diagnoses, tables, min_lrs=2, ignore_other_settings=together)
        report = Report(tuple(diagnoses), (), tuple(sweeps))
        for d in diagnoses:
            assert math.isclose(sum(d.probabilities.values()), 1.0, abs_tol=1e-6)
            assert (d.factor is None) == (d.verdict is Verdict.INCONCLUSIVE)
            assert d.factor is None or (math.isfinite(d.factor) and d.factor > 0)
            if d.worth is not None:
                assert 0 <= d.worth.loss[0] <= d.worth.loss[1] <= d.worth.loss[2]
        assert json.loads(render(report, "json"))["runs"]
        assert render(report, "text")

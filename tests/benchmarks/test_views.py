"""What the views of a labelled run show, and the sweeps of other domains."""

import numpy as np
import pytest
import torch

from benchmarks.accuracy import kinds_of
from benchmarks.corpus.optimizers import OPTIMIZERS, Hyper, orthogonal
from benchmarks.corpus.other_domains import KINDS
from benchmarks.corpus.tasks import TASKS
from benchmarks.corpus.tasks.language import made_text
from benchmarks.metrics import Answer, harm, regret_at
from benchmarks.regret_shape import fit_regret
from benchmarks.rows import VIEWS, as_run
from lrdoctor.measurement.case import examine
from tests.benchmarks.test_metrics import ROWS, a_row

ROW = a_row(1e-3, "well-tuned")


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_what_it_says(view: str) -> None:
    run, asked = as_run(ROW, view), VIEWS[view]
    loss = run.series["train_loss"]
    assert ("lr" in run.series) == (asked.lr == "column" and asked.steps)
    assert ("lr" in run.hparams) == (asked.lr != "none")
    assert ("val_loss" in run.series) <= asked.validation
    if asked.part == "excerpt":
        assert len(loss) == 20
    late = asked.part in {"resumed", "excerpt"}
    curve = examine(run).curve
    assert curve is not None
    # Lines without a step that come down as a run's first do look like a beginning.
    assert curve.begins != late or not asked.steps
    assert (loss.step[0] >= 100) == (late and asked.steps)


def test_harm_is_counted_from_the_regret_of_where_a_run_is_sent() -> None:
    said = [
        Answer(row.verdict, {row.verdict: 1.0}, factor, None)
        for row, factor in zip(ROWS, (10, 1, 100, None, 1e-2), strict=True)
    ]
    before, after, worse = harm(ROWS, said)
    assert before == pytest.approx((0.5 + 0 + 0 + 0.8 + 1.0) / 5)
    assert after == pytest.approx((0 + 0 + 1.0 + 0.8 + 0.0) / 5)
    assert worse == pytest.approx(1 / 5)
    assert regret_at(ROWS, 10**-3.5) == pytest.approx(0.25)
    assert regret_at(ROWS, 1e2) == 1.0


def test_the_shape_of_regret_grows_with_the_distance() -> None:
    shape = fit_regret(ROWS)
    assert shape.below[0] == shape.above[0] == 0
    assert (np.diff(shape.below) >= 0).all()
    assert (np.diff(shape.above) >= 0).all()


def test_a_kind_is_known_from_ten_sweeps_on() -> None:
    case = examine(as_run(ROW))
    rows = [a_row(1e-3, "well-tuned") for _ in range(10)]
    named = [type(row)(**{**row.__dict__, "sweep": f"s{k}"}) for k, row in enumerate(rows)]
    assert kinds_of([(row, case) for row in named]) == {"other"}
    assert kinds_of([(row, case) for row in named[:9]]) == frozenset()


def test_sweeps_of_other_domains_are_of_tasks_and_optimizers_that_there_are() -> None:
    for sweep in (sweep for kind in KINDS for sweep in kind):
        assert sweep.task in TASKS
        assert sweep.optimizer in OPTIMIZERS


def test_muon_makes_its_steps_nearly_orthogonal() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(3, 12, 20)))
    assert 0.6 < float(values.min()) <= float(values.max()) < 1.3


@pytest.mark.parametrize("name", ["Signum", "Muon"])
def test_a_step_goes_against_the_gradient(name: str) -> None:
    shapes = [torch.Size([4, 3]), torch.Size([4])]
    optimizer = OPTIMIZERS[name](Hyper(), shapes)
    params, grads = torch.zeros(2, 16), torch.ones(2, 16)
    state = tuple(torch.zeros_like(params) for _ in range(optimizer.slots))
    new, _ = optimizer.update(params, grads, state, torch.tensor([[0.1], [0.2]]), 1)
    assert (new < 0).all()
    assert new[1] == pytest.approx(2 * new[0])


def test_made_text_is_the_same_every_time_and_has_a_long_tail() -> None:
    text = made_text(200, 2000)
    assert torch.equal(text, made_text(200, 2000))
    counts = torch.bincount(text, minlength=200).sort(descending=True).values
    assert counts[:20].sum() > 0.4 * len(text)
    assert int((counts > 0).sum()) > 60

"""Whole replays: determinism, budgets, errors, interrupts, and what the records say."""

import functools
import math
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim import LBFGS, SGD, Adadelta, AdamW, RMSprop
from torch.utils.data import DataLoader

import lrdoctor
from lrdoctor.errors import UsageError
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.report import Report
from lrdoctor.records.run import Floats, Run, Series, Source
from lrdoctor.replay import Recipe, answer, replay
from lrdoctor.replay.answer import optimizer_name
from lrdoctor.replay.safeguards.failures import OutOfMemoryError
from tests.replay.small import Failing, Make, data, linear, net, not_a_number, recipe, squared

on_cpu = functools.partial(replay, device="cpu")


def plain(value: Any) -> Any:
    """A record as something that `==` compares, its time and memory aside."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: plain(getattr(value, f.name))
            for f in fields(value)
            if f.name not in {"seconds", "memory", "source"}
        }
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, float):
        return repr(value)
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


class TestDeterminism:
    @pytest.mark.parametrize("together", [False, True])
    def test_a_seed_settles_everything(self, together: bool) -> None:
        found = []
        for start in (1, 2):
            given = recipe(make=lambda p: AdamW(p, 1e-5))
            for generator in (random.seed, np.random.seed, torch.manual_seed):
                generator(start)
            found.append(on_cpu(given, max_steps=200, seed=4, together=together))
        assert plain(found[0]) == plain(found[1])
        assert found[0].range_test is not None or found[0].rounds

    def test_another_seed_is_another_data_order(self) -> None:
        firsts = []
        for seed in (0, 1, 2**32 - 1):
            found = on_cpu(recipe(model=linear()), max_steps=100, seed=seed)
            firsts.append(tuple(found.rounds[0].arms[0].loss))
        assert len(set(firsts)) == 3

    def test_arms_of_a_round_see_the_same_batches(self) -> None:
        (made, *_) = on_cpu(recipe(), max_steps=100).rounds
        assert len({arm.loss[0] for arm in made.arms}) == 1

    def test_rounds_and_ramps_have_orders_of_their_own(self) -> None:
        found = on_cpu(recipe(make=lambda p: Adadelta(p, 1e-4)), max_steps=400)
        losses = [made.arms[0].loss[0] for made in found.rounds]
        losses += [ramp.loss[0] for ramp in found.range_test.ramps] if found.range_test is not None else []
        assert len(set(losses)) == len(losses) > 2


MAKES: dict[str, Make] = {
    "sgd": lambda p: SGD(p, 1e-3),
    "momentum, far too high": lambda p: SGD(p, 30.0, momentum=0.9),
    "adamw": lambda p: AdamW(p, 1e-3),
    "unknown": lambda p: Adadelta(p, 1e-3),
}


class TestBudget:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=st.integers(60, 400), kind=st.sampled_from(list(MAKES)), accumulate=st.sampled_from([1, 1, 3]))
    def test_it_is_never_overdrawn(self, steps: int, kind: str, accumulate: int) -> None:
        given = recipe(make=MAKES[kind], model=linear(), accumulate=accumulate)
        cost = on_cpu(given, max_steps=steps).cost
        assert 0.6 * steps < cost.total <= steps
        assert cost.total == pytest.approx(cost.steps + cost.evaluations / 3 + 3 * cost.products)

    @pytest.mark.parametrize("steps", [60, 97, 200])
    def test_arms_at_once_cost_no_more(self, steps: int) -> None:
        found = on_cpu(recipe(), max_steps=steps, together=True)
        assert found.cost.total <= steps
        assert "at once" in found.mode

    @pytest.mark.parametrize("steps", [600, 1000])
    def test_with_curvature(self, steps: int) -> None:
        found = on_cpu(recipe(make=MAKES["adamw"]), max_steps=steps)
        assert found.cost.total <= steps
        assert found.curvature is not None
        assert found.cost.products > 0

    @pytest.mark.parametrize("loss", [not_a_number, lambda m, b: squared(m, b) * 0.0])
    def test_nothing_learned_costs_no_more(self, loss: Any) -> None:
        for steps in (60, 200, 600):
            assert on_cpu(recipe(loss), max_steps=steps).cost.total <= steps

    def test_a_run_shorter_than_the_budget(self) -> None:
        found = on_cpu(recipe(steps=15), max_steps=400)
        assert found.cost.total <= 400
        assert max(made.horizon for made in found.rounds) <= 15

    def test_as_many_updates_as_it_says(self) -> None:
        calls = Failing(10**9, ValueError())
        cost = on_cpu(recipe(calls), max_steps=300).cost
        assert calls.calls == cost.steps + cost.evaluations

    def test_time_that_is_up_ends_it_with_what_is_known(self) -> None:
        class Slow:
            def __init__(self) -> None:
                self.calls = 0

            def __call__(self, model: nn.Module, batch: Any) -> Tensor:
                self.calls += 1
                if self.calls == 90:
                    time.sleep(0.6)
                return squared(model, batch)

        slow = Slow()
        found = on_cpu(recipe(slow), max_steps=10_000, max_seconds=0.5)
        assert found.reason == "the time was up (0.5 s)"
        assert slow.calls < 10_000
        assert found.cost.seconds < 3

    def test_the_time_shapes_the_plan(self) -> None:
        def slow(model: nn.Module, batch: Any) -> Tensor:
            time.sleep(0.004)
            return squared(model, batch)

        found = on_cpu(recipe(slow, model=linear(), steps=50_000), max_seconds=2)
        assert found.suggested_lr is not None, found.reason
        assert len(found.rounds) >= 2
        assert found.cost.seconds < 2.5
        assert len(found.range_test.ramps if found.range_test else ()) < 12

    def test_the_budget_is_at_most_the_runs_own_length(self) -> None:
        assert on_cpu(recipe(model=linear(), steps=300)).cost.total <= 300
        assert answer.budgeted(5000, None) == 1000
        assert answer.budgeted(20, None) == 60
        assert answer.budgeted(5000, 60.0) == 5000

    def test_hardly_any_time_is_an_answer_without_one(self) -> None:
        found = on_cpu(recipe(), max_seconds=1e-9)
        assert found.suggested_lr is None
        assert found.reason == "the time was up (1e-09 s)"
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.cost.steps <= 1


def refusal(given: Recipe, **options: Any) -> str:
    with pytest.raises(UsageError) as error:
        on_cpu(given, **{"max_steps": 100, **options})
    text = str(error.value)
    assert "\n" not in text
    return text


def exhausted() -> Callable[[], Iterable[Any]]:
    once = iter(DataLoader(data(), batch_size=8))
    return lambda: once


def breaks_off() -> Iterator[Any]:
    yield from DataLoader(data(16), batch_size=8)
    raise OSError("no such\nshard")


OWN = net()


class TestErrors:
    @pytest.mark.parametrize(
        ("loss", "words"),
        [
            (lambda m, b: squared(m, b).item(), "the recipe's loss gives float: return one number as a tensor"),
            (lambda m, b: m(b[0]).square(), r"gives a tensor of shape \(8, 1\): return one number"),
            (lambda _m, _b: None, "the recipe's loss gives NoneType"),
            (lambda _m, _b: torch.tensor(1.0), "does not depend on trained weights"),
            (lambda m, b: squared(m, b).detach(), "does not depend on trained weights"),
            (lambda _, b: squared(OWN, b), "does not depend on the model it is given"),
            (lambda m, b: m(b[0][:, :3]).mean(), r"fails in a training step: RuntimeError: .*test_answer.py, line"),
            (lambda _, b: b["x"], r"fails in a training step: TypeError: .*test_answer.py, line"),
            (Failing(30, ValueError("no such\ndata")), r"fails in a training step: ValueError: no such data \(small"),
            (Failing(30, SystemExit(0)), r"leaves the program in a training step \(small.py, line"),
            (Failing(30, ValueError()), "ValueError: no message"),
            (Failing(30, RuntimeError("x" * 10_000)), "xxx…"),
        ],
    )
    def test_of_a_loss(self, loss: Any, words: str) -> None:
        with pytest.raises(UsageError, match=words) as error:
            on_cpu(recipe(loss), max_steps=100)
        assert "\n" not in str(error.value)
        assert len(str(error.value)) < 500

    def test_wherever_it_raises(self) -> None:
        """In ramps, arms, evaluations, Hessian-vector products, lone gradients."""

        def given(at: int) -> Recipe:
            return recipe(Failing(at, KeyError("labels")), make=MAKES["unknown"], model=linear())

        counting = given(10**9)
        on_cpu(counting, max_steps=600)
        calls: int = counting.loss.calls  # type: ignore[attr-defined]
        parts = set()
        for at in {1, *range(2, calls, 31), *range(calls // 2, calls // 2 + 60, 7), calls}:
            words = refusal(given(at), max_steps=600)
            assert "KeyError: 'labels' (small.py, line" in words
            parts.add(words.split(":")[0])
        assert parts == {"the recipe fails in a training step", "the recipe fails in its loss"}

    @pytest.mark.parametrize(
        ("batches", "words"),
        [
            (list, "batches() gives no batch"),
            (exhausted(), "batches() gives no batch: it must return a fresh iterator each time"),
            (breaks_off, "fails in its batches: OSError: no such shard (test_answer.py, line"),
            (lambda: None, "fails in its batches: TypeError: 'NoneType' object is not iterable"),
            (lambda: 1 / 0, "fails in its batches: ZeroDivisionError: division by zero (test_answer.py, line"),
        ],
    )
    def test_of_batches(self, batches: Any, words: str) -> None:
        assert words in refusal(recipe(batches=batches))

    def test_of_an_optimizer_that_wants_a_closure(self) -> None:
        assert "reruns do not do with accumulate" in refusal(recipe(make=lambda p: LBFGS(list(p)), accumulate=2))

    def test_of_a_model_that_cannot_be_copied(self) -> None:
        model = net()
        model.lock = threading.Lock()  # type: ignore[assignment]
        assert "copying its model" in refusal(recipe(model=model))

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"max_steps": 59}, "59 steps are too few"),
            ({"max_steps": -1}, "too few"),
            ({"bounds": (1.0, 1.0)}, "0 < low < high"),
            ({"bounds": (0.0, 1.0)}, "0 < low < high"),
            ({"bounds": (math.nan, 1.0)}, "0 < low < high"),
            ({"bounds": (1e-3, math.inf)}, "0 < low < high"),
            ({"ramp": "cubic"}, "choose exponential or linear"),
            ({"device": "tpu"}, "no device 'tpu' here: choose one of cpu"),
            ({"device": "cuda:99"}, "no device 'cuda:99' here"),
            ({"max_seconds": 0.0}, "0 seconds are too few"),
            ({"max_seconds": math.nan}, "seconds"),
            ({"max_memory": 0}, "0 bytes are too little"),
            ({"seed": -1}, "seed -1 is out of range"),
            ({"seed": 2**32}, "out of range"),
        ],
    )
    def test_of_arguments(self, options: dict[str, Any], words: str) -> None:
        assert words in refusal(recipe(), **options)

    def test_of_what_is_no_recipe(self) -> None:
        with pytest.raises(UsageError, match="returned None"):
            on_cpu(None)  # type: ignore[arg-type]

    @pytest.mark.parametrize("memory", [None, 200_000_000])
    def test_more_memory_than_there_is(self, memory: int | None) -> None:
        def greedy(model: nn.Module, batch: Any) -> Tensor:
            needed = 10**13 if memory is None else 10**9  # 4 GB: more than earlier tests may have freed
            return squared(model, batch) * torch.ones(needed)[0]

        with pytest.raises(OutOfMemoryError, match="needs more memory than there is") as error:
            on_cpu(recipe(greedy), max_steps=100, max_memory=memory)
        assert "\n" not in str(error.value)

    def test_our_own_memory_counts_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def short(*_arguments: object) -> None:
            raise MemoryError

        monkeypatch.setattr(answer, "run", short)
        with pytest.raises(OutOfMemoryError):
            on_cpu(recipe(), max_steps=100)

    def test_memory_enough_is_enough(self) -> None:
        assert on_cpu(recipe(), max_steps=60, max_memory=10**18).cost.memory is not None


class TestInterrupts:
    @pytest.mark.parametrize(("at", "arms"), [(1, 0), (150, 1), (260, 1)])
    def test_what_is_known_so_far_is_the_answer(self, at: int, arms: int) -> None:
        found = on_cpu(recipe(Failing(at, KeyboardInterrupt())), max_steps=300)
        assert found.reason == "it was stopped by Ctrl-C"
        assert sum(len(made.arms) for made in found.rounds) >= arms
        assert (found.suggested_lr is None) == (arms == 0)
        assert found.cost.steps < at
        for form in ("text", "html", "json"):
            assert "Ctrl-C" in lrdoctor.render(Report((), replays=(found,)), form)

    def test_arms_that_were_done_are_kept(self) -> None:
        """The range test's ramps, and the arms of a round that was not finished."""
        counts = []
        for at in (20, 60, 110, 160, 250):
            failing = Failing(at, KeyboardInterrupt())
            found = on_cpu(recipe(failing, make=MAKES["unknown"], model=linear()), max_steps=300)
            counts.append(sum(len(made.arms) for made in found.rounds))
            assert found.range_test is not None or at == 20
        assert counts == sorted(counts)
        assert counts[0] == 0
        assert counts[-1] > counts[-2] > 0


class TestAnswers:
    def test_records_are_what_they_say(self) -> None:
        told: list[tuple[str, float]] = []

        def watch(phase: str, lr: float, losses: Floats, budget: Any) -> None:
            assert 0 < budget.spent <= budget.steps
            assert len(losses)
            told.append((phase, lr))

        found = on_cpu(recipe(make=MAKES["unknown"]), max_steps=700, name="train.py:recipe", watch=watch)
        assert (found.name, found.steps, found.lr) == ("train.py:recipe", 1000, 1e-3)
        assert (found.optimizer_class, found.device.split()[0]) == ("Adadelta", "cpu")
        assert found.mode == "one after the other"
        assert {"range test", "curvature"} & {phase for phase, _ in told} == {"range test"}
        assert {phase for phase, _ in told if "rerun" in phase} == {f"{r.horizon}-step reruns" for r in found.rounds}
        for made in found.rounds:
            lrs = [arm.lr for arm in made.arms]
            assert lrs == sorted(lrs)
            assert math.isfinite(made.untrained)
            assert all(len(arm.loss) == made.horizon or arm.broke for arm in made.arms)
            assert all(math.isfinite(arm.cost) != arm.broke for arm in made.arms)
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert found.interval is not None
        assert found.band is not None
        assert found.interval[0] < found.interval[1]
        assert found.band[0] <= found.band[1]
        assert found.belief.middle.sum() == pytest.approx(1)

    def test_nan_from_the_start_is_said(self) -> None:
        found = on_cpu(recipe(not_a_number), max_steps=200)
        assert found.suggested_lr is None
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.reason == "the loss is not finite even before the first update"

    def test_a_flat_loss_is_no_answer(self) -> None:
        found = on_cpu(recipe(lambda m, b: squared(m, b) * 0.0 + 2.0), max_steps=200)
        assert found.suggested_lr is None
        assert found.reason == "no rerun learned anything"
        assert found.range_test is None or "neither falls nor blows up" in found.range_test.reason

    @pytest.mark.parametrize("loss", [not_a_number, lambda m, b: squared(m, b) * 0.0, lambda m, b: -squared(m, b)])
    def test_odd_losses_can_be_reported(self, loss: Any) -> None:
        found = on_cpu(recipe(loss, make=MAKES["unknown"]), max_steps=200)
        for form in ("text", "html", "json"):
            assert lrdoctor.render(Report((), replays=(found,)), form)

    def test_reruns_that_hardly_gain_leave_a_wide_interval(self) -> None:
        widths, said = [], []
        for loss in (squared, lambda m, b: squared(m, b) + 500.0):
            found = on_cpu(recipe(loss, make=MAKES["adamw"]), max_steps=300)
            assert found.suggested_lr is not None
            assert found.interval is not None
            widths.append(math.log10(found.interval[1] / found.interval[0]))
            said.append([remark for remark in found.remarks if "Even the longest reruns" in remark])
        assert widths[1] > widths[0] + 0.5
        assert not said[0]
        assert len(said[1]) == 1
        assert "less than 2 % of the loss" in said[1][0]

    @pytest.mark.parametrize("lr", [1e-30, 1e-9, 1e6])
    def test_a_recipe_with_an_absurd_lr(self, lr: float) -> None:
        for make in (lambda p: SGD(p, lr), lambda p: Adadelta(p, lr)):
            found = on_cpu(recipe(make=make, model=linear()), max_steps=200)
            assert sum(found.probabilities.values()) == pytest.approx(1)
            assert lrdoctor.render(Report((), replays=(found,)), "html")

    def test_a_log_is_begun_from(self) -> None:
        step = np.arange(0, 1000, 5, dtype=float)
        loss = 2.0 * np.exp(-step / 4000) + 0.01 * np.random.default_rng(0).normal(size=len(step))
        series = {"train/loss": Series(step, loss), "lr": Series(step, np.full(len(step), 1e-6))}
        log = Run("last", series, Source(Path("last"), (), "csv", "by hand"), {"optimizer": "AdamW"})
        found = on_cpu(recipe(make=MAKES["adamw"], model=linear()), log=log, max_steps=200)
        assert found.prior == "the log last"
        assert found.log is not None
        assert found.log.run is log

    def test_a_log_without_an_lr_is_not(self) -> None:
        step = np.arange(100, dtype=float)
        log = Run("last", {"train/loss": Series(step, 1 / (step + 1))}, Source(Path("last"), (), "csv", "by hand"))
        found = on_cpu(recipe(make=MAKES["adamw"], model=linear()), log=log, max_steps=100)
        assert found.prior == "what is customary for AdamW"
        assert any("names no learning rate" in remark for remark in found.remarks)

    @pytest.mark.parametrize(
        ("make", "name"),
        [
            (MAKES["sgd"], "SGD"),
            (MAKES["momentum, far too high"], "SGD+momentum"),
            (MAKES["adamw"], "AdamW"),
            (lambda p: RMSprop(p), "RMSprop"),
        ],
    )
    def test_optimizers_have_the_names_of_logs(self, make: Make, name: str) -> None:
        assert optimizer_name(recipe(make=make)) == name

"""A replay leaves no trace: weights, buffers, gradients, optimizers, generators, data order, limits of the process."""

import math
import random
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler
from torch.utils.data import DataLoader

from lrdoctor.errors import LrdoctorError, UsageError
from lrdoctor.replay import Recipe, replay
from tests.replay.small import Failing, Loss, data, net, not_a_number, squared

Epoch = list[list[float]]


class Scene:
    """A training script stopped in the middle of its run."""

    def __init__(self, kind: str, own_generator: bool) -> None:
        random.seed(7)
        np.random.seed(7)  # noqa: NPY002
        torch.manual_seed(7)
        self.model = net()
        assert isinstance(self.model, nn.Sequential)
        self.model.append(nn.Linear(1, 1)).append(nn.BatchNorm1d(1, affine=False))
        self.model[5].weight.requires_grad_(False)
        self.model[6].eval()
        self.model.register_buffer("scale", torch.tensor([math.nan, 1.0]), persistent=False)
        generator = Generator().manual_seed(3) if own_generator else None
        self.loader: DataLoader[Any] = DataLoader(data(), batch_size=8, shuffle=True, generator=generator)
        trained = [p for p in self.model.parameters() if p.requires_grad]
        groups: list[dict[str, Any]] = [{"params": trained[:2]}, {"params": trained[2:], "lr": 0.002}]
        self.optimizer: Optimizer = (
            SGD(groups, 0.01, momentum=0.9) if kind == "momentum" else AdamW(groups, 0.01, amsgrad=True)
        )
        self.scheduler: LRScheduler = CosineAnnealingLR(self.optimizer, 400)
        self.scaler = GradScaler("cpu", init_scale=4.0, growth_interval=3)
        for batch in self.loader:
            self.optimizer.zero_grad()
            self.scaler.scale(squared(self.model, batch)).backward()  # type: ignore[no-untyped-call]
            self.scaler.step(self.optimizer)
            self.scaler.update()
            self.scheduler.step()
        # A process that draws a normal number keeps half of the pair.
        random.gauss(0, 1)
        np.random.normal()  # noqa: NPY002

    def recipe(self, loss: Loss, **options: Any) -> Recipe:
        return Recipe(
            self.model, lambda: self.loader, loss, self.optimizer, 400, self.scheduler, clip_norm=1.0,
            scaler=self.scaler, **options,
        )  # fmt: skip

    def objects(self) -> dict[str, int]:
        """The identity of everything that a script may hold on to."""
        held: dict[str, object] = {**dict(self.model.named_parameters()), **dict(self.model.named_buffers())}
        held |= {f"{name}.grad": p.grad for name, p in self.model.named_parameters()}
        held |= {f"{i}.{k}": v for i, state in enumerate(self.optimizer.state.values()) for k, v in state.items()}
        return {name: id(value) for name, value in held.items()}

    def state(self) -> dict[str, Any]:
        """Everything, as bytes where it is a tensor."""
        generator = self.loader.generator
        state: dict[str, Any] = frozen(
            {
                "parameters": dict(self.model.named_parameters()),
                "buffers": dict(self.model.named_buffers()),
                "gradients": {name: p.grad for name, p in self.model.named_parameters()},
                "trained": [p.requires_grad for p in self.model.parameters()],
                "modes": [module.training for module in self.model.modules()],
                "hooks": [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in self.model.modules()],
                "optimizer": self.optimizer.state_dict(),
                "options": [{k: v for k, v in g.items() if k != "params"} for g in self.optimizer.param_groups],
                "scheduler": self.scheduler.state_dict(),
                "scaler": self.scaler.state_dict(),
                "python": random.getstate(),
                "numpy": np.random.get_state(),  # noqa: NPY002
                "torch": torch.get_rng_state(),
                "loader": None if generator is None else generator.get_state(),
            }
        )
        return state

    def next_epoch(self) -> Epoch:
        return [batch[1].flatten().tolist() for batch in self.loader]


def frozen(value: Any) -> Any:
    """A copy that `==` compares bit by bit."""
    if isinstance(value, Tensor):
        return value.dtype, tuple(value.shape), value.detach().numpy().tobytes()
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, Mapping):
        return {key: frozen(item) for key, item in value.items()}
    return [frozen(item) for item in value] if isinstance(value, list | tuple) else value


def process() -> dict[str, Any]:
    """What a library could leave changed in its process."""
    return {
        "memory": [resource.getrlimit(limit) for limit in (resource.RLIMIT_DATA, resource.RLIMIT_AS)],
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "type": torch.get_default_dtype(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "interrupt": signal.getsignal(signal.SIGINT),
        "warnings": list(warnings.filters),
        "path": list(sys.path),
        "arguments": list(sys.argv),
        "autocast": torch.is_autocast_enabled("cpu"),
    }


def ignores_its_model(scene: Scene) -> Loss:
    return lambda _, batch: squared(scene.model, batch)


def uses_both(scene: Scene) -> Loss:
    """As a script does that compares with its own model, and leaves that in another mode."""

    def loss(model: nn.Module, batch: Any) -> Tensor:
        own = squared(scene.model, batch)
        scene.model.eval()
        return squared(model, batch) + 0.1 * own

    return loss


def changes_its_batch(model: nn.Module, batch: Any) -> Tensor:
    batch[0].mul_(0.5)
    return squared(model, batch)


def failing(at: int, error: BaseException) -> Callable[[Scene], Loss]:
    return lambda _: Failing(at, error)


WAYS: dict[str, Callable[[Scene], Loss]] = {
    "success": lambda _: squared,
    "NaN": lambda _: not_a_number,
    "error in the range test": failing(5, ValueError("no such data")),
    "error in an arm": failing(60, RuntimeError("no such data")),
    "error at the end": failing(125, KeyError("no such data")),
    "Ctrl-C at once": failing(1, KeyboardInterrupt()),
    "Ctrl-C in an arm": failing(60, KeyboardInterrupt()),
    "SystemExit": failing(60, SystemExit(3)),
    "the script's own model": ignores_its_model,
    "the script's own model too": uses_both,
    "batches changed in place": lambda _: changes_its_batch,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("kind", "own_generator"), [("momentum", False), ("adam", True)])
def test_everything_is_as_it_was(way: str, kind: str, own_generator: bool) -> None:
    expected = Scene(kind, own_generator).next_epoch()
    scene = Scene(kind, own_generator)
    before, objects, around = scene.state(), scene.objects(), process()
    given = scene.recipe(WAYS[way](scene))
    if "error" in way or way in {"SystemExit", "the script's own model"}:
        with pytest.raises(UsageError):
            replay(given, max_steps=130, device="cpu")
    else:
        found = replay(given, max_steps=130, device="cpu")
        assert found.cost.steps > 0 or way == "Ctrl-C at once"
        assert ("Ctrl-C" in found.reason) == ("Ctrl-C" in way)
    assert process() == around
    assert scene.state() == before
    assert scene.objects() == objects
    assert scene.next_epoch() == expected


def test_at_once_leaves_no_trace_either() -> None:
    expected = Scene("adam", own_generator=False).next_epoch()
    scene = Scene("adam", own_generator=False)
    before, objects = scene.state(), scene.objects()
    found = replay(replace(scene.recipe(squared), scaler=None), max_steps=130, device="cpu", together=True)
    assert "at once" in found.mode
    assert scene.state() == before
    assert scene.objects() == objects
    assert scene.next_epoch() == expected


def test_a_data_set_in_memory_is_left_as_it_is() -> None:
    """Batches that are the script's own tensors, not copies of a loader."""
    batches = [(torch.randn(8, 6), torch.randn(8, 1)) for _ in range(4)]
    before = frozen(batches)
    model = net()
    given = Recipe(model, lambda: batches, changes_its_batch, SGD(model.parameters(), 0.1), 100)
    replay(given, max_steps=80, device="cpu")
    assert frozen(batches) == before


def test_a_recipe_that_cannot_even_begin_leaves_no_trace() -> None:
    scene = Scene("momentum", own_generator=True)
    before, around = scene.state(), process()

    def plans(_: Optimizer) -> LRScheduler:
        torch.rand(())
        raise ValueError

    for given in (
        replace(scene.recipe(squared), scheduler=plans),
        replace(scene.recipe(squared), batches=lambda: iter(())),
        replace(scene.recipe(squared), batches=lambda: [None]),
    ):
        with pytest.raises(UsageError):
            replay(given, max_steps=130, device="cpu")
        assert scene.state() == before
        assert process() == around


def test_a_memory_limit_is_put_back() -> None:
    scene = Scene("momentum", own_generator=False)
    before, around = scene.state(), process()
    replay(scene.recipe(squared), max_steps=60, max_memory=500_000_000, device="cpu")
    assert process() == around
    with pytest.raises(LrdoctorError, match="memory"):
        replay(
            scene.recipe(lambda m, b: squared(m, b) * torch.zeros(10**13)[0]), max_steps=60, max_memory=500_000_000,
            device="cpu",
        )  # fmt: skip
    assert process() == around
    assert scene.state() == before

"""Every optimizer of `pytorch_optimizer`, replayed on a small net: works, or the one line it gives."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import LBFGS, SGD, Optimizer
from torch.utils.data import DataLoader, TensorDataset

from lrdoctor.errors import LrdoctorError
from lrdoctor.replay import Recipe, replay

STEPS = 60  # training steps of each replay
LR = 1e-3

Make = Callable[[Any], Optimizer]


def makers() -> dict[str, Make]:
    """How each optimizer is made from parameters; wrappers and what takes a closure behind those of the list."""
    import pytorch_optimizer as library

    found: dict[str, Make] = {
        name: lambda params, name=name: library.load_optimizer(name)(params, lr=LR)  # type: ignore[misc]
        for name in sorted(library.get_supported_optimizers())
    }
    return found | {
        "LBFGS (torch)": lambda params: LBFGS(params, lr=0.1),
        "Lookahead of SGD": lambda params: library.Lookahead(SGD(params, lr=LR)),
        "Lookahead of Lion": lambda params: library.Lookahead(library.load_optimizer("lion")(params, lr=LR)),
        "SAM of SGD": lambda params: library.SAM(params, base_optimizer=SGD, lr=LR),
    }


def replayed(make: Make) -> tuple[str, str]:
    """Whether the optimizer could be made, was replayed or refused, and what was said."""
    torch.manual_seed(0)
    x = torch.randn(512, 8)
    y = x @ torch.randn(8, 1) + 0.1 * torch.randn(512, 1)
    model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
    try:
        optimizer = make(model.parameters())
    except Exception as error:  # noqa: BLE001 - whatever the library asks for beside parameters
        return "not made", f"{type(error).__name__}: {error}"

    def loss(model: nn.Module, batch: list[Tensor]) -> Tensor:
        return nn.functional.mse_loss(model(batch[0]), batch[1])

    recipe = Recipe(model, DataLoader(TensorDataset(x, y), 32, shuffle=True), loss, optimizer, 500)
    try:
        found = replay(recipe, max_steps=STEPS, device="cpu")
    except LrdoctorError as error:
        return "one line", str(error)
    except Exception as error:  # noqa: BLE001 - what this table is about
        return "TRACEBACK", f"{type(error).__name__}: {error}"
    return "works", "no answer: " + found.reason if found.suggested_lr is None else f"LR {found.suggested_lr:.2g}"


def report() -> Iterator[str]:
    """The table, a line for each, and the counts."""
    counts: Counter[str] = Counter()
    yield "| optimizer | replay | |\n|---|---|---|"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the libraries' own
        for name, make in makers().items():
            how, said = replayed(make)
            counts[how] += 1
            yield f"| {name} | {how} | {' '.join(said.split())[:160]} |"
    yield ", ".join(f"{count} {how}" for how, count in counts.most_common())

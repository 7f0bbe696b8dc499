"""Copies of a model, its optimizer and its scaler, tied to each other as the originals are.

`copy.deepcopy` takes of an optimizer what torch's `__getstate__` gives, which is not what a subclass keeps beside it:
`Lion.maximize`, a step counter, a wrapped optimizer.
"""

import copy
import weakref
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from torch import nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

# Torch's own, which are about the original: what watches its steps is nothing of a copy's.
HOOKS = "_optimizer_"
NOT_KEPT = (HOOKS, "_opt_called")


def copied(
    model: nn.Module, optimizer: Optimizer, scaler: GradScaler | None, memo: Mapping[int, Any]
) -> tuple[nn.Module, Optimizer, GradScaler | None]:
    """The three copied together; what `memo` holds by its id is used instead of a copy of it."""
    known: dict[int, Any] = dict(memo)
    own = copy.deepcopy(model, known)
    made = _optimizer(optimizer, known)
    _complete(optimizer, made, known)
    return own, made, copy.deepcopy(scaler, known)


def _optimizer(old: Optimizer, known: dict[int, Any]) -> Optimizer:
    """A copy of an optimizer, as far as torch makes one; `known` is what was copied before, and afterwards this too."""
    before = set(known)
    try:
        return copy.deepcopy(old, known)
    except Exception:
        # Wrappers such as Lookahead give a state of their own, which lacks what torch asks for on the other side.
        if type(old).__getstate__ is Optimizer.__getstate__:
            raise
    for key in set(known) - before:
        del known[key]
    new = known[id(old)] = object.__new__(type(old))
    return new


def _complete(old: Any, new: Any, known: dict[int, Any]) -> None:
    """Give the copy of an optimizer, and those that it wraps, the attributes that it was made without."""
    for name, value in list(vars(old).items()):
        if name in vars(new) or name.startswith(NOT_KEPT):
            if name.startswith(HOOKS) and isinstance(value, dict):
                vars(new).setdefault(name, type(value)())
            continue
        if isinstance(value, FunctionType) and _is_about(value, known):
            continue  # such as the `step` by which a scheduler counts the original's steps
        if isinstance(value, weakref.ref):
            vars(new)[name] = weakref.ref(known[id(value())]) if id(value()) in known else value
        else:
            vars(new)[name] = copy.deepcopy(value, known)
    for name, value in vars(old).items():
        inner = vars(new).get(name)
        if isinstance(value, Optimizer) and isinstance(inner, Optimizer) and inner is not value and inner is not new:
            _complete(value, inner, known)


def _is_about(function: FunctionType, known: dict[int, Any]) -> bool:
    """Whether a function holds on to something that was copied, and so would act on the original."""
    held: list[object] = [function.__dict__.get("__self__"), *(function.__defaults__ or ())]
    for cell in function.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:
            continue
    held += [one() for one in held if isinstance(one, weakref.ref)]
    held += [getattr(one, "__self__", None) for one in held]
    return any(one is not None and id(one) in known for one in held)

"""What a training function yields and returns, as losses."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from lrdoctor.errors import UsageError
from lrdoctor.replay.functions.arms import Job, Trace

Train: TypeAlias = Callable[..., Any]
"""`train(lr, steps, seed)`: yields training losses, or pairs with validation losses; may return one."""

VALIDATION = ("val_loss", "val", "validation_loss", "valid_loss", "eval_loss")


@dataclass(frozen=True)
class Told:
    """One value a function gave: a training loss, a validation loss, or both; `final` where it was returned."""

    loss: float | None
    val: float | None
    final: bool = False


def told(value: object, *, final: bool = False) -> Told:
    """What a yielded or returned value says.

    Raises:
        UsageError: it is neither a number, a pair of them, nor a mapping with `loss` or `val_loss`.
    """
    if isinstance(value, Mapping):
        val = next((value[key] for key in VALIDATION if key in value), None)
        loss = value.get("loss", value.get("train_loss"))
        if loss is None and val is None:
            raise UsageError(f"train gives a mapping without `loss` or `val_loss`: {sorted(map(str, value))[:5]}")
        return Told(_optional(loss), _optional(val), final)
    if isinstance(value, tuple | list) and len(value) == 2:
        return Told(_optional(value[0]), _optional(value[1]), final)
    return Told(None, _number(value), final) if final else Told(_number(value), None)


def _optional(value: object) -> float | None:
    return None if value is None else _number(value)


def _number(value: Any) -> float:
    try:
        # A tensor that still knows where it came from warns when it becomes a number.
        return float(value.detach() if hasattr(value, "detach") else value)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"train gives a {type(value).__name__}: yield a loss, a pair (loss, validation loss) or a mapping with "
            "`loss` and `val_loss`"
        ) from error


def given(train: Train, job: Job) -> Iterator[Told]:
    """What a function shows, one value a step; after `job.steps` of them a generator is closed."""
    made = train(job.lr, job.steps, job.seed)
    if not isinstance(made, Iterable) or isinstance(made, Mapping):
        yield told(made, final=True)
        return
    values = iter(made)
    for _ in range(job.steps):
        try:
            yield told(next(values))
        except StopIteration as end:
            if end.value is not None:
                yield told(end.value, final=True)
            return
    # A loop over the steps returns now; one without an end is closed.
    try:
        next(values)
    except StopIteration as end:
        if end.value is not None:
            yield told(end.value, final=True)
    else:
        if isinstance(values, Generator):
            values.close()


@dataclass
class Shown:
    """The values of an arm as they come."""

    loss: list[float] = field(default_factory=list)
    step: list[float] = field(default_factory=list)
    val: list[float] = field(default_factory=list)
    val_step: list[float] = field(default_factory=list)
    final: float | None = None
    count: int = 0

    def add(self, one: Told) -> None:
        """One more value."""
        if one.final:
            self.final = one.val if one.val is not None else one.loss
            return
        for value, values, steps in ((one.loss, self.loss, self.step), (one.val, self.val, self.val_step)):
            if value is not None:
                values.append(value)
                steps.append(float(self.count))
        self.count += 1

    def trace(self) -> Trace:
        """So far."""
        step, loss, val_step, val = map(np.array, (self.step, self.loss, self.val_step, self.val))
        return Trace(step, loss, val_step, val, self.final)

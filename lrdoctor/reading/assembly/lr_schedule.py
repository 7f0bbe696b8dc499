"""A learning-rate schedule that was not logged, rebuilt from the settings: only where all of its parameters are there.

nanoGPT, modded-nanogpt, Hugging Face and most scripts log the loss and keep the schedule in their settings.  Where one
parameter is missing (the warm-up, the length, the end) nothing is rebuilt: a guessed decay would look like a fact.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from lrdoctor.records.run import Floats, HParam, Note, Run, Series
from lrdoctor.vocabulary.once import cached_by_mapping, settings_filter
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS
from lrdoctor.vocabulary.tags import is_lr_name, words

TAG = "learning_rate (rebuilt)"
ITERATIONS = frozenset({"step", "iter", "iteration"})

Settings = Mapping[str, HParam]


@dataclass(frozen=True)
class Schedule:
    """A schedule whose every parameter is known: linear warm-up, then a course from the peak to the end.

    Args:
        peak: the LR at the end of the warm-up.
        warmup: steps of the warm-up.
        length: step at which the course ends; the LR stays at `end` from there on.
        end: the LR that it ends at.
        course: share of the way from `peak` to `end` that is left, given the share of the course that is done.
        held: steps before `length` during which the LR comes down; before them it stays at its peak.
        name: what to call it.
    """

    peak: float
    warmup: float
    length: float
    end: float
    course: Callable[[Floats], Floats]
    name: str
    held: float | None = None

    def at(self, step: Floats) -> Floats:
        """The LR at each step, shape as `step`."""
        begins = self.warmup if self.held is None else max(self.length - self.held, self.warmup)
        done = np.clip((step - begins) / max(self.length - begins, 1e-9), 0, 1)
        after = self.end + (self.peak - self.end) * self.course(done)
        if self.warmup <= 0:
            return after
        return np.where(step < self.warmup, self.peak * np.maximum(step, 0) / self.warmup, after)


def _linear(done: Floats) -> Floats:
    return 1 - done


def _cosine(done: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.cos(math.pi * done)))


def _constant(done: Floats) -> Floats:
    return np.ones_like(done)


# Names of Hugging Face's `lr_scheduler_type` and what people call the same; `None` for the end means zero.
COURSES: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {
        "linear": _linear,
        "cosine": _cosine,
        "constant": _constant,
        "constant_with_warmup": _constant,
    }
)


def with_schedule(run: Run) -> Run:
    """The run with its LR at each step of its longest series, where the log has none and the settings say it all."""
    counts = run.step_axis in ITERATIONS and not run.source.traits.counts_calls
    if not counts or any(is_lr_name(tag) for tag in run.series):
        return run
    schedule = stated_schedule(run.hparams)
    longest = max(run.series.values(), key=len, default=None)
    if schedule is None or longest is None:
        return run
    lr = Series(longest.step, schedule.at(longest.step))
    note = Note("derived", f"the LR was not logged: rebuilt from the settings ({schedule.name})", TAG)
    return replace(run, series={**run.series, TAG: lr}, notes=[*run.notes, note])


@cached_by_mapping
def stated_schedule(hparams: Settings) -> Schedule | None:
    """The schedule that settings spell out, or None where a parameter is missing."""
    known = {_leaf(key): value for key, value in reversed(_asked_for(hparams).items())}
    return next((found for rule in RULES if (found := rule(known)) is not None), None)


@lru_cache(maxsize=CACHED_KEYS)
def _leaf(key: str) -> str:
    return "_".join(words(key.rpartition("/")[2]))


# What the rules below ask for.
PARAMETERS = frozenset(
    {"learning_rate", "warmup_iters", "lr_decay_iters", "min_lr", "decay_lr", "num_iterations", "warmdown_iters"}
    | {"lr_scheduler_type", "max_steps", "warmup_steps", "warmup_ratio"}
)
_asked_for = settings_filter(lambda key: _leaf(key) in PARAMETERS)


def _nanogpt(known: Settings) -> Schedule | None:
    """`learning_rate, min_lr, warmup_iters, lr_decay_iters, decay_lr`: nanoGPT and its forks."""
    if known.get("decay_lr") is False and (peak := _number(known, "learning_rate")) is not None:
        return Schedule(peak, 0, 1, peak, _constant, "constant")
    values = [_number(known, key) for key in ("learning_rate", "warmup_iters", "lr_decay_iters", "min_lr")]
    if known.get("decay_lr") is not True or None in values:
        return None
    peak_, warmup, length, end = (value for value in values if value is not None)
    return _checked(Schedule(peak_, warmup, length, end, _cosine, "cosine with warm-up"))


def _warmdown(known: Settings) -> Schedule | None:
    """`learning_rate, num_iterations, warmup_iters, warmdown_iters`: modded-nanogpt's trapezoid, down to zero."""
    values = [_number(known, key) for key in ("learning_rate", "warmup_iters", "num_iterations", "warmdown_iters")]
    if None in values:
        return None
    peak, warmup, length, held = (value for value in values if value is not None)
    return _checked(Schedule(peak, warmup, length, 0.0, _linear, "trapezoid", held))


def _hugging_face(known: Settings) -> Schedule | None:
    """`learning_rate, lr_scheduler_type, warmup_steps|warmup_ratio, max_steps`: TrainingArguments."""
    name = str(known.get("lr_scheduler_type", "")).lower().rpartition(".")[2]
    course = COURSES.get(name)
    peak, length = _number(known, "learning_rate"), _number(known, "max_steps")
    steps, ratio = _number(known, "warmup_steps"), _number(known, "warmup_ratio")
    if course is None or peak is None or (steps is None and ratio is None):
        return None
    if name == "constant":
        return Schedule(peak, 0, 1, peak, course, name)
    if length is None or length <= 0:  # -1: as many as the epochs give, which is not known here
        return None
    warmup = steps if steps else math.ceil((ratio or 0) * length)
    return _checked(Schedule(peak, warmup, length, 0.0 if name != "constant_with_warmup" else peak, course, name))


RULES: tuple[Callable[[Settings], Schedule | None], ...] = (_nanogpt, _warmdown, _hugging_face)


def _checked(schedule: Schedule) -> Schedule | None:
    """The schedule if it is one: a positive peak above its end, and lengths that follow each other."""
    whole = 0 <= schedule.warmup <= schedule.length and 0 <= schedule.end <= schedule.peak
    return schedule if whole and 0 < schedule.peak < math.inf and schedule.length < math.inf else None


def _number(known: Settings, key: str) -> float | None:
    value = known.get(key)
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

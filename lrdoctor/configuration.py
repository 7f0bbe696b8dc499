"""What a run was configured with, as far as its log says: peak LR, optimizer, batch size."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lrdoctor import limits
from lrdoctor.once import narrowed, once_a_mapping
from lrdoctor.optimizers import normalised
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import HParam, Run, Series
from lrdoctor.vocabulary import is_lr_name, words

# Names of the peak of a schedule, the most explicit first: one-cycle schedules have both `lr` and `max_lr`.
LR_KEYS = (
    *("max_lr", "peak_lr", "lr_max", "lr_peak", "max_learning_rate", "peak_learning_rate"),
    *("lr", "learning_rate", "learningrate", "optimizer_lr", "optim_lr", "opt_lr", "opt_learning_rate"),
    *("base_lr", "base_learning_rate", "lr_base", "init_lr", "initial_lr", "lr_init", "initial_learning_rate", "lr0"),
)
# A directory with one of these holds a part of the schedule (`scheduler/lr`), unless the name itself says peak.
SCHEDULE_WORDS = frozenset({"scheduler", "schedule", "sched", "decay", "warmup", "finder", "lrscheduler"})
# Nothing outside is a learning rate; a ratio of two inside neither overflows nor vanishes.
LEAST_LR, MOST_LR = 1e-30, 1e30
DISAGREE = 2.0  # ratio beyond which the logged LR is believed rather than the configured one
KEYS = 20_000  # of settings whose words are remembered: as many as one file may hold
WARM_UP_END = 0.05  # share of the points, from the end, that hold the peak when a log stops in its warm-up

OPTIMIZER_KEYS = frozenset({"optimizer", "optim", "opt", "optimizer_name", "optimizer_type", "optim_name", "optimiser"})
# `optimizer/_target_`; torchtune's `optimizer/_component_`.
OPTIMIZER_LEAVES = frozenset({"name", "type", "class_path", "target", "component", "class_name", "class"})
# Of fine-tuning: adapters on frozen weights, a model that is named by where its weights lie.
ADAPTER_WORDS = frozenset({"lora", "qlora", "peft", "dora"})
PRETRAINED_KEYS = frozenset(
    {
        "model_name_or_path",
        "name_or_path",
        "pretrained",
        "pretrained_model_name_or_path",
        "base_model",
        "pretrained_path",
    }
    | {"finetune", "finetuning", "fine_tune", "fine_tuning", "finetuning_type", "load_from", "from_pretrained"}
)
TUNERS = frozenset({"hf-trainer", "llamafactory", "torchtune"})
TRAINER_KEYS = frozenset({"per_device_train_batch_size"})  # Hugging Face's TrainingArguments, in any log

GLOBAL_BATCH_KEYS = (
    *("global_batch_size", "total_batch_size", "effective_batch_size", "total_train_batch_size"),
    *("global_train_batch_size", "ims_per_batch"),  # OLMo, detectron2
)
BATCH_KEYS = (
    *("train_batch_size", "batch_size", "batchsize", "per_device_train_batch_size", "batch_size_train"),
    *("micro_batch_size", "bs", "batch", "max_sentences"),
)
# The norm that gradients are clipped to; clipping by value is another thing.
CLIP_KEYS = (
    *("max_grad_norm", "gradient_clip_val", "clip_grad_norm", "grad_clip", "grad_clip_norm", "gradient_clipping"),
    *("clip_grad", "clip_norm", "clipnorm", "global_clipnorm", "gradient_clip", "clip", "clip_gradients"),
)
ACCUMULATION_KEYS = (
    *("gradient_accumulation_steps", "accumulate_grad_batches", "grad_accum_steps", "accumulation_steps"),
    "update_freq",  # fairseq
)

MOMENTUM_KEYS = frozenset({"momentum", "sgd_momentum", "optimizer_momentum"})
_LEAVES = frozenset(
    {*LR_KEYS, *OPTIMIZER_KEYS, *OPTIMIZER_LEAVES, *MOMENTUM_KEYS, "nesterov"}
    | {*GLOBAL_BATCH_KEYS, *BATCH_KEYS, *ACCUMULATION_KEYS, *CLIP_KEYS}
)

_LR_IN_NAME = re.compile(r"(?:^|[^a-z])(?:lr|learning_?rate)[=_\-]*(\d+\.?\d*(?:e[+-]?\d+)?)(?![a-z\d])", re.IGNORECASE)


# `logs_1e-4/`: a folder that is called after nothing but a number of an LR's size.
_LR_ALONE = re.compile(r"(?:logs?|runs?|exp|train|results?|out|output)?[_\-]?(\d(?:\.\d+)?e-\d+)", re.IGNORECASE)


def learning_rate(run: Run, roles: Roles) -> tuple[float | None, str]:
    """The run's LR, the peak of its schedule, and where it was found; (None, why) where the log names none.

    The configured peak counts, unless the logged one differs by more than `DISAGREE`: then settings were changed in
    code, and what was logged was used.  A log that stops in its warm-up has not reached the peak, though.
    """
    configured = stated(run.hparams).lr
    logged = None if roles.lr is None else _peak(run.series[roles.lr])
    if logged is None:
        if configured is not None:
            return configured[0], f"hparams {configured[1]}"
        named = _lr_in_name(run)
        return named if named else (None, "neither a series nor a setting names the learning rate")
    if configured is None:
        return logged, f"series {roles.lr} (peak)"
    value, key = configured
    if max(value, logged) <= DISAGREE * min(value, logged):
        return value, f"hparams {key}"
    if roles.lr is not None and value > logged and _still_rising(run.series[roles.lr]):
        return value, f"hparams {key} (the log stops in the warm-up, at {logged:.3g})"
    return logged, f"series {roles.lr} (peak; hparams {key} says {value:.3g})"


@dataclass(frozen=True)
class Stated:
    """What settings say by themselves, whatever the log beside them holds.

    Args:
        lr: the highest LR under the best name, and its key.
        optimizer: the first that a setting names.
        momentum: whether a setting says that SGD has one.
        batch: examples per optimizer step.
        clip: the gradient norm that is clipped to.
        pretrained: the key that tells of pretrained weights, or "".
        tunes: whether Hugging Face's trainer, which mostly fine-tunes, wrote them.
    """

    lr: tuple[float, str] | None
    optimizer: str | None
    momentum: bool
    batch: int | None
    clip: float | None
    pretrained: str
    tunes: bool


@once_a_mapping
def stated(hparams: Mapping[str, HParam]) -> Stated:
    """What settings say of the LR, the optimizer, the batch size, clipping and the weights a run starts from."""
    hparams = _asked_for(hparams)
    return Stated(
        _configured_lr(hparams),
        next(filter(None, map(normalised, _optimizer_texts(hparams))), None),
        _has_momentum(hparams),
        _batch_size(hparams),
        _clipping(hparams),
        _pretrained(hparams),
        any(key.rpartition("/")[2] in TRAINER_KEYS for key in hparams),
    )


def optimizer(run: Run) -> str | None:
    """One of `optimizers.OPTIMIZERS` by its name, such as `AdamW` or `SGD+momentum`; None where the log names none."""
    says = stated(run.hparams)
    name = says.optimizer or next(filter(None, map(normalised, _optimizers_of_tags(run.series))), None)
    if name == "SGD" and (says.momentum or _logs_momentum(run.series)):
        return "SGD+momentum"
    return name


def batch_size(run: Run) -> int | None:
    """Examples per optimizer step on one device, accumulation included; the global number where it is stated."""
    return stated(run.hparams).batch


def clipping(run: Run) -> float | None:
    """The gradient norm that the run clips to, or None where no setting says so."""
    return stated(run.hparams).clip


def pretrained(run: Run) -> str:
    """What in the settings says that the run fine-tunes a pretrained model, or "" where nothing does.

    Trainers made for fine-tuning count too, unless the LR is one that only training from scratch bears.
    """
    says = stated(run.hparams)
    if says.pretrained:
        return f"the setting {says.pretrained}"
    if run.source.format in TUNERS or says.tunes:
        series = [s.value for tag, s in run.series.items() if is_lr_name(tag)]
        highest = max((float(v[np.isfinite(v)].max(initial=0.0)) for v in series), default=0.0)
        if highest < limits.FROM_SCRATCH:
            return f"{run.source.format}, and an LR below {limits.FROM_SCRATCH:g}"
    return ""


@lru_cache(maxsize=KEYS)
def _is_asked_for(key: str) -> bool:
    """Whether one of the questions below looks at settings of that name."""
    leaf = _path(key)[-1]
    return leaf in _LEAVES or key.rpartition("/")[2] in TRAINER_KEYS or _tells_of_weights(key)


_asked_for = narrowed(_is_asked_for)


def _batch_size(hparams: Mapping[str, HParam]) -> int | None:
    total = _positive_integer(hparams, GLOBAL_BATCH_KEYS)
    if total is not None:
        return total
    batch = _positive_integer(hparams, BATCH_KEYS)
    return None if batch is None else batch * (_positive_integer(hparams, ACCUMULATION_KEYS) or 1)


def _clipping(hparams: Mapping[str, HParam]) -> float | None:
    found = [
        (CLIP_KEYS.index(path[-1]), len(path), value)
        for key, raw in hparams.items()
        if (path := _path(key))[-1] in CLIP_KEYS and (value := _number(raw)) is not None and 0 < value < math.inf
    ]
    return min(found)[2] if found else None


def _pretrained(hparams: Mapping[str, HParam]) -> str:
    """The first key that tells of pretrained weights."""
    for key, value in hparams.items():
        if value not in (None, False, "", "None", 0) and _tells_of_weights(key):
            return key
    return ""


@lru_cache(maxsize=KEYS)
def _tells_of_weights(key: str) -> bool:
    names = set(words(key))
    return bool(names & ADAPTER_WORDS) or "_".join(words(key.rpartition("/")[2])) in PRETRAINED_KEYS


def _configured_lr(hparams: Mapping[str, HParam]) -> tuple[float, str] | None:
    """The highest LR under the best name, and its key."""
    found = []
    for key, raw in hparams.items():
        *folders, leaf = _path(key)
        if leaf not in LR_KEYS or (value := _number(raw)) is None or not LEAST_LR <= value <= MOST_LR:
            continue
        rank = LR_KEYS.index(leaf)
        if rank >= LR_KEYS.index("lr") and SCHEDULE_WORDS & set(words(" ".join(folders))):
            continue
        if leaf == "lr0" and str(hparams.get("optimizer", "")).lower() == "auto":
            continue  # Ultralytics then picks optimizer and LR by itself
        found.append((rank, len(folders), -value, key))
    if not found:
        return None
    *_, negative, key = min(found)
    return -negative, key


def _peak(series: Series) -> float | None:
    usable = series.value[(series.value >= LEAST_LR) & (series.value <= MOST_LR)]
    return float(usable.max()) if len(usable) else None


def _still_rising(series: Series) -> bool:
    value = series.value[np.isfinite(series.value)]
    tail = value[-max(1, int(len(value) * WARM_UP_END)) :]
    return bool(len(value) > 1 and tail.max() >= value.max() and value[-1] > value[0])


def _lr_in_name(run: Run) -> tuple[float, str] | None:
    for text in (run.name, run.source.path.name, run.source.path.parent.name):
        match = _LR_IN_NAME.search(text)
        # `lr2` numbers a run; `lr0.01` and `lr_1e-2` say what its LR was.
        if match and re.search(r"[.e]", match[1].lower()) and LEAST_LR <= (value := float(match[1])) <= MOST_LR:
            return value, f"the name {match[0].strip('_-. /')}"
    for text in (run.source.path.name, run.source.path.parent.name):
        alone = _LR_ALONE.fullmatch(text)
        if alone and LEAST_LR <= (value := float(alone[1])) <= 1:
            return value, f"the name {text}, taken for an LR"
    return None


def _optimizer_texts(hparams: Mapping[str, HParam]) -> Iterator[str]:
    """Every setting that may name the optimizer, the most direct first."""
    naming = [
        (len(path), str(raw))
        for key, raw in hparams.items()
        if (path := _path(key))[-1] in OPTIMIZER_KEYS
        or (path[-1] in OPTIMIZER_LEAVES and OPTIMIZER_KEYS.intersection(path[:-1]))
    ]
    yield from (text for _, text in sorted(naming, key=lambda one: one[0]))


def _optimizers_of_tags(tags: Iterable[str]) -> Iterator[str]:
    """What Lightning's LearningRateMonitor calls the optimizer: `lr-AdamW/pg1`."""
    for tag in tags:
        if tag.lower().startswith("lr-"):
            yield tag[3:].split("/")[0].split("-")[0]


def _has_momentum(hparams: Mapping[str, HParam]) -> bool:
    for key, raw in hparams.items():
        leaf = _path(key)[-1]
        if leaf in MOMENTUM_KEYS and (_number(raw) or 0) > 0:
            return True
        if leaf == "nesterov" and raw is True:
            return True
    return False


def _logs_momentum(series: Mapping[str, Series]) -> bool:
    return any(tag.startswith("lr-SGD") and tag.endswith("-momentum") and _peak(s) for tag, s in series.items())


def _positive_integer(hparams: Mapping[str, HParam], names: Collection[str]) -> int | None:
    found = [
        (list(names).index(path[-1]), len(path), int(value))
        for key, raw in hparams.items()
        if (path := _path(key))[-1] in names and (value := _number(raw)) is not None and 1 <= value < 2**40
    ]
    return min(found)[2] if found else None


@lru_cache(maxsize=KEYS)
def _path(key: str) -> tuple[str, ...]:
    """The parts of a nested key, each as words joined with `_`; list positions are left out."""
    parts = ["_".join(words(part)) for part in re.split(r"[/.]", key)]
    return tuple(part for part in parts if part and not part.isdecimal()) or ("",)


def _number(value: HParam) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):  # a word, or an integer beyond 1e308
        return None

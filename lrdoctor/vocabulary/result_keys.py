"""Which keys beside a log hold what came of a training, or text about it, and not what it was configured with.

Trackers keep both in one place (W&B's summary, MLflow's metrics, `results.json`, `trainer_state.json`), and people
write the final loss and the memory it took next to the width.

>>> [is_result(key) for key in ("final_metrics/val_loss", "best_acc", "throughput", "peak_memory_gb", "total_time_s")]
[True, True, True, True, True]
>>> [is_result(key) for key in ("loss", "loss_weight", "metric_for_best_model", "memory_size", "target_acc")]
[False, False, False, False, False]
"""

from functools import lru_cache

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS, setting_number
from lrdoctor.vocabulary.tags import METRIC_WORDS, TRAIN_WORDS, VALIDATION_WORDS, words

# A part of a nested key, above its last, with one of these holds results; with one of the others it holds settings of
# how they are measured.
_RESULT_SECTIONS = frozenset(
    {"results", "result", "metrics", "scores", "summary", "stats", "statistics", "timing", "timings"}
    | {"outcome", "outcomes", "performance", "history"}
)
_ABOUT_SECTIONS = frozenset(
    {"config", "cfg", "args", "params", "hparams", "settings", "options", "logger", "optimizer"}
)

# What is measured on a model, and what it took.
_MEASURED = (METRIC_WORDS - {"norm", "precision", "map", "reward", "return", "recall", "error", "score"}) | frozenset(
    {"loss", "losses", "chrf", "rouge", "rouge1", "rouge2", "rougel", "meteor", "fid", "lpips", "ndcg", "mrr", "auroc"}
    | {"map50", "map75", "mcc", "acc1", "acc5", "bpb", "bpc", "nll", "perplexities", "accuracies", "ssim", "matthews"}
)
# Names that are settings as often, alone: a loss is a choice of one, a score a threshold's.
_EITHER = frozenset({"loss", "losses", "mae", "mse", "rmse", "r2", "nll", "norm", "error", "score", "reward", "return"})
_EITHER_MEASURED = _EITHER | {"map", "precision", "recall", "err", "metric", "value", "objective", "scores"}
_EXTREME = frozenset(
    {"best", "final", "last", "lowest", "highest", "avg", "average", "mean", "std", "min", "max", "end"}
)
_SPLITS = TRAIN_WORDS | VALIDATION_WORDS.keys()
_TOOK = frozenset(
    {"throughput", "bandwidth", "mfu", "hfu", "runtime", "runtimes", "elapsed", "walltime", "wallclock", "latency"}
    | {"flos", "tflops", "gflops", "utilization", "utilisation", "emissions", "watts"}
)
# A span of time is a result where nothing else stands beside it but these: `clip_seconds` is a setting.
_TIME = frozenset({"time", "duration", "durations", "seconds", "secs", "minutes", "hours", "energy", "speed"})
_OF_THE_RUN = frozenset(
    {
        "total",
        "train",
        "training",
        "wall",
        "clock",
        "run",
        "gpu",
        "eval",
        "took",
        "taken",
        "s",
        "sec",
        "secs",
        "seconds",
    }
    | {"ms", "min", "minutes", "h", "hours", "epoch", "step", "avg", "average", "mean", "compute", "in", "cpu", "used"}
)
_MEMORY = frozenset({"memory", "mem", "vram", "ram"})
_MEMORY_TAKEN = frozenset(
    {"peak", "max", "allocated", "reserved", "used", "usage", "gb", "mb", "gib", "mib", "bytes", "percent", "avg"}
)
# Where a run stood when it was written down, and what became of it.
_OUTCOME = frozenset(
    {"status", "state", "diverged", "converged", "crashed", "completed", "finished", "succeeded", "success", "failed"}
    | {"exit_code", "stop_reason", "stopped_early", "early_stopped", "finish_reason", "global_step"}
    | {
        "epochs_run",
        "epochs_trained",
        "steps_run",
        "steps_done",
        "steps_completed",
        "epochs_completed",
        "current_epoch",
    }
    | {"current_step", "last_step", "last_epoch", "stopped_epoch", "best_epoch", "best_step", "best_iteration"}
    | {"best_iter", "num_steps_done", "total_flos", "timestamp", "tokens_seen", "trained_steps", "trained_epochs"}
)
# With such a word a name of a quantity is a setting about it.
_MODIFIERS = frozenset(
    {
        "weight",
        "weights",
        "type",
        "types",
        "fn",
        "func",
        "function",
        "scale",
        "scaler",
        "scaling",
        "name",
        "coef",
        "coeff",
    }
    | {
        "coefficient",
        "lambda",
        "alpha",
        "gamma",
        "reduction",
        "threshold",
        "thresh",
        "limit",
        "target",
        "goal",
        "budget",
    }
    | {"patience", "steps", "every", "interval", "freq", "frequency", "batch", "size", "samples", "for", "mode", "clip"}
    | {
        "smoothing",
        "ratio",
        "factor",
        "ignore",
        "use",
        "class",
        "cls",
        "kind",
        "at",
        "margin",
        "decay",
        "len",
        "length",
    }
    | {"monitor", "log", "compute", "eps", "epsilon", "delta", "with", "key", "per_device", "norm", "dim", "layers"}
    | {"tokens", "timeout", "minimum", "maximum", "allowed", "penalty", "warmup", "schedule", "format", "bank", "heads"}
    | {
        "fraction",
        "optimizer",
        "efficient",
        "pin",
        "offload",
        "config",
        "init",
        "weighting",
        "mask",
        "strategy",
        "beta",
    }
)
# Text that people write about a run, and what it was called with.
_TEXT = frozenset(
    {"description", "desc", "comment", "comments", "message", "remark", "remarks", "title", "hypothesis", "purpose"}
    | {
        "motivation",
        "summary",
        "command",
        "cmd",
        "cmdline",
        "command_line",
        "commandline",
        "argv",
        "sys_argv",
        "readme",
    }
    | {"caption", "abstract", "explanation", "observation", "observations", "conclusion", "todo", "invocation", "about"}
    | {"note", "notes", "docstring", "help", "cli", "cli_args", "program", "annotation"}
)


def is_result(key: str, value: HParam = 0.0) -> bool:
    """Whether a key is of a result: a measured quantity, what it took, what became of the run.

    By its name; but a word under the name of a quantity is a choice (`train/loss: mse`), where a number is what it was.
    """
    told, whatever = _told(key)
    return told and (whatever or setting_number(value) is not None)


@lru_cache(maxsize=CACHED_KEYS)
def _told(key: str) -> tuple[bool, bool]:
    """Whether a name tells of a result, and whether it does so whatever its value."""
    *above, leaf = [words(part) for part in key.replace(".", "/").split("/")]
    if in_results(key):
        return True, not "".join(leaf).isdecimal()
    about = set(leaf)
    if "_".join(leaf) in _OUTCOME:
        return True, True
    if "per" in about and about & {"s", "sec", "second", "seconds", "secs", "hour", "minute", "day"}:
        return True, False
    if about & _MEMORY and about & _MEMORY_TAKEN and not about & _MODIFIERS:
        return True, False
    if about & _MODIFIERS:
        return False, False
    if about & _TOOK or (about & _TIME and about <= _TIME | _OF_THE_RUN):
        return True, False
    named = bool(about & (_SPLITS | _EXTREME) or any(_SPLITS & set(part) for part in above))
    return bool(about & (_MEASURED - _EITHER)) or (named and bool(about & (_EITHER_MEASURED | _MEASURED))), False


@lru_cache(maxsize=CACHED_KEYS)
def in_results(key: str) -> bool:
    """Whether a nested key stands in a section of results, such as `final_metrics/lr` or `summary.epoch`."""
    above = [set(words(part)) for part in key.replace(".", "/").split("/")[:-1]]
    return any(_RESULT_SECTIONS & part for part in above) and not any(_ABOUT_SECTIONS & part for part in above)


@lru_cache(maxsize=CACHED_KEYS)
def is_text(key: str) -> bool:
    """Whether a key, by its last part, is of text about the run: a description, the command it was called with."""
    return "_".join(words(key.replace(".", "/").rpartition("/")[2])) in _TEXT

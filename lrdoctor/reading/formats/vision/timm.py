"""timm's training script: `summary.csv` beside `args.yaml`.

    epoch,train_loss,eval_loss,eval_top1,eval_top5,lr
    0,3.2422210925762527,3.237897720147015,50.0,80.0,0.1

One row an epoch; `lr` (since 2022) is the mean over the parameter groups, at the epoch's end.  Where `lr` is null in
the settings, the script works the LR out: `lr_base` times the global batch by `lr_base_size`, or the root of it.
"""

from collections.abc import Mapping
from dataclasses import replace

from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.table_layout import sniff
from lrdoctor.records.run import HParam, Note, Run, Source

NAME = "timm"
LARGEST_BATCH = 2**40


def recognise(head: Head) -> str | None:
    """By the columns `epoch`, `train_loss` and the accuracies that only this script calls `eval_top1`, `eval_top5`."""
    layout = sniff(head)
    if layout is None or layout.names[:2] != ("epoch", "train_loss"):
        return None
    telling = [name for name in ("eval_top1", "eval_prec1") if name in layout.names]
    return f"the columns epoch, train_loss, {telling[0]}" if telling and "eval_loss" in layout.names else None


def read(source: Source) -> list[Run]:
    """The run of one `summary.csv`; raises `UnreadableError`."""
    return [_understood(run) for run in table.read(source)]


def _understood(run: Run) -> Run:
    notes = [*run.notes, Note("aggregated", "each training loss is the mean over an epoch")]
    decay = run.hparams.get("layer_decay")
    if "lr" in run.series and isinstance(decay, float) and 0 < decay < 1:
        text = f"lr is the mean over layers whose LR decays by {decay:g} from one to the next: the last one's is higher"
        notes.append(Note("aggregated", text, "lr"))
    return replace(run, hparams=_with_effective_lr(run.hparams), step_axis="epoch", notes=notes)


def _with_effective_lr(hparams: Mapping[str, HParam]) -> dict[str, HParam]:
    """The settings with the LR trained at in place of the base that it is worked out from, if all parts are there."""
    settings = dict(hparams)
    if settings.get("lr") or "lr_base" not in settings:
        return settings
    base = settings.pop("lr_base")  # never what was trained at: an unknown LR is better than a wrong one
    parts = [settings.get(key) for key in ("batch_size", "world_size", "lr_base_size")]
    parts.append(settings.get("grad_accum_steps", 1))
    if not isinstance(base, float | int) or not all(isinstance(n, int) and 0 < n < LARGEST_BATCH for n in parts):
        return settings
    batch, world, size, accumulated = (int(n) for n in parts if isinstance(n, int))
    ratio = batch * world * accumulated / size
    scale = settings.get("lr_base_scale")
    if not scale:  # the script's own rule
        scale = "sqrt" if any(part in str(settings.get("opt", "")).lower() for part in ("ada", "lamb")) else "linear"
    return settings | {"lr": base * (ratio**0.5 if scale == "sqrt" else ratio)}


READER = Reader(NAME, "timm summary.csv", recognise, read)

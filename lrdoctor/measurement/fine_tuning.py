"""How likely a run fine-tunes weights that were trained before: what settings, names, the LR and the curve say.

A sum of log-odds: the same curve as a CSV and as a trainer's state gets the same answer where both say the same.
"""

import math
from dataclasses import dataclass

import numpy as np

from lrdoctor import limits
from lrdoctor.measurement.signs.sign import Setting
from lrdoctor.records.run import Floats, HParam, Run
from lrdoctor.vocabulary.fine_tuning import Method, hints
from lrdoctor.vocabulary.optimizers import PLAIN, SETS_OWN
from lrdoctor.vocabulary.setting_keys import key_path, setting_number
from lrdoctor.vocabulary.untrained import untrained_loss

PRIOR = -3.2  # log-odds; most logs that say nothing of it are of trainings from scratch
# What people begin with, log10 of the LR of Adam-like optimizers, and one sigma of it in decades.
CUSTOMARY: dict[Method, tuple[float, float, str]] = {
    "full": (
        -4.4,
        0.45,
        "2e-5 to 5e-5 for text, to 1e-4 for speech: BERT (arXiv:1810.04805), wav2vec 2.0 (2006.11477)",
    ),
    "adapters": (-3.4, 0.45, "1e-4 to 1e-3: LoRA (arXiv:2106.09685), QLoRA (2305.14314)"),
    "head": (-2.7, 0.5, "1e-3 to 5e-3: a linear layer on frozen features"),
    "unknown": (-4.0, 0.7, "2e-5 for all weights, 2e-4 for adapters"),
}
PLAIN_ABOVE = 2.0  # decades that SGD's LR lies above Adam's


@dataclass(frozen=True)
class FineTuning:
    """How likely a run is a fine-tuning.

    Args:
        probability: that its weights were trained before.
        why: what speaks most for it, in words; "" where nothing does.
        method: what is trained, as far as it is known.
    """

    probability: float
    why: str = ""
    method: Method = "unknown"


NOT_TUNED = FineTuning(0.0)


def fine_tuning(run: Run, setting: Setting, finite: Floats) -> FineTuning:
    """How likely `run` is one, given its setting and its finite training losses, shape (n,)."""
    found = list(hints(run))
    odds = PRIOR + sum(hint.log_odds for hint in found)
    # Who names no optimizer uses an Adam, as Hugging Face's trainer does.
    lr, adaptive = setting.lr, setting.optimizer not in PLAIN | SETS_OWN.keys()
    if lr is not None and adaptive:
        small = lr <= limits.FINE_TUNING_LR
        odds += 2.0 if small else -2.0 if lr >= limits.FROM_SCRATCH else 0.0
        odds += 0.8 if small and lr <= limits.TINY_LR else 0.0
        odds += 2.0 if small and _epochs(run) <= limits.FEW_EPOCHS else 0.0
    level = untrained_loss(run.hparams)
    if len(finite) and level is not None:
        # Who begins at the untrained loss was not trained before; who begins far below was, or went on.
        odds += 1.0 if finite[0] < limits.TRAINED_ALREADY * level else -2.0 if finite[0] > 0.9 * level else 0.0
    if len(finite) > 2 and limits.VOCABULARY < finite[0] < limits.VOCABULARY_MOST:
        odds -= 3.5 if finite[0] > limits.VOCABULARY_SURE else 1.5
    methods = [hint.method for hint in found if hint.method != "unknown"]
    best = max(found, key=lambda hint: hint.log_odds, default=None)
    return FineTuning(1 / (1 + math.exp(-odds)), "" if best is None else best.why, methods[0] if methods else "unknown")


def _epochs(run: Run) -> float:
    """Epochs, as logged or configured; infinite where neither is known."""
    series = run.series.get("epoch")
    logged = float(np.nanmax(series.value)) if series is not None and len(series) else math.inf
    said = [number for key, value in run.hparams.items() if _is_epochs(key) and (number := _positive(value))]
    return min([logged, *said]) if said else logged


def _is_epochs(key: str) -> bool:
    return key_path(key)[-1] in {"max_epochs", "num_train_epochs", "epochs", "num_epochs", "n_epochs"}


def _positive(value: HParam) -> float | None:
    number = setting_number(value)
    return number if number is not None and number > 0 else None


def customary_log_lr(found: FineTuning, optimizer: str | None) -> tuple[float, float]:
    """log10 of the LR that is customary for such a fine-tuning, and its spread, one sigma in decades."""
    middle, spread, _ = CUSTOMARY[found.method]
    return middle + (PLAIN_ABOVE if optimizer in PLAIN else 0.0), spread

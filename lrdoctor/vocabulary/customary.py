"""What LR is customary for an optimizer in a kind of training, how far practice spreads about it, and who says so.

What the field has published, not what was fitted here: a prior where a log says little.
"""

import math
from dataclasses import dataclass

from lrdoctor.vocabulary.model_kind import TUNING, TrainingKind
from lrdoctor.vocabulary.optimizers import CUSTOMARY, OPTIMIZERS, PLAIN, is_adam_like, step_kind

LAWS_FROM, LAWS_TO = 1e6, 2e11  # parameters, between which the laws are believed
KAPLAN_TO = 1e9  # parameters; its line falls to 0 at 1.2e10
TOKENS_A_PARAMETER = 20  # where the length is unknown; Hoffmann et al. 2022, arXiv:2203.15556
LAW_SPREAD = 0.25  # decades; of what one law leaves open, beside how far the laws lie apart
BATCH_REACH = 0.75  # decades; batch sizes move the LR no further, since the rules fail beyond
UNKNOWN_SPREAD = 0.75  # decades; best LRs about the fixed value, the corpus's sweeps of adaptive optimizers
UNKNOWN_SPREAD_SGD = 1.1  # decades; likewise of SGD, whose LR has the scale of the gradients
CARRIED = 0.2  # decades added where the LR was carried over from another optimizer's


@dataclass(frozen=True)
class Customary:
    """What people begin with.

    Args:
        lr: the peak of the schedule.
        spread: one sigma of the best LR about it, in decades.
        why: what it was taken for, in words.
        source: who says so.
    """

    lr: float
    spread: float
    why: str
    source: str


@dataclass(frozen=True)
class Practice:
    """The customary LR of one kind of training: of Adam, and of SGD with momentum where there is one."""

    adam: float
    spread: float
    source: str
    sgd: float | None = None
    sgd_spread: float = 0.7
    sgd_source: str = ""


PRACTICE: dict[TrainingKind, Practice] = {
    TrainingKind.LANGUAGE_MODEL: Practice(
        1e-3,
        0.4,
        "GPT-3's 6e-4 at 125M (arXiv:2005.14165) to small models' 3e-3 (Step Law, arXiv:2503.04715)",
        sgd=0.1,
        sgd_spread=1.0,
        sgd_source="gated convolutions 1 (arXiv:1612.08083), AWD-LSTM 30 without momentum (arXiv:1708.02182)",
    ),
    TrainingKind.VISION: Practice(
        1e-3,
        0.5,
        "ViT 1e-3 to 3e-3 (arXiv:2010.11929), DeiT 5e-4 at 512 (arXiv:2012.12877)",
        sgd=0.1,
        sgd_spread=0.4,
        sgd_source="0.1 at batch 256 (He et al. 2015, arXiv:1512.03385)",
    ),
    TrainingKind.DIFFUSION: Practice(
        1e-4, 0.4, "DDPM 2e-4 (arXiv:2006.11239), ADM 1e-4 (arXiv:2105.05233), latent diffusion 1e-4 (arXiv:2112.10752)"
    ),
    TrainingKind.SPEECH: Practice(1e-3, 0.5, "Conformer's peak of 2e-3 (arXiv:2005.08100), wav2vec 2.0's 5e-4"),
    TrainingKind.FULL_FINE_TUNING: Practice(
        2e-5,
        0.45,
        "BERT 2e-5 to 5e-5 (arXiv:1810.04805), Llama 2's tuning 2e-5 (arXiv:2307.09288)",
        sgd=3e-3,
        sgd_spread=0.6,
        sgd_source="BiT 3e-3 (arXiv:1912.11370)",
    ),
    TrainingKind.SPEECH_FINE_TUNING: Practice(
        1e-4, 0.4, "wav2vec 2.0 2e-5 to 1e-4 (arXiv:2006.11477), XLS-R to 3e-4 (arXiv:2111.09296)"
    ),
    TrainingKind.ADAPTERS: Practice(2e-4, 0.45, "LoRA 2e-4 (arXiv:2106.09685), QLoRA 1e-4 to 2e-4 (arXiv:2305.14314)"),
    TrainingKind.HEAD: Practice(
        1e-3,
        0.6,
        "Adam's default: what is trained begins at random",
        sgd=1e-2,
        sgd_spread=0.8,
        sgd_source="a tenth of vision's from scratch",
    ),
}

_SOURCES = {one.name: one.source for one in OPTIMIZERS}


def customary(
    optimizer: str | None,
    kind: TrainingKind = TrainingKind.UNKNOWN,
    parameters: float | None = None,
    batch_size: float | None = None,
) -> Customary | None:
    """What is customary; None of an optimizer without a custom, and where none is named outside fine-tuning.

    Args:
        optimizer: by its name in `OPTIMIZERS`; None where the log names none: tuning then goes by AdamW, everyone's.
        kind: of training.
        parameters: of the model, where settings show them.
        batch_size: examples a step, likewise.

    >>> customary("AdamW", TrainingKind.ADAPTERS).lr, customary("Prodigy") is None
    (0.0002, True)
    """
    if optimizer is None and kind in TUNING:
        optimizer = "AdamW"
    if optimizer is None or optimizer not in CUSTOMARY:
        return None
    practice, fixed = PRACTICE.get(kind), _fixed(optimizer)
    if practice is None:
        return fixed
    named = kind.value.replace("-", " ")
    if optimizer in PLAIN:
        if practice.sgd is None or optimizer != "SGD+momentum":
            return fixed
        moved = _moved(1.0, batch_size) if kind is TrainingKind.VISION else 1.0
        why = f"SGD with momentum, {named}" + (f", batch {batch_size:g} (linear rule)" if moved != 1 else "")
        rule = "; arXiv:1706.02677" if moved != 1 else ""
        return Customary(practice.sgd * moved, practice.sgd_spread, why, practice.sgd_source + rule)
    carried = is_adam_like(optimizer) or step_kind(optimizer) in {"sign", "scaled"} or optimizer == "Signum"
    if not carried:
        # Matrices' and layers' norms: nobody has published what moves between kinds of training.
        return Customary(fixed.lr, fixed.spread + CARRIED, fixed.why, fixed.source) if kind in TUNING else fixed
    own = optimizer in {"Adam", "AdamW"}
    over = 1.0 if own else CUSTOMARY[optimizer] / CUSTOMARY["Adam"]
    wider = 0.0 if own else CARRIED
    if kind is TrainingKind.LANGUAGE_MODEL and parameters is not None and parameters > 0:
        lr, spread = language_model_lr(parameters)
        laws = "Kaplan et al. (arXiv:2001.08361), DeepSeek (arXiv:2401.02954), Step Law (arXiv:2503.04715)"
        return Customary(lr * over, spread + wider, f"{optimizer}, {named} of {parameters:.2g} parameters", laws)
    moved = _moved(0.5, batch_size) if kind is TrainingKind.VISION else 1.0
    why = f"{optimizer}, {named}" + (f", batch {batch_size:g} (square-root rule)" if moved != 1 else "")
    return Customary(
        practice.adam * over * moved,
        practice.spread + wider,
        why,
        practice.source + ("; arXiv:2205.10287" if moved != 1 else ""),
    )


def _fixed(optimizer: str) -> Customary:
    spread = UNKNOWN_SPREAD_SGD if optimizer in PLAIN else UNKNOWN_SPREAD
    return Customary(CUSTOMARY[optimizer], spread, optimizer, _SOURCES[optimizer])


def language_model_lr(parameters: float) -> tuple[float, float]:
    """Adam's best peak LR for a language model from scratch, and its spread in decades: the mean of published laws.

    Each is for a training of `TOKENS_A_PARAMETER` tokens a parameter.

    >>> lr, spread = language_model_lr(124e6)
    >>> round(lr, 4), round(spread, 2)
    (0.0013, 0.34)
    """
    size = min(max(parameters, LAWS_FROM), LAWS_TO)
    tokens = TOKENS_A_PARAMETER * size
    laws = [
        0.3118 * (6 * size * tokens) ** -0.125,  # DeepSeek, equation 1, of compute
        1.79 * size**-0.713 * tokens**0.307,  # Step Law
        # Kaplan et al., equation D.1; beyond, a line through what GPT-3's models took (arXiv:2005.14165, table 2.1).
        0.003239 - 0.0001395 * math.log(size) if size <= KAPLAN_TO else 6e-4 * (size / 125e6) ** -0.32,
    ]
    logs = [math.log10(law) for law in laws]
    mean = sum(logs) / len(logs)
    apart = sum((log - mean) ** 2 for log in logs) / len(logs)
    return 10**mean, math.sqrt(apart + LAW_SPREAD**2)


def _moved(exponent: float, batch_size: float | None) -> float:
    """What a batch size does to the LR of batch 256; 1 where it is unknown."""
    if batch_size is None or batch_size <= 0:
        return 1.0
    return float(10 ** min(max(exponent * math.log10(batch_size / 256), -BATCH_REACH), BATCH_REACH))

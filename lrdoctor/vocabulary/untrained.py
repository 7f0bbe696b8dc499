"""What settings say of where a training starts: from which loss, or from whose checkpoint."""

import math
from collections.abc import Mapping

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.setting_keys import key_path, setting_number

# How many classes or tokens a model chooses among: untrained it gives each the same chance.
CHOICES_KEYS = (
    *("vocab_size", "n_vocab", "padded_vocab_size", "num_tokens", "num_embeddings", "vocabulary_size"),
    *("num_classes", "n_classes", "nb_classes", "classes", "nclass"),
)
RESUME_KEYS = frozenset(
    {"resume_from_checkpoint", "resume_from", "resume_path", "resume_ckpt", "resume_checkpoint", "resume", "ckpt_path"}
    | {"load_checkpoint", "checkpoint_path", "resume_ckpt_path", "restore_from", "load_ckpt"}
)


def untrained_loss(hparams: Mapping[str, HParam]) -> float | None:
    """The cross-entropy of a model that has learned nothing, in nats: the log of the number of choices.

    None where no setting says how many there are.
    """
    found = [
        (CHOICES_KEYS.index(leaf), value)
        for key, raw in hparams.items()
        if (leaf := key_path(key)[-1]) in CHOICES_KEYS
        and (value := setting_number(raw)) is not None
        and 2 <= value < 1e7
        and value == int(value)
    ]
    return math.log(min(found)[1]) if found else None


def resumed_from(hparams: Mapping[str, HParam]) -> str:
    """The checkpoint that a run goes on from, as its settings name it; "" where they name none."""
    for key, value in hparams.items():
        if key_path(key)[-1] in RESUME_KEYS and isinstance(value, str) and any(mark in value for mark in "/\\."):
            return value.replace("\\", "/").rpartition("/")[2]
    return ""

"""LRs that settings name after the optimizer they are for: `adam_lr`, `lr_muon`, `sgd_learning_rate`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.optimizers import OPTIMIZERS
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS, LEAST_LR, MOST_LR, key_path, setting_number

# `momentum_lr` and `gd_lr` are as often something else's: of a momentum, of a generator and a discriminator.
_NO_OPTIMIZER = frozenset({"momentum", "nesterov", "gd"})
_BY_SPELLING = MappingProxyType(
    {spelling: one.name for one in OPTIMIZERS for spelling in one.spellings if spelling not in _NO_OPTIMIZER}
    | {"muon": "Muon", "matrix": "Muon"}  # nanochat's `matrix_lr`: Muon has the matrices, AdamW the embeddings
)
_ENDS = ("_lr", "_learning_rate")
_STARTS = ("lr_", "learning_rate_")
# What says the same of an LR: whoever writes `adam_lr` may mean AdamW.
_ALIKE = MappingProxyType({"AdamW": "Adam", "SGD+momentum": "SGD"})
# It has the embeddings, biases and head where another optimizer has the matrices, as Muon's recipes do.
_AUXILIARY = "Adam"


@dataclass(frozen=True)
class OptimizerLr:
    """An LR that is named after its optimizer.

    Args:
        optimizer: by its name in `OPTIMIZERS`.
        lr: its value.
        key: of the setting.
    """

    optimizer: str
    lr: float
    key: str


@lru_cache(maxsize=CACHED_KEYS)
def optimizer_of_lr(key: str) -> str | None:
    """The optimizer whose LR a setting of that name is; None where it is no such name.

    >>> [optimizer_of_lr(key) for key in ("config/adam_lr", "lr_muon", "lr", "critic_lr", "adam_lr_decay")]
    ['Adam', 'Muon', None, None, None]
    """
    leaf = key_path(key)[-1]
    bare = next((leaf.removesuffix(end) for end in _ENDS if leaf.endswith(end)), None)
    bare = (
        next((leaf.removeprefix(start) for start in _STARTS if leaf.startswith(start)), None) if bare is None else bare
    )
    return None if bare is None else _BY_SPELLING.get(bare.replace("_", ""))


def optimizer_lr(hparams: Mapping[str, HParam], named: str | None) -> OptimizerLr | None:
    """The LR named after the run's optimizer; None where there is none, or where it cannot be told which one counts.

    Args:
        hparams: the settings.
        named: the optimizer that they name elsewhere, or None.  Where they name none, the only one with an LR of its
            own counts, and beside one other the one that is not Adam: Adam then has what the other leaves.

    >>> optimizer_lr({"muon_lr": 0.02, "adam_lr": 3e-4}, None).optimizer, optimizer_lr({"lr": 0.1}, "SGD")
    ('Muon', None)
    """
    found: dict[str, OptimizerLr] = {}
    for key, raw in hparams.items():
        name = optimizer_of_lr(key)
        value = setting_number(raw) if name is not None else None
        if name is None or value is None or not LEAST_LR <= value <= MOST_LR:
            continue
        alike = _ALIKE.get(name, name)
        if alike not in found or _depth(key) < _depth(found[alike].key):
            found[alike] = OptimizerLr(name, value, key)
    if named is not None:
        return found.get(_ALIKE.get(named, named))
    own = [one for alike, one in found.items() if alike != _AUXILIARY] or list(found.values())
    # Adam's and plain SGD's are rather a choice between two than parts of one recipe.
    if len(own) != 1 or (len(found) > 1 and own[0].optimizer in {"SGD", "SGD+momentum"}):
        return None
    return own[0]


def _depth(key: str) -> int:
    return len(key_path(key))

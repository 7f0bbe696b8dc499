"""Losses that are called by nothing but their split, and told from accuracies by the way they go.

epoch 3 loss: 0.51 val: 0.62                   a validation loss
epoch 3 | train: 0.51 | val: 0.62              losses
Epoch: 003, Loss: 0.51, Train: 0.91, Val: 0.88          accuracies
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from lrdoctor.records.run import Series
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS, is_loss_name, is_of_validation, words

ALIKE = 4.0  # ratio between the medians of two losses of one training, at most
FALLEN = 0.95  # of the first third's median that the last third's is below, where a loss falls
MIN_VALUES = 3


@lru_cache(maxsize=4096)
def is_split(tag: str) -> bool:
    """Whether a tag says which split its values are of, and nothing else."""
    kind = set(words(tag))
    return bool(kind) and kind <= TRAIN_WORDS | VALIDATION_WORDS.keys()


def training_splits(tags: Sequence[str]) -> list[str]:
    """Of the tags of a line those of training that may be losses: a held-out split stands beside them."""
    bare = [tag for tag in tags if is_split(tag)]
    return [tag for tag in bare if not is_of_validation(tag)] if any(map(is_of_validation, bare)) else []


def falls(values: Sequence[float]) -> bool:
    """Whether values become less, as losses do and accuracies do not."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if len(known) < MIN_VALUES:
        return False
    third = max(len(known) // 3, 1)
    return bool(np.median(known[-third:]) < FALLEN * np.median(known[:third]))


def with_split_losses(series: Mapping[str, Series], loss: str) -> dict[str, Series]:
    """The series, `train` and `val` called losses where they are: the training loss is called `loss` or so."""
    bare = [tag for tag in series if is_split(tag)]
    if not bare or loss not in series:
        return dict(series)
    if is_split(loss):
        named = set(bare)
    elif any(is_loss_name(tag) and is_of_validation(tag) for tag in series) or not all(map(is_of_validation, bare)):
        named = set[str]()  # `Loss: 0.5, Train: 0.9, Val: 0.8` are accuracies
    else:
        named = {tag for tag in bare if _goes_with(series[tag], series[loss])}
    return {f"{tag}/loss" if tag in named else tag: one for tag, one in series.items()}


def _goes_with(one: Series, loss: Series) -> bool:
    """Whether a series is of a loss's size, and falls where the loss does."""
    sizes = [
        float(np.median(it.value[np.isfinite(it.value)])) if np.isfinite(it.value).any() else 0.0 for it in (one, loss)
    ]
    return min(sizes) > 0 and max(sizes) <= ALIKE * min(sizes) and falls(list(one.value)) == falls(list(loss.value))

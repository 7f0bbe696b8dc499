"""Which series called `score` are accuracies: by the setting that names the score, else by how they go."""

from collections.abc import Mapping, Sequence

import numpy as np

from lrdoctor.records.run import Floats, HParam, Run
from lrdoctor.vocabulary.setting_keys import key_path
from lrdoctor.vocabulary.tags import TagName, word_sets, words

SCORE_NAMES = word_sets("score")  # `train_score`, `val_score`, as the words of a quantity
(SCORE_SETTINGS,) = word_sets("score_func score_fn score_function score_name score_metric scoring")
MIN_POINTS = 4  # of a score and of a loss, of which the first and the last half are compared


def accuracies_among(run: Run, names: Sequence[TagName], loss: str | None) -> list[TagName]:
    """The names of scores that are accuracies.

    A setting decides (`score_func: accuracy`).  Without one, a score is an accuracy where it rises within 0..1 while
    the loss falls, as another score may.
    """
    scores = [name for name in names if name.words in SCORE_NAMES]
    if not scores:
        return []
    stated = _stated(run.hparams)
    if stated is not None:
        return scores if {"accuracy", "acc", "top1"}.intersection(words(stated)) else []
    falls = loss is not None and _rise(run.series[loss].value) < 0
    return [name for name in scores if falls and _is_rising_share(run.series[name.tag].value)]


def _stated(settings: Mapping[str, HParam]) -> str | None:
    """The score that a setting names."""
    found = (value for key, value in settings.items() if key_path(key)[-1] in SCORE_SETTINGS)
    return next((value for value in found if isinstance(value, str) and value.strip()), None)


def _is_rising_share(value: Floats) -> bool:
    known = value[np.isfinite(value)]
    return len(known) >= MIN_POINTS and bool(known.min() >= 0 and known.max() <= 1) and _rise(known) > 0


def _rise(value: Floats) -> float:
    """How far the median of the last half lies above that of the first; 0 for too few values."""
    known = value[np.isfinite(value)]
    if len(known) < MIN_POINTS:
        return 0.0
    half = len(known) // 2
    return float(np.median(known[-half:]) - np.median(known[:half]))

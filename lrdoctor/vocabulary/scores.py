"""Which series called `score` are accuracies: by the setting that names the score, else by how they go."""

from collections.abc import Mapping, Sequence

import numpy as np

from lrdoctor.records.run import Floats, HParam, Run
from lrdoctor.vocabulary.setting_keys import key_path
from lrdoctor.vocabulary.tags import TagName, Words, word_sets, words

SCORE_NAMES = word_sets("score", "metric")  # of `train_score`, `val_metric`, the words of the quantity
# Settings that name one; `metric` beside a score may be what early stopping watches.
SCORE_SETTINGS, METRIC_SETTINGS = word_sets(
    "score_func score_fn score_function score_name score_metric scoring",
    "metric metric_name metric_func metric_fn metric_function eval_metric",
)
MIN_POINTS = 4  # of a score and of a loss, of which the first and the last half are compared


def accuracies_among(run: Run, names: Sequence[TagName], loss: str | None) -> list[TagName]:
    """The names of scores that are accuracies.

    A setting decides (`score_func: accuracy`).  Without one, a score is an accuracy where it rises within 0..1 while
    the loss falls, as another score may.
    """
    scores = [name for name in names if name.words in SCORE_NAMES]
    falls = bool(scores) and loss is not None and _rise(run.series[loss].value) < 0
    found = []
    for name in scores:
        stated = _stated(run.hparams, SCORE_SETTINGS if "score" in name.words else METRIC_SETTINGS)
        says = {"accuracy", "acc", "top1"}.intersection(words(stated or ""))
        if says or (stated is None and falls and _is_rising_share(run.series[name.tag].value)):
            found.append(name)
    return found


def _stated(settings: Mapping[str, HParam], keys: Words) -> str | None:
    """The score that a setting under one of these keys names."""
    found = (value for key, value in settings.items() if key_path(key)[-1] in keys)
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
    with np.errstate(over="ignore"):
        return float(np.median(known[-half:]) - np.median(known[:half]))

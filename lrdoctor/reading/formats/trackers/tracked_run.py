"""What MLflow's two stores, files and a database, share: a run's settings, and the words for one without a curve."""

import re
from collections.abc import Mapping

from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam

DELETED = "deleted"  # the lifecycle stage of a run that the user threw away
SYSTEM_METRICS = "system/"  # CPU, memory and network of the machine, counted in samples and not in steps
_WORDS: dict[str, HParam] = {"True": True, "False": False, "None": None}
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_FLOAT = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,4})?")


def settings_of(params: Mapping[str, str]) -> dict[str, HParam]:
    """Parameters as settings: MLflow keeps every one as text; what names a person or a machine is left out.

    >>> settings_of({"lr": "1e-3", "epochs": "10", "nesterov": "True", "optim/name": "sgd", "dir": "/home/ada/o"})
    {'lr': 0.001, 'epochs': 10, 'nesterov': True, 'optim/name': 'sgd'}
    """
    return flatten({key: _value(text) for key, text in params.items()})


def no_curve(metrics: int) -> str:
    """The refusal of a run whose metrics, this many, hold one value each."""
    found = "1 metric with one value" if metrics == 1 else f"{metrics:,} metrics with one value each"
    return f"{found}: no curve; log the loss during training with mlflow.log_metric(name, value, step=step)"


def _value(text: str) -> HParam:
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text

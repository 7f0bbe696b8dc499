"""How many parameters a model has, where settings show it."""

import math
import re
from collections.abc import Mapping

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.once import cached_by_mapping
from lrdoctor.vocabulary.setting_keys import key_path, setting_number

COUNT_KEYS = frozenset(
    {"n_params", "num_params", "num_parameters", "n_parameters", "parameters", "total_params", "total_parameters"}
    | {"model_params", "param_count", "params", "trainable_params", "model_size", "model_num_parameters", "nparams"}
)
NAME_KEYS = frozenset({"model", "model_name", "model_id", "model_name_or_path", "arch", "model_type", "config_name"})
LAYER_KEYS = frozenset({"n_layer", "n_layers", "num_layers", "num_hidden_layers", "depth", "nlayers"})
WIDTH_KEYS = frozenset({"n_embd", "d_model", "hidden_size", "n_embed", "embed_dim", "dim", "model_dim", "hidden_dim"})
FEWEST, MOST = 1e3, 1e13

_SHORT = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*([kmbKMB])(?![a-zA-Z\d])")
_SCALE = {"k": 1e3, "m": 1e6, "b": 1e9}


@cached_by_mapping
def parameters(hparams: Mapping[str, HParam]) -> float | None:
    """Parameters of the model: as counted, as `124M` in its name, as a transformer's layers and width give them.

    >>> parameters({"model": "pythia-160m"}), parameters({"n_layer": 12, "n_embd": 768}), parameters({"lr": 0.1})
    (160000000.0, 84934656.0, None)
    """
    return _counted(hparams) or _named(hparams) or _transformer(hparams)


def _counted(hparams: Mapping[str, HParam]) -> float | None:
    for key, raw in hparams.items():
        if key_path(key)[-1] in COUNT_KEYS:
            value = setting_number(raw) or _short(str(raw))
            if value is not None and FEWEST <= value <= MOST:
                return value
    return None


def _named(hparams: Mapping[str, HParam]) -> float | None:
    texts = (str(raw) for key, raw in hparams.items() if key_path(key)[-1] in NAME_KEYS)
    return next(
        (value for text in texts if (value := _short(text.replace("_", "-"))) and FEWEST <= value <= MOST), None
    )


def _short(text: str) -> float | None:
    found = _SHORT.search(text)
    return float(found[1]) * _SCALE[found[2].lower()] if found else None


def _transformer(hparams: Mapping[str, HParam]) -> float | None:
    """12 layers width squared: attention and a feed-forward four times as wide, without the embedding."""
    layers, width = (_first(hparams, keys) for keys in (LAYER_KEYS, WIDTH_KEYS))
    if layers is None or width is None:
        return None
    value = 12 * layers * width**2
    return value if FEWEST <= value <= MOST else None


def _first(hparams: Mapping[str, HParam], names: frozenset[str]) -> float | None:
    values = (setting_number(raw) for key, raw in hparams.items() if key_path(key)[-1] in names)
    return next((value for value in values if value is not None and math.isfinite(value) and 0 < value < 1e6), None)

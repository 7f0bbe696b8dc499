"""What settings and names say of weights that were trained before: log-odds for a fine-tuning, each with its reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lrdoctor.records.run import HParam, Run
from lrdoctor.vocabulary.setting_keys import key_path, setting_number
from lrdoctor.vocabulary.settings import stated_values
from lrdoctor.vocabulary.tags import words
from lrdoctor.vocabulary.training_kind import ADAPTER_WORDS

Method: TypeAlias = Literal["full", "adapters", "head", "unknown"]


@dataclass(frozen=True)
class Hint:
    """One thing that speaks for a fine-tuning: its log-odds, what it is, and the method that it names."""

    log_odds: float
    why: str
    method: Method = "unknown"


# Whose weights people take; a family's name alone (`vit`, `resnet50`) is as often trained from scratch.
_CHECKPOINT = re.compile(
    r"^[\w.-]+/[\w.-]*[a-z][\w.-]*$|"
    r"\b(?:distil|deb|rob|alb|camem)?bert[a-z]*-(?:base|large|tiny|small)|\bgpt2(?:-|$)|\bgpt2$|wav2vec2|whisper-|"
    r"\b(?:llama|mistral|mixtral|qwen|gemma|phi|falcon|bloom|opt|pythia|t5|flan|bart|clip|dinov2|sam)[-_]?\w*[-_.]\d+",
    re.IGNORECASE,
)
_MODEL_KEYS = frozenset(
    {"model", "model_name", "model_id", "base_model", "model_path", "backbone", "checkpoint", "encoder", "tokenizer"}
    | {"base_model_name", "model_checkpoint", "model_type", "arch", "llm", "init_from", "load_weights", "weights"}
    | {"tokenizer_name", "processor", "feature_extractor", "foundation_model"}
)
_NAMES = {
    **dict.fromkeys(("finetune", "finetuning", "finetuned", "sft", "dreambooth"), 3.0),
    **dict.fromkeys(("ft", "dpo", "instruct", "alpaca", "distilbert", "roberta", "wav2vec2", "whisper"), 1.5),
}


def hints(run: Run) -> Iterator[Hint]:
    """Everything in the settings and names of a run that speaks for a fine-tuning."""
    stated = stated_values(run.hparams)
    adapters = _adapter_key(run.hparams)
    if adapters:
        yield Hint(6.0, f"the setting {adapters}", "adapters")
    elif stated.pretrained:
        yield Hint(5.5, f"the setting {stated.pretrained}")
    elif run.source.traits.fine_tunes or stated.tunes:
        yield Hint(3.5, f"{run.source.format}, a trainer made for it")
    for key, value in run.hparams.items():
        leaf = key_path(key)[-1]
        if leaf in _MODEL_KEYS and isinstance(value, str) and _CHECKPOINT.search(value) and value != "scratch":
            yield Hint(3.5, f"the setting {key} names trained weights ({value[:40]})")
            break
    for key, value in run.hparams.items():
        named = set(words(key))
        if {"freeze", "frozen"} & named and value not in (False, None, 0, "", "none", "None", "False"):
            yield Hint(2.5, f"the setting {key}", "head")
            break
    text = f"{run.name} {run.source.path.name} {run.source.path.parent.name}"
    told = {word: weight for word, weight in _NAMES.items() if word in words(text)}
    if "fine" in words(text) and {"tune", "tuning", "tuned"} & set(words(text)):
        told["fine-tuning"] = 3.0
    if adapters == "" and ADAPTER_WORDS & set(words(text)):
        yield Hint(4.0, "its name speaks of adapters", "adapters")
    elif told:
        word = max(told, key=lambda one: told[one])
        yield Hint(told[word], f"its name says {word}")


def _adapter_key(hparams: Mapping[str, HParam]) -> str:
    """The setting that names an adapter, or ""."""
    leaves = {key_path(key)[-1]: key for key in hparams}
    if "r" in leaves and ("lora_alpha" in leaves or "target_modules" in leaves):
        return leaves["r"]
    for key, value in hparams.items():
        if ADAPTER_WORDS & set(words(key)) and value not in (None, False, "", 0, "None", "none"):
            rank = setting_number(value)
            if rank is None or rank > 0:
                return key
    return ""

"""What settings and names say of weights that were trained before: log-odds for a fine-tuning, each with its reason."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lrdoctor.records.run import HParam, Run
from lrdoctor.vocabulary.setting_keys import key_path, setting_number
from lrdoctor.vocabulary.settings import stated_values
from lrdoctor.vocabulary.tags import words
from lrdoctor.vocabulary.training_kind import ADAPTER_WORDS, is_off

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
    r"^imagenet|imagenet1k|imagenet21k|^coco$|^\w*yolo\w*\.pt$|"
    r"\b(?:distil|deb|rob|alb|camem)?bert[a-z]*-(?:base|large|tiny|small)|\bgpt2(?:-|$)|\bgpt2$|wav2vec2|whisper-|"
    r"\b(?:llama|mistral|mixtral|qwen|gemma|phi|falcon|bloom|opt|pythia|t5|flan|bart|clip|dinov2|sam)[-_]?\w*[-_.]\d+",
    re.IGNORECASE,
)
_NAMED_WEIGHTS = re.compile(r"\b(?:distil|rob|deb|alb)?bert[a-z]*-(?:base|large|tiny)", re.IGNORECASE)
_USES_ADAPTER = re.compile(r"^(?:use_)?(?:q?lora|peft|dora|adapter)(?:_enabled|_enable)?$")
_MODEL_KEYS = frozenset(
    {"model", "model_name", "model_id", "base_model", "model_path", "backbone", "checkpoint", "encoder", "tokenizer"}
    | {"base_model_name", "model_checkpoint", "llm", "init_from", "load_weights", "weights", "init_checkpoint"}
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
    elif stated.pretrained and not (_adapters_off(run.hparams) and ADAPTER_WORDS & set(words(stated.pretrained))):
        yield Hint(5.5, f"the setting {stated.pretrained}")
    elif run.source.traits.fine_tunes:
        yield Hint(3.5, f"{run.source.format}, a trainer made for it")
    elif stated.tunes:
        yield Hint(1.0, "settings of Hugging Face's trainer")
    for key, value in run.hparams.items():
        leaf = key_path(key)[-1]
        if leaf in _MODEL_KEYS and isinstance(value, str) and _CHECKPOINT.search(value) and value != "scratch":
            yield Hint(3.5, f"the setting {key} names trained weights ({value[:40]})")
            break
    for key, value in run.hparams.items():
        named = set(words(key))
        if {"freeze", "frozen"} & named and not is_off(value):
            yield Hint(2.5, f"the setting {key}", "head")
            break
    text = f"{run.name} {run.source.path.name} {run.source.path.parent.name}"
    told = {word: weight for word, weight in _NAMES.items() if word in words(text)}
    if "fine" in words(text) and {"tune", "tuning", "tuned"} & set(words(text)):
        told["fine-tuning"] = 3.0
    if not adapters and ADAPTER_WORDS & set(words(text)):
        yield Hint(4.0, "its name speaks of adapters", "adapters")
    elif told:
        word = max(told, key=lambda one: told[one])
        yield Hint(told[word], f"its name says {word}")
    elif _NAMED_WEIGHTS.search(text):
        yield Hint(2.5, "its name is that of trained weights")


def _adapters_off(hparams: Mapping[str, HParam]) -> bool:
    """Whether a switch says that there are no adapters, whatever is set for them."""
    return any(is_off(value) for key, value in hparams.items() if _USES_ADAPTER.search(key_path(key)[-1]))


def _adapter_key(hparams: Mapping[str, HParam]) -> str:
    """The setting that names an adapter, or ""."""
    if _adapters_off(hparams):
        return ""
    leaves = {key_path(key)[-1]: key for key in hparams}
    if "r" in leaves and ("lora_alpha" in leaves or "target_modules" in leaves):
        return leaves["r"]
    for key, value in hparams.items():
        if ADAPTER_WORDS & set(words(key)) and not is_off(value):
            rank = setting_number(value)
            if rank is None or rank > 0:
                return key
    return ""

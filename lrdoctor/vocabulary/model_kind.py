"""What a run trains, as far as it moves what LR is customary: language, images, speech; from scratch or tuned."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache

from lrdoctor.records.run import HParam, Run
from lrdoctor.vocabulary.fine_tuning import Method
from lrdoctor.vocabulary.once import cached_by_mapping
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS, key_path
from lrdoctor.vocabulary.tags import words


class TrainingKind(StrEnum):
    """What is trained, as far as it moves what LR is customary."""

    LANGUAGE_MODEL = "language-model"
    VISION = "vision"
    DIFFUSION = "diffusion"
    SPEECH = "speech"
    FULL_FINE_TUNING = "full-fine-tuning"
    SPEECH_FINE_TUNING = "speech-fine-tuning"
    ADAPTERS = "adapters"
    HEAD = "head"
    UNKNOWN = "unknown"


TUNING = frozenset(
    {TrainingKind.FULL_FINE_TUNING, TrainingKind.SPEECH_FINE_TUNING, TrainingKind.ADAPTERS, TrainingKind.HEAD}
)
"""Those that begin with weights that were trained before."""

# What tells, by the last part of a setting's name: 2 decides alone, two of 1 together.
_KEYS: Mapping[TrainingKind, Mapping[str, int]] = {
    TrainingKind.LANGUAGE_MODEL: {
        **dict.fromkeys(("vocab_size", "padded_vocab_size", "n_vocab", "tokens_per_batch", "total_tokens"), 2),
        **dict.fromkeys(("block_size", "context_length", "max_seq_len", "max_seq_length", "seq_len", "seq_length"), 1),
        **dict.fromkeys(("n_layer", "n_embd", "n_head", "sequence_length", "n_ctx", "max_position_embeddings"), 1),
        **dict.fromkeys(("tokenizer", "tokenizer_path", "rope_theta", "tie_word_embeddings", "train_tokens"), 1),
    },
    TrainingKind.VISION: {
        **dict.fromkeys(("image_size", "img_size", "imgsz", "crop_size", "patch_size", "num_crops"), 1),
        **dict.fromkeys(("mixup", "cutmix", "color_jitter", "hflip", "auto_augment", "random_erasing"), 1),
    },
    TrainingKind.DIFFUSION: {
        **dict.fromkeys(("num_train_timesteps", "num_timesteps", "diffusion_steps", "noise_schedule"), 2),
        **dict.fromkeys(("timesteps", "beta_start", "beta_end", "beta_schedule", "snr_gamma", "prediction_type"), 1),
    },
    TrainingKind.SPEECH: {
        **dict.fromkeys(("num_mel_bins", "n_mels", "mel_bins", "ctc_weight", "ctc_loss_reduction"), 2),
        **dict.fromkeys(("sample_rate", "sampling_rate", "mask_time_prob"), 1),
    },
}
# Words in the values of settings that name a model or the data, and in names of runs.
_NAMED: Mapping[TrainingKind, frozenset[str]] = {
    TrainingKind.LANGUAGE_MODEL: frozenset(
        {
            "gpt",
            "gpt2",
            "gpt3",
            "llama",
            "llama2",
            "llama3",
            "lm",
            "openwebtext",
            "fineweb",
            "wikitext",
            "c4",
        }
        | {"wikitext103", "wikitext2", "pile", "slimpajama", "shakespeare", "tinystories", "enwik8", "ptb", "pythia"}
        | {"mamba", "causallm", "transformerlm", "opt", "bloom", "mistral", "qwen", "gemma", "redpajama"}
    ),
    TrainingKind.VISION: frozenset(
        {"resnet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wideresnet", "vgg16", "vgg", "vit"}
        | {"convnext", "efficientnet", "mobilenet", "densenet", "swin", "deit", "alexnet", "yolo", "yolov5", "yolov8"}
        | {"cifar", "cifar10", "cifar100", "imagenet", "imagenet1k", "imagenet32", "mnist", "fmnist", "svhn", "coco"}
        | {"tinyimagenet", "fashionmnist", "lenet", "wrn", "preactresnet18", "resnext", "regnet"}
    ),
    TrainingKind.DIFFUSION: frozenset({"ddpm", "diffusion", "ddim", "edm", "sdxl", "dit"}),
    TrainingKind.SPEECH: frozenset(
        {
            "wav2vec2",
            "hubert",
            "wavlm",
            "whisper",
            "conformer",
            "zipformer",
            "librispeech",
            "asr",
            "speech",
            "deepspeech",
        }
        | {"ljspeech", "tacotron2", "vits", "commonvoice", "unispeech", "gigaspeech", "icefall", "tts"}
    ),
}
_NAMING_KEYS = frozenset(
    {"model", "model_name", "model_type", "model_id", "model_name_or_path", "arch", "architecture", "net", "network"}
    | {"backbone", "encoder", "dataset", "dataset_name", "data", "task", "data_dir", "data_path", "name", "project"}
    | {"architectures", "base_model", "name_or_path"}
)
# Words of series.
_LOGGED: Mapping[TrainingKind, frozenset[str]] = {
    TrainingKind.LANGUAGE_MODEL: frozenset({"ppl", "perplexity", "bpb", "bpc", "tokens", "toks", "lm"}),
    TrainingKind.VISION: frozenset({"top5", "acc5", "miou", "map50", "box", "psnr"}),
    TrainingKind.DIFFUSION: frozenset({"fid"}),
    TrainingKind.SPEECH: frozenset({"wer", "cer", "ctc"}),
}
_ENOUGH = 2


def training_kind(run: Run) -> TrainingKind:
    """What a run trains, by its settings, names and series; `unknown` where nothing tells, or several do alike."""
    told = dict(_told_by_settings(run.hparams))
    for kind, weight in _told_by_names(run):
        told[kind] = told.get(kind, 0) + weight
    return _clearest(told)


def kind_of_tuning(kind: TrainingKind, method: Method) -> TrainingKind:
    """The kind of a fine-tuning, of what would otherwise be `kind`; all weights where nothing tells which."""
    if method == "adapters":
        return TrainingKind.ADAPTERS
    if method == "head":
        return TrainingKind.HEAD
    speech = kind is TrainingKind.SPEECH
    return TrainingKind.SPEECH_FINE_TUNING if speech else TrainingKind.FULL_FINE_TUNING


@cached_by_mapping
def _told_by_settings(hparams: Mapping[str, HParam]) -> Mapping[TrainingKind, int]:
    told: dict[TrainingKind, int] = {}
    for key, raw in hparams.items():
        if raw in (None, False, ""):
            continue
        for kind, weight in _told_by_key(key):
            told[kind] = told.get(kind, 0) + weight
        if _names_something(key) and isinstance(raw, str):
            for kind in _named_kinds(raw):
                told[kind] = told.get(kind, 0) + _ENOUGH
            if "unet" in raw.lower():  # of segmentation as often: half a clue
                told[TrainingKind.DIFFUSION] = told.get(TrainingKind.DIFFUSION, 0) + 1
    return told


@lru_cache(maxsize=CACHED_KEYS)
def _told_by_key(key: str) -> tuple[tuple[TrainingKind, int], ...]:
    leaf = key_path(key)[-1]
    return tuple((kind, keys[leaf]) for kind, keys in _KEYS.items() if leaf in keys)


@lru_cache(maxsize=CACHED_KEYS)
def _names_something(key: str) -> bool:
    path = key_path(key)
    return path[-1] in _NAMING_KEYS and (path[-1] != "name" or bool(_NAMING_KEYS.intersection(path[:-1])))


def _named_kinds(text: str) -> Iterator[TrainingKind]:
    said = set(words(text.replace("Net", "net")))
    said |= {word.rstrip("0123456789") for word in said}
    yield from (kind for kind, names in _NAMED.items() if names & said)


def _told_by_names(run: Run) -> Iterator[tuple[TrainingKind, int]]:
    tags = {word for tag in run.series for word in words(tag)}
    yield from ((kind, _ENOUGH) for kind, names in _LOGGED.items() if names & tags)
    called = " ".join((run.name, run.source.path.name, run.source.path.parent.name))
    yield from ((kind, 1) for kind in _named_kinds(called))


def _clearest(told: Mapping[TrainingKind, int]) -> TrainingKind:
    first, second = sorted([*told.values(), 0, 0], reverse=True)[:2]
    if first < _ENOUGH or first == second:
        return TrainingKind.UNKNOWN
    return max(told, key=lambda kind: told[kind])

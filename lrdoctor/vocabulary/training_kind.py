"""What kind of training a run is: from scratch or fine-tuning, supervised or reinforcement learning."""

from collections.abc import Mapping
from functools import lru_cache

from lrdoctor.records.run import HParam, Run
from lrdoctor.vocabulary.setting_keys import CACHED_KEYS
from lrdoctor.vocabulary.tags import word_sets, words

# Of fine-tuning: adapters on frozen weights, a model that is named by where its weights lie.
ADAPTER_WORDS = frozenset({"lora", "qlora", "peft", "dora"})
PRETRAINED_KEYS = frozenset(
    {
        "model_name_or_path",
        "name_or_path",
        "pretrained",
        "pretrained_model_name_or_path",
        "base_model",
        "pretrained_path",
    }
    | {"finetune", "finetuning", "fine_tune", "fine_tuning", "finetuning_type", "load_from", "from_pretrained"}
)
TRAINER_KEYS = frozenset({"per_device_train_batch_size"})  # Hugging Face's TrainingArguments, in any log

# Reinforcement learning (SB3, baselines, cleanRL, RLlib): what an episode earned, and a policy's objective.
(EPISODE_WORDS,) = word_sets("ep episode episodes episodic rollout eprewmean")
EPISODE_COUNTERS = EPISODE_WORDS | {"n", "num", "no", "number", "idx", "count", "i"}  # of a name that counts them
EXPLORATION_NAMES = word_sets("epsilon", "exploration", "exploration rate")  # share of actions drawn at random
(REWARD_WORDS,) = word_sets("rew reward rewards return returns rewmean eprewmean")
POLICY_LOSSES = word_sets("policy gradient loss", "policy loss", "loss policy gradient loss", "pg loss", "actor loss")


def pretrained_key(hparams: Mapping[str, HParam]) -> str:
    """The first key that tells of pretrained weights."""
    for key, value in hparams.items():
        if not is_off(value) and tells_of_weights(key):
            return key
    return ""


def is_off(value: HParam) -> bool:
    """Whether a setting says no: a false switch, nothing, or a word for either."""
    return value in (None, False, 0) or (isinstance(value, str) and value.strip().lower() in _OFF)


_OFF = frozenset({"", "false", "no", "none", "null", "off", "0", "scratch"})


@lru_cache(maxsize=CACHED_KEYS)
def tells_of_weights(key: str) -> bool:
    """Whether a setting of that name tells of weights that were trained before."""
    names = set(words(key))
    return bool(names & ADAPTER_WORDS) or "_".join(words(key.rpartition("/")[2])) in PRETRAINED_KEYS


def is_reinforcement(run: Run) -> bool:
    """Whether the run is one of reinforcement learning: it logs what episodes earned, or a policy's loss."""
    by_episode = EPISODE_WORDS & set(words(run.step_axis)) or any(map(_is_of_episodes, run.series))
    counted = frozenset({"episode"} if by_episode else ())
    for tag in run.series:
        found = frozenset(words(tag)) | counted
        if (found & EPISODE_WORDS and found & REWARD_WORDS) or frozenset(
            words(tag.rpartition("/")[2])
        ) in POLICY_LOSSES:
            return True
    return False


def _is_of_episodes(tag: str) -> bool:
    own = set(words(tag))
    return bool(EPISODE_WORDS & own and own <= EPISODE_COUNTERS) or own in EXPLORATION_NAMES


def is_group_relative(run: Run) -> bool:
    """Whether the run is one of GRPO or its kin (RLOO, DAPO): rewards of sampled completions beside the loss."""
    leaves = {tag.rpartition("/")[2] for tag in run.series}
    sampled = any("completion" in tag for tag in run.series)
    return sampled and any(leaf == "reward" or leaf == "reward_std" for leaf in leaves)

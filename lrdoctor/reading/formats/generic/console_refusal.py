"""What a text log lacks that no reader takes: its rows tell too few losses, only validation losses, only accuracies."""

import re
from collections import Counter

from lrdoctor.reading.formats.generic.console_form import NO_LOGS, told_lines
from lrdoctor.reading.formats.generic.console_items import no_training
from lrdoctor.reading.parsing.head import Head
from lrdoctor.vocabulary.tags import is_loss_name, is_of_validation, words

MIN_LOSSES = 8  # the least of which a curve can be judged
MIN_TOLD = 3  # lines that tell the same
# Optuna and Keras Tuner; scikit-learn's searches.
_TRIAL = re.compile(
    r"\bTrial \d{1,9} (?:finished with value|Complete|pruned)|^\[CV(?: \d{1,4}/\d{1,4})?\] (?:END )?\w", re.MULTILINE
)
_EARNED = r"ep_rew_mean|ep_?rewmean|episode_reward_mean|episodic_return"
_REWARD = re.compile(
    rf"\b(?:{_EARNED}|(?:mean|avg|average|episode|total)[ _]?(?:reward|return)s?)\b.{{0,3}}[\s:=|\[]{{1,40}}-?\d",
    re.IGNORECASE,
)
ACCURACIES = frozenset({"acc", "accuracy", "top1", "prec1", "acc1"})


def what_it_lacks(head: Head) -> str | None:
    """In one clause what its lines tell, where they tell something of a training; None where they do not."""
    if head.path.suffix.lower() in NO_LOGS:
        return None
    told: Counter[tuple[str, str]] = Counter()
    lines = told_lines(head)
    for _, line in lines:
        losses = line.losses()
        validation = [tag for tag in line.values if is_loss_name(tag) and is_of_validation(tag)]
        accuracies = [tag for tag in line.values if ACCURACIES & set(words(tag))]
        told.update(("loss", tag) for tag in losses)
        told.update(("validation", tag) for tag in validation)
        told.update(("accuracy", tag) for tag in accuracies)
    if all(kind != "loss" or count < MIN_LOSSES for (kind, _), count in told.items()) and (found := _search(head.text)):
        return found
    for kind, least, say in (
        ("loss", 1, _losses),
        ("validation", MIN_TOLD, _validation),
        ("accuracy", MIN_TOLD, _accuracies),
    ):
        (_, tag), count = max(((it, n) for it, n in told.items() if it[0] == kind), key=_count, default=((kind, ""), 0))
        if kind == "loss" and count >= MIN_LOSSES and (why := no_training(lines, tag)):
            return why
        if count >= least:
            return say(tag[:60], count)
    return _rewards(head.text)


def _search(text: str) -> str | None:
    """Of a search over settings, which prints a line a run."""
    trials = len(_TRIAL.findall(text))
    if trials < MIN_TOLD:
        return None
    return (
        f"results of a search over settings ({trials} runs): a run in each line, no training curve; name one run's log"
    )


def _rewards(text: str) -> str | None:
    """Of reinforcement learning, which may print what episodes earn and no loss."""
    if len(_REWARD.findall(text)) < MIN_TOLD:
        return None
    return (
        "a log of reinforcement learning, with rewards and no loss in rows of one form: compare such runs by what "
        "their episodes earn, or name a log of supervised training"
    )


def _count(told: tuple[tuple[str, str], int]) -> int:
    return told[1]


def _losses(tag: str, count: int) -> str:
    if count >= MIN_LOSSES:
        return f"a text whose {count} lines with a training loss ({tag}) are of no one form: save step and loss as CSV"
    rows = "row" if count == 1 else "rows"
    return f"only {count} {rows} with a training loss ({tag}); at least {MIN_LOSSES} are needed: give the whole log"


def _validation(tag: str, _count: int) -> str:
    return (
        f"a log with validation losses only ({tag}), which cannot tell how training went: log the training loss too, "
        "or name the file that holds it"
    )


def _accuracies(tag: str, _count: int) -> str:
    return f"a log with accuracies only ({tag}): a training loss is needed: log it too, or name the file that holds it"

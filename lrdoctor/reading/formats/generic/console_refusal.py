"""What a text log lacks that no reader takes: its rows tell too few losses, only validation losses, only accuracies."""

from collections import Counter

from lrdoctor.reading.formats.generic.console_form import NO_LOGS
from lrdoctor.reading.formats.generic.console_line import parse
from lrdoctor.reading.formats.generic.console_text import may_tell, states
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.text_lines import without_colours
from lrdoctor.vocabulary.tags import is_loss_name, is_of_validation, words

MIN_LOSSES = 8  # the least of which a curve can be judged
MIN_TOLD = 3  # lines that tell the same
ACCURACIES = frozenset({"acc", "accuracy", "top1", "prec1", "acc1"})


def what_it_lacks(head: Head) -> str | None:
    """In one clause what its lines tell, where they tell something of a training; None where they do not."""
    if head.path.suffix.lower() in NO_LOGS:
        return None
    told: Counter[tuple[str, str]] = Counter()
    for raw in states(map(without_colours, head.text.split("\n")), None):
        line = parse(raw) if may_tell(raw) else None
        if line is None:
            continue
        losses = line.losses()
        validation = [tag for tag in line.values if is_loss_name(tag) and is_of_validation(tag)]
        accuracies = [tag for tag in line.values if ACCURACIES & set(words(tag))]
        told.update(("loss", tag) for tag in losses)
        told.update(("validation", tag) for tag in validation)
        told.update(("accuracy", tag) for tag in accuracies)
    for kind, least, say in (
        ("loss", 1, _losses),
        ("validation", MIN_TOLD, _validation),
        ("accuracy", MIN_TOLD, _accuracies),
    ):
        (_, tag), count = max(((it, n) for it, n in told.items() if it[0] == kind), key=_count, default=((kind, ""), 0))
        if count >= least:
            return say(tag[:60], count)
    return None


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

"""What the lines of a text log have in common, by its first and its last bytes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lrdoctor.reading.formats.generic.console_bare_splits import falls, training_splits
from lrdoctor.reading.formats.generic.console_items import no_training
from lrdoctor.reading.formats.generic.console_line import Line, is_telling, parse
from lrdoctor.reading.formats.generic.console_splits import ENDED_WORDS, Splits, closes_evaluations
from lrdoctor.reading.formats.generic.console_steps import MOSTLY
from lrdoctor.reading.formats.generic.console_text import may_tell, states
from lrdoctor.reading.parsing.boosting import is_boosting
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.text_lines import without_colours
from lrdoctor.reading.parsing.wrapped_lines import screen_width
from lrdoctor.vocabulary.tags import words

MIN_ROWS = 5  # lines with the training loss, to be taken for a log
UNCOUNTED_ROWS = 10  # of them where nothing counts the steps
MIN_SHARE = 0.6  # of the lines with a loss that must name the same values
ROWS_LOOKED_AT = 400  # with a loss, of the first bytes and as many of the last ones
USUAL = 0.05  # share of them that must name a value, for it to be one of the log's
MEASURES = (
    "loss",
    " avg, ",
    "xent",
    "entropy",
    "nll",
    "ppl",
    "perplexity",
    "mse",
    "tot",
    "train",  # where it stands for the loss itself, see `console_splits`
)  # one stands in every log read here
NO_LOGS = frozenset({".json", ".csv", ".tsv", ".yaml", ".yml", ".py", ".md", ".xml", ".html", ".ipynb"})

_STRUCTURED = re.compile(r'\s*(?:<(?:[!?]|html|head|body|div|table|svg)|[{\[]\s*["\[{\n])', re.IGNORECASE)
_NUMBERS = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Form:
    """What the lines with the training loss have in common.

    Args:
        loss: its tag; a perplexity's where that alone is printed.
        tags: what these lines name, each of them in some at least.
        placed: whether most hold a step or an epoch.
        counted: whether most hold a step.
        of: where theirs is a progress bar's, its usual last step; else 0.
        width: of the screen at which lines were broken, in characters; None where they were not.
        closed: whether headings say where each evaluation ends, see `Splits`.
        trailing: whether a line with an epoch alone closes the rows above it, and opens none.
    """

    loss: str
    tags: frozenset[str]
    placed: bool
    counted: bool
    of: float = 0.0
    width: int | None = None
    closed: bool = False
    trailing: bool = False


def form_of(head: Head) -> Form | None:
    """The form of a log's rows: a training loss in five lines or more that name the same values, else None."""
    text = head.text
    if head.path.suffix.lower() in NO_LOGS or "\0" in text or _STRUCTURED.match(text) or is_boosting(text):
        return None
    if not any(name in part.lower() for part in (text, head.tail) for name in MEASURES):
        return None
    plain = _form(head, None)
    if plain is not None and plain.placed:
        return plain
    width = screen_width([without_colours(line) for line in text.split("\n")])
    joined = None if width is None else _form(head, width)
    return joined if joined is not None and (plain is None or joined.placed) else plain


def told_lines(head: Head) -> list[tuple[str, Line]]:
    """The first lines that tell something, each with its text and told as of its split."""
    lines = list(_first_lines(head.text, None))
    return list(_by_split(lines, Splits(closed=closes_evaluations(lines))))


def _form(head: Head, width: int | None) -> Form | None:
    parts = [list(_first_lines(whole, width)) for whole in (head.text, head.tail)]
    closed = closes_evaluations(one for part in parts for one in part)
    lines = [one for part in parts for one in _by_split(part, Splits(closed=closed))]
    tags = Counter(tag for _, line in lines for tag in line.losses())
    tags = tags or Counter(tag for _, line in lines for tag in line.perplexities())
    tags = tags or _splits([line for _, line in lines])
    if not tags:
        return None
    loss, count = tags.most_common(1)[0]
    rows = [(raw, line) for raw, line in lines if loss in line.values]
    usual = _usual(rows)
    if count < MIN_ROWS or usual is None:
        return None
    placed = [line for _, line in rows if line.at is not None or line.epoch is not None]
    counted = sum(line.counts for line in placed) > max(MOSTLY * len(placed), 0.1 * count)
    if len(placed) < MOSTLY * count:
        # Nothing but its wording says then that a line is one of a log, not of a list of results.
        wordings = Counter(_NUMBERS.sub("#", raw).strip() for raw, _ in rows)
        within = any(line.at is not None or line.epoch is not None for _, line in lines)
        if wordings.most_common(1)[0][1] < MIN_SHARE * count or (not within and count < UNCOUNTED_ROWS):
            return None
    if no_training(lines, loss):
        return None
    bars = Counter(line.of for _, line in rows if line.bar)
    return Form(
        loss,
        usual,
        len(placed) >= MOSTLY * count,
        counted,
        bars.most_common(1)[0][0] if bars else 0.0,
        width,
        closed,
        _closes_epochs([part for part in parts if part], loss),
    )


def _closes_epochs(parts: Sequence[Sequence[tuple[str, Line | None]]], loss: str) -> bool:
    """Whether epochs are told below their rows (`Epoch 1 finished in 12s`), by words or by where such lines stand.

    Args:
        parts: the lines that the log begins with and, of a long one, those that it ends with.
        loss: what rows name.
    """
    kinds = [[_part_of_epoch(raw, line, loss) for raw, line in part] for part in parts]
    first, last = ["".join(kinds[0]), "".join(kinds[-1])] if kinds else ["", ""]
    if not first.startswith("r"):
        return False
    told = first.lstrip("r")[:1]
    return told == "c" or (told == "e" and last.endswith(("e", "c")))


def _part_of_epoch(raw: str, line: Line | None, loss: str) -> str:
    """`r` for a row, `e` for a line with an epoch alone, `c` for one that says that it is over, "" for any other."""
    if line is None or line.bar or loss in line.values:
        return "r" if line is not None and loss in line.values else ""
    if line.epoch is None or any(map(is_telling, line.values)):
        return ""
    return "c" if ENDED_WORDS & set(words(raw)) else "e"


def _splits(lines: Sequence[Line]) -> Counter[str]:
    """Of training splits that are called by nothing else, those whose values fall."""
    values: dict[str, list[float]] = {}
    for line in lines:
        for tag in training_splits(list(line.values)):
            values.setdefault(tag, []).append(line.values[tag])
    return Counter({tag: len(told) for tag, told in values.items() if falls(told)})


def _first_lines(text: str, width: int | None) -> Iterator[tuple[str, Line | None]]:
    """The lines, up to the last of so many with a loss: of more nothing else would follow."""
    rows = 0
    for raw in states(map(without_colours, text.split("\n")), width):
        line = parse(raw) if may_tell(raw) else None
        yield raw, line
        rows += line is not None and bool(line.losses() or training_splits(list(line.values)))
        if rows == ROWS_LOOKED_AT:
            return


def _by_split(lines: Iterable[tuple[str, Line | None]], splits: Splits) -> Iterator[tuple[str, Line]]:
    """The lines that tell something, each with its split."""
    for raw, one in lines:
        line = splits.take(raw, one)
        if line is not None:
            yield raw, line


def _usual(rows: Sequence[tuple[str, Line]]) -> frozenset[str] | None:
    """What rows name, where most name the same: all that is in most of them, and nothing that is in hardly any."""
    named = Counter(tag for _, line in rows for tag in line.values)
    usual = frozenset(tag for tag, count in named.items() if count >= USUAL * len(rows))
    always = {tag for tag, count in named.items() if count >= MIN_SHARE * len(rows)}
    alike = sum(always <= line.values.keys() <= usual for _, line in rows)
    return usual if alike >= MIN_SHARE * len(rows) else None

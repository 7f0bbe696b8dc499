"""What a table or a text of no training is said to be, in one line: what it was taken for, then how to go on."""

from collections.abc import Sequence
from types import MappingProxyType

NAME_LOG = "name the training log"
IF_STEPS = f"{NAME_LOG}, or call the column that counts its steps `step`"
_GO_ON = MappingProxyType({"table": IF_STEPS, "text": f"{NAME_LOG}, or print `step N` in each row"})


def in_no_order(loss: str) -> str:
    """The losses are those of examples."""
    return (
        f"a table whose {shown(loss)} neither falls nor goes on from row to row: results of examples, no "
        f"training curve; {IF_STEPS}"
    )


def by_axis(name: str, what: str = "table") -> str:
    """Scores stand there by a column, or by what begins each line of a text."""
    return f"a {what} of scores by {shown(name)}: an evaluation's results, no training curve; {_GO_ON[what]}"


def attack(name: str) -> str:
    """The steps are those of an attack on a model."""
    return f"a text of losses by {shown(name)}: an attack on a model, no training of it; {NAME_LOG}"


def by_words(name: str) -> str:
    """Words name what each row is of."""
    what = shown(name) or "name"
    return f"a table with a different {what} in each row: it lists results and holds no training curve; {NAME_LOG}"


def predictions(truth: str, guess: str) -> str:
    """What is true stands beside what was predicted."""
    return f"a table of predictions ({shown(truth)}, {shown(guess)}): results by example, no training curve; {NAME_LOG}"


def search(settings: Sequence[str]) -> str:
    """Settings are drawn anew in each row."""
    return (
        f"a table of settings ({_listed(settings)}) and their results: a run in each row, no training curve; "
        "name one run's log"
    )


def measurements(names: Sequence[str], what: str = "table") -> str:
    """Sensors, markets or machines filled it."""
    return f"a {what} of measurements ({_listed(names)}): no training curve; {_GO_ON[what]}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(shown, names[:3]))


def shown(name: str) -> str:
    """A column's name as a message shows it."""
    return name.strip()[:60]


def by_days(name: str) -> str:
    """Dates stand there, a day or more apart."""
    return f"a table by {shown(name)}: a series in time, no training curve; {IF_STEPS}"


def of_other_losses(loss: str, what: str = "table") -> str:
    """The losses are of money, matter or signals."""
    return f"a {what} of {shown(loss)}: losses of no training, so no training curve; {_GO_ON[what]}"

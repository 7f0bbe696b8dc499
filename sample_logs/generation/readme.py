"""The README's table, made from `expected.json`."""

from collections.abc import Mapping
from typing import Any

BEGIN, END = "<!-- table: generate.py -->", "<!-- /table -->"
HEAD = [
    "folder",
    "writer and format",
    "how it was made",
    "LR",
    "the sweep: low, best, high",
    "regret: sweep, this run",
    "must give",
]


def row(name: str, sample: Mapping[str, Any]) -> list[str]:
    """The cells of a sample's line."""
    low, high = sample["band"]
    regrets = [sample["regret"], sample["regret_of_this_run"]]
    regret = ", ".join("failed" if share is None else f"{share:.3f}" for share in regrets)
    gives = " or ".join(f"**{word}**" for word in sample["verdict"])
    gives += "".join(f", `{finding}`" for finding in sample["findings"])
    sweep = f"{low:.3g}, {sample['best']:.3g}, {high:.3g}"
    return [f"`{name}`", sample["writer"], sample["made"], f"{sample['lr']:g}", sweep, regret, gives]


def table(expected: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole table, in Markdown."""
    rows = [HEAD, ["---"] * len(HEAD), *(row(name, sample) for name, sample in expected.items())]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def updated(text: str, expected: Mapping[str, Mapping[str, Any]]) -> str:
    """The README's text with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(expected)}\n{END}{after}"

"""One cell of a table: a number, missing, or a word."""

import re

import numpy as np

MISSING = frozenset({"", "none", "null", "n/a", "na", "#n/a", "<na>", "nat"})
# How C runtimes on Windows print what is not finite, and what Excel makes of it.
WINDOWS_NON_FINITE = {
    "1.#inf": np.inf,
    "-1.#inf": -np.inf,
    "1.#qnan": np.nan,
    "-1.#qnan": np.nan,
    "1.#ind": np.nan,
    "-1.#ind": np.nan,
    "#num!": np.nan,
}
DOTTED_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d*)?$")

THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
_TENSOR = re.compile(r"tensor\(\s*([^,()\s]+)")


def cell_value(cell: str, *, decimal_comma: bool = False) -> float | None:
    """The number in a cell, or None where it is missing; raises ValueError for a word.

    A written `nan` or `inf` is a number; so is `tensor(0.5, device='cuda:0')`, which people write by mistake.

    >>> cell_value(" 1,024 "), cell_value("0,5", decimal_comma=True), cell_value("1e+999"), cell_value("None")
    (1024.0, 0.5, inf, None)
    """
    text = cell.strip()
    word = text.lower()
    if word in MISSING or not word.strip("-:"):  # `---` also is the rule below the header of a table in Markdown
        return None
    if word in WINDOWS_NON_FINITE:
        return WINDOWS_NON_FINITE[word]
    if decimal_comma and ("," in text or DOTTED_THOUSANDS.match(text)):
        text = text.replace(".", "").replace(",", ".")
    elif "," in text and THOUSANDS.match(text):
        text = text.replace(",", "")
    elif tensor := _TENSOR.match(text):
        text = tensor[1]
    if "_" in text:  # float("1_0") is 10, but in a table it is an identifier
        raise ValueError(cell)
    return float(text)

"""fairseq's arguments, as it prints them in one line at the start; read as text, never evaluated.

As `Namespace(adam_betas='(0.9, 0.98)', lr=[0.0005], optimizer='adam', update_freq=[1])`, or since 0.10 as a dict:
`{'_name': None, 'optimization': {'_name': None, 'lr': [0.0005]}, 'optimizer': {'_name': 'adam', ...}}`.
"""

import re

from lrdoctor.reading.parsing.cell_number import cell_value
from lrdoctor.records.run import HParam

MAX_TEXT = 200_000  # characters of one dump: real ones have some 10,000
KEYS = ("lr", "optimizer", "lr_scheduler", "warmup_updates", "max_update", "max_epoch", "update_freq", "clip_norm")
BATCH_KEYS = ("max_tokens", "batch_size", "max_sentences", "momentum", "weight_decay", "criterion", "arch")

_START = re.compile(r"(?:Namespace\(|\{'_name': )")
_VALUE = r"(\[[^\[\]]{0,80}\]|'[^'\n]{0,80}'|\{'_name': '[^'\n]{0,80}'|[-+.\w]{1,40})"
_PATTERNS = {key: re.compile(rf"(?<![\w.])'?{key}'?\s?[=:]\s?{_VALUE}") for key in (*KEYS, *BATCH_KEYS)}


def fairseq_settings(line: str) -> dict[str, HParam]:
    """What the arguments in a line say of the optimizer and its schedule; empty where it holds none.

    >>> fairseq_settings("Namespace(clip_norm=0.0, lr=[0.0005], max_update=0, optimizer='adam', update_freq=[4])")
    {'lr': 0.0005, 'optimizer': 'adam', 'max_update': 0, 'update_freq': 4, 'clip_norm': 0.0}
    """
    start = _START.search(line)
    if start is None:
        return {}
    text = line[start.start() : start.start() + MAX_TEXT]
    found = ((key, _plain(match[1])) for key, pattern in _PATTERNS.items() if (match := pattern.search(text)))
    return {key: value for key, value in found if value is not None}


def _plain(text: str) -> HParam:
    """A list's first item, a dict's `_name`, a string without quotes, or a number."""
    text = text.removeprefix("{'_name': ").strip("[]").split(",")[0].strip().strip("'\"")
    if text in {"None", "", "True", "False"}:
        return None
    try:
        value = cell_value(text)
    except ValueError:
        return text
    return int(value) if value is not None and value.is_integer() and text.lstrip("-").isdecimal() else value

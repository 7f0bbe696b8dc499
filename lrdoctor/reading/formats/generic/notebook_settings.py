"""Settings in a piece of Python, by its text: nothing is executed, and nothing is understood but plain numbers.

LR = 2e-3
opt = torch.optim.AdamW(net.parameters(), lr=LR, weight_decay=0.01)
args = TrainingArguments(per_device_train_batch_size=16, learning_rate=5e-5)
model.compile(optimizer="adam", loss="mse")
"""

import re

from lrdoctor.reading.formats.generic.console_settings import SETTINGS
from lrdoctor.records.run import HParam

_NUMBER = r"[-+]?(?:\d[\d_]{0,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,3})?"
_ASSIGNED = re.compile(rf"(?<![\w.])([A-Za-z_]\w{{0,60}})\s{{0,8}}=\s{{0,8}}({_NUMBER})(?![ \t]{{0,8}}[\w.*/+-])")
_CALLED = re.compile(r"(?<![\w.])([A-Za-z_]\w{0,60})\s{0,8}=\s{0,8}([A-Za-z_]\w{0,60})(?![\w.(\[])")
_OPTIMIZER = re.compile(r"\b(?:optim|optimizers)\.([A-Z]\w{1,30})\s?\(|\boptimizer\s{0,4}=\s{0,4}['\"](\w{1,30})['\"]")
_COMMENT = re.compile(r"#[^\n]*")
MAX_TEXT = 400_000  # characters, the last ones


def settings_in(text: str) -> dict[str, HParam]:
    r"""The settings that the text of cells assigns or passes, the last of each name.

    >>> settings_in("LR = 2e-3\nopt = torch.optim.AdamW(net.parameters(), lr=LR)")
    {'lr': 0.002, 'optimizer': 'AdamW'}
    """
    plain = _COMMENT.sub("", text[-MAX_TEXT:])
    numbers = {name: float(value.replace("_", "")) for name, value in _ASSIGNED.findall(plain)}
    numbers |= {name: numbers[other] for name, other in _CALLED.findall(plain) if other in numbers}
    found: dict[str, HParam] = {}
    for name, value in numbers.items():
        key = name.lower().removeprefix("per_device_")
        if key in SETTINGS:
            found[key] = int(value) if value.is_integer() and "batch" in key else value
    for called, named in _OPTIMIZER.findall(plain):
        found["optimizer"] = called or named
    return found

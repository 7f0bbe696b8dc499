"""What an OpenMMLab configuration says of the optimizer, read as text: it is Python and never run.

optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=0.004, weight_decay=0.05))
optimizer = dict(type='SGD', lr=0.01, momentum=0.9)
train_dataloader = dict(batch_size=32, ...)
data = dict(samples_per_gpu=2, ...)
"""

import re
from pathlib import Path

from lrdoctor.records.run import HParam

MAX_BYTES = 256 * 1024  # the largest seen, with 40 classes and their colours, has 30 kB
MAX_CALL = 4_000  # characters between the brackets of one `dict(...)`

OPTIMIZER_KEYS = ("type", "lr", "momentum", "nesterov", "weight_decay", "eps")

_OPTIMIZER = re.compile(r"(?<![\w.])optimizer\s*=\s*dict\(")
_BATCH = re.compile(r"(?<![\w.])train_dataloader\s*=\s*dict\(")
_DATA = re.compile(r"(?<![\w.])data\s*=\s*dict\(")
_CLIP = re.compile(r"(?<![\w.])(?:grad_clip|clip_grad)\s*=\s*dict\(")
_PAIR = re.compile(r"(?<![\w.])([a-z_]\w{0,40})\s*=\s*('[^'\n]{0,80}'|\"[^\"\n]{0,80}\"|[-+.\w]{1,40})")


def mm_settings(text: str) -> dict[str, HParam]:
    """The optimizer's settings, the clipping norm and the batch size on one device, as far as they are stated.

    >>> mm_settings("optimizer=dict(type='SGD', lr=0.01, paramwise_cfg=dict(lr=9)), data = dict(samples_per_gpu=2)")
    {'optimizer/type': 'SGD', 'optimizer/lr': 0.01, 'batch_size': 2}
    """
    optimizer = _call(_OPTIMIZER, text)
    found = {f"optimizer/{key}": optimizer[key] for key in OPTIMIZER_KEYS if key in optimizer}
    for name, pattern, key in (
        ("clip_grad", _CLIP, "max_norm"),
        ("batch_size", _BATCH, "batch_size"),
        ("batch_size", _DATA, "samples_per_gpu"),
    ):
        value = _call(pattern, text).get(key)
        if value is not None:
            found.setdefault(name, value)
    return found


def mm_settings_of(path: Path) -> dict[str, HParam]:
    """As `mm_settings`, of a file; nothing where it is missing or too large."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError:
        return {}
    return {} if len(data) > MAX_BYTES else mm_settings(data.decode("utf-8", errors="replace"))


def _call(pattern: re.Pattern[str], text: str) -> dict[str, HParam]:
    """The plain arguments of the first `name=dict(...)`, without those of calls inside it."""
    begin = pattern.search(text[:MAX_BYTES])
    if begin is None:
        return {}
    own, depth = [], 1
    for mark in text[begin.end() : begin.end() + MAX_CALL]:
        depth += (mark in "([{") - (mark in ")]}")
        if depth == 0:
            break
        own.append(mark if depth == 1 else " ")
    return {match[1]: _literal(match[2]) for match in _PAIR.finditer("".join(own))}


def _literal(text: str) -> HParam:
    if text[0] in "'\"":
        return text[1:-1]
    if text in {"True", "False"}:
        return text == "True"
    try:
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        return None if text == "None" else text

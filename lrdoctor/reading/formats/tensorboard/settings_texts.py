"""Settings that people put into TensorBoard as text: `writer.add_text("hyperparameters", ...)`.

Seen are Hugging Face's JSON (`args`), cleanRL's markdown table (`|param|value|`), `str(argparse.Namespace)` and YAML.
Only texts under a telling tag are looked at: others hold samples, prompts and notes.
"""

import re

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.settings_files import MAX_TEXT, flatten, parse_settings
from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.tags import words

MAX_BYTES = 256 * 1024
TELLING = frozenset(
    {"args", "arguments", "hparams", "hyperparameters", "hyperparams", "config", "configuration", "settings", "params"}
)

_ROW = re.compile(r"^\s*\|([^|\n]{1,200})\|([^|\n]{0,500})\|?\s*$", re.MULTILINE)
_RULE = re.compile(r"[\s:|-]+")
_PAIR = re.compile(r"(?<![\w.])(\w{1,80})=('[^'\n]{0,500}'|\"[^\"\n]{0,500}\"|[^\s,()\[\]{}'\"]{1,80})(?=[,)]|$)")


def is_about_settings(tag: str) -> bool:
    """Whether texts under a tag may be settings.

    >>> is_about_settings("hyperparameters/text_summary"), is_about_settings("samples/text_summary")
    (True, False)
    """
    return bool(TELLING.intersection(words(tag)))


def text_settings(data: bytes) -> dict[str, HParam]:
    r"""The settings in a text; empty where it is no list of them.

    >>> text_settings(b"|param|value|\n|-|-|\n|learning_rate|0.0003|\n|seed|1|")
    {'learning_rate': 0.0003, 'seed': 1}
    >>> text_settings(b"Namespace(lr=0.1, optimizer='sgd', betas=(0.9, 0.99))")
    {'lr': 0.1, 'optimizer': 'sgd'}
    """
    if len(data) > MAX_BYTES:
        return {}
    text = data.decode("utf-8", errors="replace").strip()
    if text.startswith("```"):  # a code block, so that the page shows it as it is
        text = text.strip("`").partition("\n")[2]
    rows = [(key.strip(" *`"), value.strip(" *`")) for key, value in _ROW.findall(text)]
    if len(rows) > 1:
        kept = {key: value for key, value in rows[1:] if key and not _RULE.fullmatch(f"{key}{value}")}
        return flatten({key: _plain(value) for key, value in kept.items()})
    if "Namespace(" in text[:200]:
        return flatten({key: _plain(value.strip("'\"")) for key, value in _PAIR.findall(text)})
    try:
        return parse_settings(text)
    except UnreadableError:
        return {}


def _plain(text: str) -> HParam:
    """A word as the number or the truth it spells."""
    if text in {"True", "False"}:
        return text == "True"
    if text == "None":
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text[:MAX_TEXT]

"""Whose machine it was: home folders, hosts and e-mail addresses, as they stand in paths and messages."""

import re

from lrdoctor.redaction.marker import HIDDEN

_HOMES = r"(?:/home|/Users|/export/home|/var/home)"
# At the start of a path the home is `~`; further in, only the name goes.
_HOME = re.compile(rf"(?<![\w.~+-]){_HOMES}[/\\]+[^/\\\s'\"<>|:,;)]+")
_INNER_HOME = re.compile(rf"((?<=[\w.~+-]){_HOMES})/+[^/\\\s'\"<>|:,;)]+")
# Names on Windows have spaces in them.
_WINDOWS_HOME = re.compile(
    r"(?:(?<![A-Za-z])[A-Za-z]:|(?<=\s)|^)[\\/]{1,4}(?:Users|Documents and Settings)[\\/]{1,4}"
    r"(?:[^\\/\r\n'\"<>|:]{1,64}(?=[\\/])|[^\\/\s'\"<>|:,;)]+)"
)
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,24}(?![\w-])")
_LOGIN = re.compile(r"(?<![\w.+-])[A-Za-z_][\w.-]{0,60}@[A-Za-z][\w.-]{0,100}(?=:[/~])")
_EVENT_FILE = re.compile(r"(tfevents\.\d{1,20})\.[\w.-]+")
# Hugging Face and torch's SummaryWriter name a folder by date and host.
_DATED_FOLDER = re.compile(r"([A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2})_[^/\\\s'\"<>|:,;)]+")


def without_places(text: str) -> str:
    r"""A text without home folders, hosts and e-mail addresses.

    >>> without_places("ada@example.org in /home/ada/x, C:\\Users\\Ada L\\y and mAP@0.5")
    '(not shown) in ~/x, ~\\y and mAP@0.5'
    >>> without_places("runs/Mar24_22-23-40_gpu7/events.out.tfevents.1742826235.gpu7.1078.0: torn")
    'runs/Mar24_22-23-40.../events.out.tfevents.1742826235...: torn'
    """
    if "@" in text:
        text = _LOGIN.sub(HIDDEN, _EMAIL.sub(HIDDEN, text))
    if "home" in text or "Users" in text or "Documents" in text:
        text = _INNER_HOME.sub(r"\1/~", _HOME.sub("~", _WINDOWS_HOME.sub("~", text)))
    if "tfevents" in text:
        text = _EVENT_FILE.sub(r"\1...", text)
    return _DATED_FOLDER.sub(r"\1...", text)

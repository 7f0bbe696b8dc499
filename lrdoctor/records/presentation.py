"""How records show themselves in a notebook: through a module that the package names, since they know of no report.

`lrdoctor/__init__.py` sets `PRESENTER`; the module is imported when something is first shown.
"""

from importlib import import_module
from types import ModuleType

PRESENTER = ""
SHORT = 60  # characters of a name in a repr


def presenter() -> ModuleType:
    """The module that shows records.

    Raises:
        RuntimeError: none was named: the records were imported without their package.
    """
    if not PRESENTER:
        raise RuntimeError("nothing shows records here: import lrdoctor")
    return import_module(PRESENTER)


def short(name: str) -> str:
    """A name as a repr holds it: on one line, cut where it is long."""
    text = repr(name)
    return text if len(text) <= SHORT else f"{text[: SHORT - 3]}...{text[0]}"

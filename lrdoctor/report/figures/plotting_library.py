"""matplotlib, imported whatever its environment variables and settings files hold."""

import os
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from lrdoctor.errors import UsageError


def import_matplotlib() -> ModuleType:
    """The module `matplotlib`.

    A wrong `MPLBACKEND` or a broken `matplotlibrc` (the working folder's comes first) makes its import fail.  Figures
    here depend on neither: then it is imported without them.

    Raises:
        UsageError: there is no folder that it may keep its list of fonts in, not even for a while.
    """
    try:
        try:
            import matplotlib as mpl
        except Exception:  # noqa: BLE001 - whatever a settings file can break
            for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
                del sys.modules[name]  # half of it is there, and would not be imported again
            with _own_settings_only():
                import matplotlib as mpl
        import matplotlib.figure  # looks for the fonts, and for a folder to list them in
    except OSError as error:
        raise UsageError(
            "figures need a folder that may be written to, and neither the home folder nor the temporary one is: set "
            "MPLCONFIGDIR to one, or write the report as text or JSON"
        ) from error
    return mpl


@contextmanager
def _own_settings_only() -> Iterator[None]:
    """Neither a backend nor a settings file but the one it ships: it takes the one in the working folder first."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("matplotlib")
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        with chdir(Path(found.origin).with_name("mpl-data")):
            yield
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend

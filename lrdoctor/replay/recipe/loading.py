"""A recipe from the name of a script or module and of a function in it."""

import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from lrdoctor.errors import LrdoctorError, UsageError
from lrdoctor.replay.recipe.accepted import checked
from lrdoctor.replay.recipe.recipe import Recipe
from lrdoctor.replay.safeguards.failures import HERE, brief

T = TypeVar("T")

DEFAULT = "recipe"
FEW = 5


def load_recipe(target: str, arguments: Sequence[str] = ()) -> tuple[Recipe, str]:
    """The recipe that `target` names, and its name as messages and reports show it.

    Args:
        target: `path/to/train.py:recipe` or `package.module:recipe`; without a `:name`, the function is `recipe`.
            What the function returns may also be a LightningModule with its data (and trainer), or a Hugging Face
            `Trainer`.
        arguments: what the script's command line would have, for scripts that parse it.

    Raises:
        UsageError: whatever is wrong with it, in one line.
    """
    place, function = _parts(target)
    if not place:
        raise UsageError(f"name a script (train.py:{DEFAULT}) or a module (package.module:{DEFAULT})")
    path = Path(place)
    if path.suffix == ".py" or len(path.parts) > 1 or (_exists(path) and not _exists(path / "__init__.py")):
        _check_file(path, target)
        name, folder = f"{path.name}:{function}", path.resolve().parent
        with _as_script(path, folder, arguments):
            module = _run(lambda: _import_file(path), f"importing {path}", folder)
            made = _run(_found(module, function, str(path)), name, folder)
    else:
        name, folder = f"{place}:{function}", Path.cwd()
        with _as_script(path, folder, arguments):
            module = _import_module(place, folder)
            made = _run(_found(module, function, place), name, folder)
    return checked(_adapted(made), name), name


def script_of(target: str) -> Path | None:
    """The script that `target` names; None where it names a module."""
    path = Path(_parts(target)[0])
    return path if path.suffix == ".py" else None


def loaded_from(target: str) -> list[Path]:
    """The recipe's own files: its script or module, and the modules beside it that are loaded by now."""
    place, _ = _parts(target)
    module = sys.modules.get(place)
    script = Path(place if module is None else getattr(module, "__file__", None) or place)
    try:
        folder = str(script.resolve().parent)
    except (OSError, ValueError):  # no name that a file could have: to load it says so
        return []
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return [script, *(Path(file) for file in files if isinstance(file, str) and file.startswith(folder + os.sep))]


def _parts(target: str) -> tuple[str, str]:
    place, colon, function = target.rpartition(":")
    if colon and place and function.isidentifier() and not _exists(Path(target)):
        return place, function
    if colon and place and not function:
        return place, DEFAULT
    return target, DEFAULT


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:  # too long for the file system, a folder that may not be entered
        raise UsageError(f"{path}: {error.strerror or error}: check the recipe's spelling") from error
    except ValueError as error:  # a NUL character
        raise UsageError(f"{str(path)!r} is no path: check the recipe's spelling") from error


def _check_file(path: Path, target: str) -> None:
    if _exists(path) and path.is_dir():
        raise UsageError(f"{path} is a folder: name the script in it, such as {path / 'train.py'}:{DEFAULT}")
    if not _exists(path):
        raise UsageError(f"no such file: {path} (`lrdoctor replay --init` writes one to begin with)")
    if path.suffix != ".py":
        raise UsageError(f"{target} is no Python script: name a .py file, or a module as package.module:{DEFAULT}")


@contextmanager
def _as_script(path: Path, folder: Path, arguments: Sequence[str]) -> Iterator[None]:
    """As when the script is run: its folder is first on the path, and its arguments follow its name."""
    before, entry = sys.argv, str(folder)
    sys.path.insert(0, entry)
    sys.argv = [str(path), *arguments]
    try:
        yield
    finally:
        sys.argv = before
        if entry in sys.path:
            sys.path.remove(entry)


def _import_file(path: Path) -> ModuleType:
    # A name of its own, so that no script hides an installed module; kept, since pickling looks its classes up by it.
    name = f"lrdoctor_recipe_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve())
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _import_module(name: str, folder: Path) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(f"no such file or module: {name} (`lrdoctor replay --init` writes a recipe to begin with)")
    try:
        return _run(lambda: importlib.import_module(name), f"importing {name}", folder)
    except UsageError as error:
        cause = error.__cause__
        if isinstance(cause, ModuleNotFoundError) and cause.name and f"{name}.".startswith(f"{cause.name}."):
            raise UsageError(
                f"no module named {cause.name}, here or installed: name a script (train.py:{DEFAULT}) or a module "
                f"(package.module:{DEFAULT})"
            ) from cause
        raise


def _found(module: ModuleType, name: str, place: str) -> Callable[[], object]:
    if not hasattr(module, name):
        own = [
            key
            for key, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_")
        ]
        shown = ", ".join(own[:FEW]) + (", …" if len(own) > FEW else "")
        raise UsageError(f"{place} has no function {name}: " + (f"it has {shown}" if own else "it has none at all"))
    value = getattr(module, name)
    if not callable(value):
        return lambda: value
    try:
        inspect.signature(value).bind()
    except TypeError as error:
        raise UsageError(
            f"{place}:{name} needs arguments ({brief(error)}): give them defaults, or name a function that takes none"
        ) from error
    except ValueError:  # without a signature, as some built-in functions: calling it will tell
        pass
    return value  # type: ignore[no-any-return]


def _run(call: Callable[[], T], name: str, folder: Path) -> T:
    """What `call` returns; what it raises, as one line."""
    try:
        return call()
    except LrdoctorError:
        raise
    except SystemExit as error:
        code = "" if error.code is None else f" with {brief(error)}"
        raise UsageError(
            f"{name} leaves the program{code}{_where(error, folder)}: a script that trains or reads its command line "
            'does so under `if __name__ == "__main__":`'
        ) from error
    except Exception as error:
        raise UsageError(f"{name} fails: {type(error).__name__}: {brief(error)}{_where(error, folder)}") from error


def _where(error: BaseException, folder: Path) -> str:
    """The deepest line in the script's folder: ` (train.py:12)`, or ""."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" ({Path(error.filename).name}:{error.lineno})"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(folder) and "site-packages" not in path.parts and HERE not in path.parents:
            return f" ({path.relative_to(folder)}:{frame.lineno})"
    return ""


def _adapted(made: object) -> object:
    """A recipe of a LightningModule with its data, or of a Hugging Face Trainer; anything else as it is.

    What was not imported cannot have been returned, so neither library is imported to find out.
    """
    if _is(made, "transformers.trainer", "Trainer"):
        from lrdoctor.replay.recipe.adapters.trainer import from_trainer

        return from_trainer(made)
    parts: tuple[Any, ...] = tuple(made) if isinstance(made, tuple | list) else (made,)
    modules = [part for part in parts if _is_lightning(part, "LightningModule")]
    if len(modules) == 1 and len(parts) <= 3:
        from lrdoctor.replay.recipe.adapters.lightning import from_lightning

        trainers = [part for part in parts if _is_lightning(part, "Trainer")]
        data = [part for part in parts if not any(part is other for other in (modules[0], *trainers))]
        if len(trainers) <= 1 and len(data) <= 1:
            return from_lightning(modules[0], *data, trainer=trainers[0] if trainers else None)
    return made


def _is_lightning(value: object, kind: str) -> bool:
    return any(_is(value, library, kind) for library in ("lightning.pytorch", "pytorch_lightning"))


def _is(value: object, library: str, kind: str) -> bool:
    known = getattr(sys.modules.get(library), kind, None)
    return isinstance(known, type) and isinstance(value, known)

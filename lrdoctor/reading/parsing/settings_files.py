"""Settings files beside a log (`hparams.yaml`, `config.yaml`, `args.yaml`, JSON) as flat hyper-parameters.

These files are untrusted and often hold more than settings: pickled Python objects as YAML tags, 40 kB of
encoders, the user's e-mail.  So nothing is ever constructed from a tag, every bound below is firm, and what
names a person or a machine is left out.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType
from typing import TypeGuard

import yaml

from lrdoctor.errors import UnreadableError
from lrdoctor.records.run import HParam, Layered, Note
from lrdoctor.redaction.names import hides

MAX_BYTES = 512 * 1024  # pure-Python YAML reads about 0.3 MB/s, libyaml 4; the largest real file seen has 8 kB
MAX_NODES = 20_000  # values visited: aliases let a small YAML file stand for billions of them
MAX_DEPTH = 16
MAX_LIST = 32  # longer lists are data, not settings
MAX_TEXT = 500  # longer strings are code or prompts
MAX_OPEN = 200  # brackets open at once, or `- ` on one line: both YAML parsers need 20 GB for 200,000 of them
KEPT_FILES = 256  # files, or several beside one log, whose settings are remembered during one load

_PERSONAL = re.compile(r"(^|[\s\"'=:,])(/home/|/Users/|[A-Za-z]:[\\/]+Users)|[\w.+-]+@[\w-]+\.\w")
_NOISE = frozenset({"_wandb", "wandb_version"})
# YAML 1.1 takes `1e-4` for a string (it wants `1.0e-4`); people and most writers mean the number.
_EXPONENT = re.compile(r"[-+]?(\d[\d_]*\.?\d*|\.\d+)[eE][-+]?\d+")
_BRACKETS = re.compile(r"[\[{}\]]")
_NESTED_IN_LINE = re.compile(rf"(?:[-?:][ \t]+){{{MAX_OPEN}}}")
# As safe, and a tenth of the time; wheels of PyYAML have it, some distributions do not.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Identity = tuple[object, ...]
_Parsed = tuple[Mapping[str, HParam], tuple[Note, ...]]
_known: ContextVar[dict[_Identity, _Parsed] | None] = ContextVar("known settings", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Within it each settings file is parsed once, however many logs stand beside it; then all is forgotten."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def load_settings(path: Path) -> dict[str, HParam]:
    """The settings in a YAML or JSON file, nested keys joined with `/`, list items numbered (`betas/0`).

    Raises:
        UnreadableError: the file is missing, too large, or neither YAML nor JSON.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(
            f"{path.name}: {error.strerror or 'cannot be read'}: check the file's permissions"
        ) from error
    if len(data) > MAX_BYTES:
        raise UnreadableError(
            f"{path.name}: larger than {MAX_BYTES // 1024} kB, too large for settings: shorten it or move it away"
        )
    return parse_settings(data.decode("utf-8-sig", errors="replace"), path.name)


def parse_settings(text: str, name: str = "settings") -> dict[str, HParam]:
    """As `load_settings`, from the text of a file; `name` is what an error calls it."""
    try:
        return flatten(json.loads(text))
    except (ValueError, RecursionError):
        pass  # not JSON: most settings are YAML
    if _too_deep(text):
        raise UnreadableError(f"{name}: not readable as YAML or JSON: nested over {MAX_OPEN} deep: mend or remove it")
    try:
        loader = _Loader(text.replace("\t", "  "))
        node = loader.get_node() if loader.check_node() else None
        return flatten(_plain(node, loader, [MAX_NODES], 0))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{name}: not readable as YAML or JSON: mend or remove it") from error


def _too_deep(text: str) -> bool:
    """Whether so much is nested that parsing it would take all memory; brackets in quotes count as well."""
    if _NESTED_IN_LINE.search(text):
        return True
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth = depth + 1 if found[0] in "[{" else max(depth - 1, 0)
        if depth > MAX_OPEN:
            return True
    return False


def companion_settings(paths: Iterable[Path]) -> tuple[Layered, list[Note]]:
    """The settings of a source's companions, the first file winning; one that cannot be read becomes a note.

    A log's own are laid over them by `own | settings`, which copies nothing: a thousand logs may share a file.
    """
    paths = tuple(paths)
    known, key = _known.get(), _identities(paths)
    found = None if known is None or key is None else known.get(key)
    if found is None:
        settings, notes = _merged(paths)
        found = MappingProxyType(settings), tuple(notes)
        if known is not None and key is not None:
            if len(known) == KEPT_FILES:
                del known[next(iter(known))]
            known[key] = found
    return Layered({}, found[0]), list(found[1])


def _identities(paths: Sequence[Path]) -> _Identity | None:
    """What files are told by, their state included; None where there is none, or one cannot be asked."""
    try:
        return tuple(map(_identity, paths)) or None
    except OSError:
        return None


def _identity(path: Path) -> _Identity:
    """Of one file; its name is in what is said of it."""
    seen = path.stat()
    where = (seen.st_dev, seen.st_ino) if seen.st_ino else (os.path.realpath(path),)
    return (*where, seen.st_size, seen.st_mtime_ns, path.name)


def _merged(paths: Iterable[Path]) -> tuple[dict[str, HParam], list[Note]]:
    settings: dict[str, HParam] = {}
    notes: list[Note] = []
    for path in paths:
        try:
            settings = load_settings(path) | settings
        except UnreadableError as error:
            notes.append(Note("skipped", str(error)))
    return settings, notes


def flatten(tree: object) -> dict[str, HParam]:
    """Nested dicts and lists of plain values as one flat dict; W&B's `{desc: ..., value: ...}` wrappers removed.

    >>> flatten({"optim": {"value": {"lr": 0.1, "betas": [0.9, 0.99]}}, "_wandb": {"value": {}}})
    {'optim/lr': 0.1, 'optim/betas/0': 0.9, 'optim/betas/1': 0.99}
    """
    if not isinstance(tree, dict):
        return {}
    top = {str(key): _unwrapped(value) for key, value in tree.items() if str(key) not in _NOISE}
    return dict(_leaves(top, "", [MAX_NODES], 0))


def _unwrapped(value: object) -> object:
    if isinstance(value, dict) and "value" in value and value.keys() <= {"desc", "value"}:
        return value["value"]
    return value


def _leaves(value: object, prefix: str, budget: list[int], depth: int) -> Iterator[tuple[str, HParam]]:
    budget[0] -= 1
    if budget[0] < 0 or depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            name = str(key)
            if len(name) <= MAX_TEXT:
                yield from _leaves(item, f"{prefix}/{name}" if prefix else name, budget, depth + 1)
    elif isinstance(value, list | tuple):
        if len(value) <= MAX_LIST:
            for index, item in enumerate(value):
                yield from _leaves(item, f"{prefix}/{index}", budget, depth + 1)
    elif _plain_value(value) and not hides(prefix, value):
        yield prefix, value


def _plain_value(value: object) -> TypeGuard[HParam]:
    return value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and _showable(value))


def _showable(text: str) -> bool:
    return len(text) <= MAX_TEXT and not _PERSONAL.search(text)


def _plain(node: yaml.Node | None, loader: yaml.SafeLoader, budget: list[int], depth: int) -> object:
    """A YAML node as dicts, lists and plain values, whatever its tag says; merge keys (`<<`) are followed."""
    budget[0] -= 1
    if node is None or budget[0] < 0 or depth > MAX_DEPTH:
        return None
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, loader, budget, depth + 1) for item in node.value[: MAX_LIST + 1]]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, loader)
    tree: dict[str, object] = {}
    for key, item in node.value:
        value = _plain(item, loader, budget, depth + 1)
        if key.tag == "tag:yaml.org,2002:merge":
            for part in value if isinstance(value, list) else [value]:
                tree = part | tree if isinstance(part, dict) else tree
        elif isinstance(key, yaml.ScalarNode):
            tree[key.value] = value
    return tree


def _scalar(node: yaml.ScalarNode, loader: yaml.SafeLoader) -> HParam:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    text = str(node.value)
    try:
        if kind == "null":
            return None
        if kind == "bool":
            return bool(loader.construct_yaml_bool(node))
        if kind == "int":
            return int(loader.construct_yaml_int(node))
        if kind == "float" or (kind == "str" and not node.style and _EXPONENT.fullmatch(text)):
            return float(text.replace("_", "")) if "e" in text.lower() else float(loader.construct_yaml_float(node))
    except (ValueError, yaml.YAMLError):
        return text
    return text

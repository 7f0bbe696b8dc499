"""`[tool.lrdoctor]` in pyproject.toml, or lrdoctor.toml: what a project asks for every time."""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrdoctor.errors import UsageError
from lrdoctor.records.globs import Glob

if TYPE_CHECKING:
    from lrdoctor.gate.judge import Asked

OWN, SHARED = "lrdoctor.toml", "pyproject.toml"
LARGEST = 2**20  # bytes
SERIES = ("loss", "val", "lr")
KEYS = ("fail-on", "ignore", *SERIES, "overrides", "output", "baseline")
OVERRIDE_KEYS = ("path", *SERIES, "fail-on")
IGNORE_KEYS = ("match", "path", "reason")


@dataclass(frozen=True)
class Config:
    """What the file says; all of it is empty where there is none.

    Args:
        place: the file; None where there is none.
        fail_on: lists as `--fail-on` takes them.
        ignores: (what, glob over paths and names, reason).
        series: names of series by part: `loss`, `val`, `lr`.
        overrides: (glob, series by part, lists of what fails or None).
        output: files to write, where the command line names none.
        baseline: as `--baseline` takes it, or "".
    """

    place: Path | None = None
    fail_on: tuple[str, ...] = ()
    ignores: tuple[tuple[str, str, str], ...] = ()
    series: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[tuple[str, Mapping[str, str], tuple[str, ...] | None], ...] = ()
    output: tuple[str, ...] = ()
    baseline: str = ""

    def asked(
        self, fail_on: Sequence[str] | None, findings: Sequence[tuple[str, str]], *, exit_zero: bool = False
    ) -> "Asked":
        """What fails, the command line's `fail_on` before the file's; `findings` are (code, name) of every one.

        Raises:
            UsageError: a word is unknown; for the file's it says where.
        """
        from lrdoctor.gate.fail_on import parse
        from lrdoctor.gate.judge import Asked, Ignore

        conditions = parse(fail_on, findings) if fail_on is not None else self._parsed(self.fail_on, findings)
        own = () if fail_on is not None else tuple((p, lists) for p, _, lists in self.overrides if lists is not None)
        ignores = tuple(
            Ignore(condition, self.glob(path), reason)
            for what, path, reason in self.ignores
            for condition in self._parsed((what,), findings)
        )
        overrides = tuple((self.glob(pattern), self._parsed(lists, findings)) for pattern, lists in own)
        return Asked(conditions, overrides, ignores, None, exit_zero)

    def glob(self, pattern: str) -> Glob:
        """A glob of the file: below its folder, from wherever a command is called and however paths are named."""
        if self.place is None or os.path.isabs(pattern):  # noqa: PTH117 - a text with wildcards
            return Glob(pattern)
        folder = self.place.parent.resolve()
        try:
            near = os.path.relpath(folder)
        except (OSError, ValueError):  # the working folder was deleted, or lies on another drive
            near = "."
        spellings = (os.path.normpath(f"{escape(place)}/{pattern}") for place in (str(folder), near))
        return Glob(pattern, tuple(spelling for spelling in spellings if spelling != pattern))

    def _parsed(self, lists: Sequence[str], findings: Sequence[tuple[str, str]]) -> "tuple[Any, ...]":
        from lrdoctor.gate.fail_on import parse

        try:
            return parse(lists, findings)
        except UsageError as error:
            raise UsageError(f"{self.place}: {error}") from error


def find(name: str | None, start: Path) -> Config:
    """The configuration: the file that was named, else the nearest one from `start` up to the repository's root.

    Raises:
        UsageError: the file cannot be read, or says what is not understood; where, and what is known.
    """
    if name is not None:
        path = Path(name)
        found = _read(path, whole=path.name != SHARED)
        if found is None:
            raise UsageError(f"--config {name}: it has no [tool.lrdoctor]")
        return found
    for folder in _upwards(start):
        for path, whole in ((folder / OWN, True), (folder / SHARED, False)):
            if path.is_file():
                found = _read(path, whole=whole)
                if found is not None:
                    return found
    return Config()


def _upwards(start: Path) -> Iterator[Path]:
    """The folder and those above it, up to the root of its repository; only itself where it is in none."""
    folders = [start, *start.parents]
    roots = [i for i, folder in enumerate(folders) if (folder / ".git").exists()]
    return iter(folders[: roots[0] + 1 if roots else 1])


def _read(path: Path, *, whole: bool) -> Config | None:
    """The configuration in a file; None where it is about other tools alone."""
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path}: larger than {LARGEST // 2**20} MiB: that is no configuration")
        raw = path.read_bytes()
        content = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}: name another with --config") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is one
        if not whole and b"lrdoctor" not in raw:
            return None  # whoever owns it will say so; were it ours, what it asks to fail would silently not fail
        raise UsageError(f"{path}: no TOML ({' '.join(str(error).split())}): mend it, or pass --config FILE") from error
    if whole:
        return _parsed(path, content)
    tool = content.get("tool")
    table = tool.get("lrdoctor") if isinstance(tool, Mapping) else None
    return None if table is None else _parsed(path, table)


def _parsed(path: Path, table: object) -> Config:
    content = _table(path, "[tool.lrdoctor]", table, KEYS)
    return Config(
        place=path,
        fail_on=_texts(path, "fail-on", content.get("fail-on", ())),
        ignores=tuple(_ignore(path, one) for one in _tables(path, "ignore", content.get("ignore", ()))),
        series={part: _text(path, part, content[part]) for part in SERIES if part in content},
        overrides=tuple(_override(path, one) for one in _tables(path, "overrides", content.get("overrides", ()))),
        output=tuple(_inside(path, name) for name in _texts(path, "output", content.get("output", ()))),
        baseline=str(path.parent / _text(path, "baseline", content["baseline"])) if "baseline" in content else "",
    )


def _ignore(path: Path, one: object) -> tuple[str, str, str]:
    table = _table(path, "ignore", one, IGNORE_KEYS)
    if "match" not in table:
        raise UsageError(f"{path}: an ignore needs match = a verdict or a finding")
    reason = _text(path, "ignore.reason", table.get("reason", "")).strip()
    if not reason:
        raise UsageError(f"{path}: the ignore of {table['match']!r} needs a reason: reason = why it may be ignored")
    return _text(path, "ignore.match", table["match"]), _text(path, "ignore.path", table.get("path", "*")), reason


def _override(path: Path, one: object) -> tuple[str, Mapping[str, str], tuple[str, ...] | None]:
    table = _table(path, "overrides", one, OVERRIDE_KEYS)
    if "path" not in table:
        raise UsageError(f"{path}: an override needs path = a glob over the logs' paths")
    series = {part: _text(path, f"overrides.{part}", table[part]) for part in SERIES if part in table}
    lists = _texts(path, "overrides.fail-on", table["fail-on"]) if "fail-on" in table else None
    return _text(path, "overrides.path", table["path"]), series, lists


def _inside(path: Path, name: str) -> str:
    """An output below the configuration's folder: a repository that was cloned may write nowhere else."""
    folder = path.parent.resolve()
    place = (folder / name).resolve()
    if folder not in place.parents:
        raise UsageError(f"{path}: output {name!r} lies outside the configuration's folder: name it with -o instead")
    return str(path.parent / name)


def _table(path: Path, where: str, value: object, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{path}: {where} is no table")
    for key in value:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"{path}: {where} has no key {key!r}: {hint}It knows {', '.join(known)}")
    return value


def _tables(path: Path, key: str, value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise UsageError(f"{path}: {key} is a list of tables: [[tool.lrdoctor.{key}]]")
    return value


def _texts(path: Path, key: str, value: object) -> tuple[str, ...]:
    several = [value] if isinstance(value, str) else value
    if not isinstance(several, list | tuple) or not all(isinstance(one, str) for one in several):
        raise UsageError(f"{path}: {key} is a text, or a list of texts")
    return tuple(several)


def _text(path: Path, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{path}: {key} is a text")
    return value

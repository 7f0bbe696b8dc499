"""What every file keeps to, read off its source; who may import whom is checked by `make lint` (import-linter)."""

import ast
import importlib
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.findings import FINDINGS
from lrdoctor.reading.formats import READERS

PACKAGE = Path(lrdoctor.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {"matplotlib", "pandas", "scipy", "tensorboard", "torch", "pyarrow", "typer"}


def imported(path: Path, *, top_level: bool = False) -> set[str]:
    """Dotted names that a module imports; `top_level` leaves out what functions import when called."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level else list(ast.walk(tree))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def inside_replay(path: Path) -> bool:
    """Behind replay's door: its `__init__` imports nothing heavy, and nobody but the command line comes further."""
    return room(path) == "replay" and path != PACKAGE / "replay" / "__init__.py"


def roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(
    "path",
    [p for p in MODULES if room(p) not in {"cli"} and not inside_replay(p)],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_heavy_libraries_are_imported_when_needed(path: Path) -> None:
    assert not roots(imported(path, top_level=True)) & HEAVY


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    if room(path) not in {"cli", "__main__"}:
        assert not calls & {"print", "exit", "quit", "input"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_in_a_log_can_run(path: Path) -> None:
    """Logs are untrusted: nothing unpickles, constructs what YAML names, or evaluates text."""
    names = roots(imported(path))
    assert not names & {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "copyreg"}
    if path != PACKAGE / "reading" / "formats" / "keras" / "plain_pickle.py":
        assert "pickletools" not in names, "one module alone knows the opcodes, and calls nothing that they name"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name):
            assert call.func.id not in {"eval", "exec", "compile", "__import__"}
        elif isinstance(call.func, ast.Attribute):
            assert call.func.attr not in {"unsafe_load", "full_load", "read_pickle", "load_module"}
            owner = call.func.value.id if isinstance(call.func.value, ast.Name) else ""
            # PyYAML's `load` constructs objects; numpy's and torch's unpickle.
            assert (owner, call.func.attr) not in {(name, "load") for name in ("yaml", "np", "numpy", "torch")}
        assert not any(keyword.arg == "allow_pickle" for keyword in call.keywords)


def test_no_file_outgrows_its_purpose() -> None:
    assert {str(p) for p in MODULES if len(p.read_text(encoding="utf-8").splitlines()) > 400} == set()


def test_every_format_is_registered() -> None:
    """A reader that its tuple does not name would never be asked."""
    folders = PACKAGE / "reading" / "formats"
    modules = (
        importlib.import_module(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts))
        for path in folders.glob("*/*.py")
    )
    readers = [module.READER for module in modules if hasattr(module, "READER")]
    assert len(readers) == len(READERS) > 30
    assert set(readers) == set(READERS)


def test_every_rule_is_registered() -> None:
    names = sorted(path.stem for path in (PACKAGE / "findings").glob("*.py"))
    modules = [importlib.import_module(f"lrdoctor.findings.{name}") for name in names]
    rules = [module.RULE for module in modules if hasattr(module, "RULE")]
    assert len(rules) == len(FINDINGS) > 30
    assert {rule.code for rule in rules} == {rule.code for rule in FINDINGS}


@pytest.mark.parametrize("path", sorted({p.parent for p in MODULES}), ids=lambda p: str(p.relative_to(PACKAGE.parent)))
def test_every_room_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse((path / "__init__.py").read_text(encoding="utf-8")))

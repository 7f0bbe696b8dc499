"""What is known of a format stands in its `Reader`: no other room has a list of format names."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.reading.formats import READERS
from lrdoctor.records.run import Traits

PACKAGE = Path(lrdoctor.__file__).parent
NAMES = {reader.name for reader in READERS}
OUTSIDE = [path for path in sorted(PACKAGE.rglob("*.py")) if "formats" not in path.relative_to(PACKAGE).parts]
# Words that are a format's name and mean something else there: (module, word) -> what.
OTHER_MEANINGS = {
    ("reading/parsing/sqlite_file.py", "table"): "the type of an entry in SQLite's schema",
    ("reading/parsing/result_wording.py", "table"): "what a refused file is, in words",
    ("reading/fetch/wandb_names.py", "table"): "a tab of W&B's page of a project",
}


def format_names(source: str) -> Iterator[str]:
    """Names of formats in a module's strings; its docstrings, which may give examples, are left out."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in NAMES and id(node) not in docs:
            yield str(node.value)


def test_a_list_of_formats_would_be_seen() -> None:
    assert list(format_names('"""table"""\nLONE = {"table", "a table", "tb-ui"}')) == ["table", "tb-ui"]
    assert len(OUTSIDE) > 150


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_outside_the_formats_names_one(path: Path) -> None:
    module = path.relative_to(PACKAGE).as_posix()
    named = {name for name in format_names(path.read_text(encoding="utf-8")) if (module, name) not in OTHER_MEANINGS}
    assert not named, "give `Reader` or its `Traits` a field that says it, and set that in the format's reader"


@pytest.mark.parametrize(("module", "word"), OTHER_MEANINGS)
def test_the_exceptions_are_needed(module: str, word: str) -> None:
    assert word in format_names((PACKAGE / module).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("trait", "formats"),
    [
        ("fine_tunes", {"llamafactory", "torchtune"}),
        ("names_runs", {"wandb-chart", "wandb-history"}),
        ("quantity_a_file", {"table", "tb-ui"}),
        ("counts_calls", {"dvclive"}),
        ("captures", {"wandb-offline"}),
    ],
)
def test_which_formats_have_a_trait(trait: str, formats: set[str]) -> None:
    assert trait in Traits.__dataclass_fields__
    assert {reader.name for reader in READERS if getattr(reader.traits, trait)} == formats


def test_a_run_knows_what_its_format_says(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss\n" + "".join(f"{step},{2 - step / 99}\n" for step in range(99)), encoding="utf-8")
    (run,) = lrdoctor.read(path)
    assert run.source.traits == Traits(quantity_a_file=True)

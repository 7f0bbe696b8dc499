"""`make mutants`: what is counted as killed, and that survivors are tried again after a change."""

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import mutants


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, "killed"),
        (3, "killed"),
        (0, "survived"),
        (33, "untested"),
        (36, "timeout"),
        (-24, "timeout"),
        (None, "left"),
    ],
)
def test_what_comes_of_a_mutant(code: int | None, kind: str) -> None:
    assert mutants.kind(code) == kind


def test_the_table_has_a_row_for_each_file_and_one_for_all(tmp_path: Path) -> None:
    for name, codes in (("a.py", {"x": 1, "y": 0}), ("b.py", {"x": 1, "y": 36}), ("empty.py", {})):
        (tmp_path / f"{name}.meta").write_text(json.dumps({"exit_code_by_key": codes}))
    found = mutants.results(tmp_path)
    assert found == {"a.py": Counter(killed=1, survived=1), "b.py": Counter(killed=1, timeout=1)}
    assert mutants.table(found).splitlines()[2:] == [
        "| a.py | 2 | 1 | 0 | 1 | 0 | 0 | 0.500 |",
        "| b.py | 2 | 1 | 1 | 0 | 0 | 0 | 1.000 |",
        "| all | 4 | 2 | 1 | 1 | 0 | 0 | 0.750 |",
    ]


def test_after_a_change_all_but_the_killed_are_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("lrdoctor", "tests", "sample_logs"):
        (tmp_path / name).mkdir()
    (tmp_path / "pyproject.toml").touch()
    source, out = tmp_path / "lrdoctor" / "a.py", tmp_path / "out"
    source.write_text("x = 1")
    mutants.copy(out)
    meta = out / "mutants" / "a.py.meta"
    meta.parent.mkdir()
    meta.write_text(json.dumps({"exit_code_by_key": {"killed": 1, "survived": 0}}))
    mutants.copy(out)
    assert json.loads(meta.read_text())["exit_code_by_key"] == {"killed": 1, "survived": 0}, "nothing changed"
    source.write_text("x = 2")
    mutants.copy(out)
    assert (out / "lrdoctor" / "a.py").read_text() == "x = 2"
    assert json.loads(meta.read_text())["exit_code_by_key"] == {"killed": 1, "survived": None}

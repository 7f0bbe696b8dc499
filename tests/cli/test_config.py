"""`[tool.lrdoctor]` and lrdoctor.toml: found where they are, and refused with the place and what is known."""

import os
from pathlib import Path

import pytest

from lrdoctor.cli.config import Config, find
from lrdoctor.errors import UsageError

WHOLE = """
fail-on = ["divergent", "too-high>=90%"]
loss = "train/nll"
output = "lr.html"
baseline = "before.json"
[[ignore]]
match = "LR102"
path = "runs/old*"
reason = "known since May"
[[overrides]]
path = "runs/gan*"
loss = "g_loss"
fail-on = "divergent"
"""


def test_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "lrdoctor.toml").write_text(WHOLE)
    found = find(None, tmp_path)
    assert found == Config(
        place=tmp_path / "lrdoctor.toml",
        fail_on=("divergent", "too-high>=90%"),
        ignores=(("LR102", "runs/old*", "known since May"),),
        series={"loss": "train/nll"},
        overrides=(("runs/gan*", {"loss": "g_loss"}, ("divergent",)),),
        output=(str(tmp_path / "lr.html"),),
        baseline=str(tmp_path / "before.json"),
    )


def test_a_table_of_pyproject_and_the_way_up_to_the_repository(tmp_path: Path) -> None:
    repository, inner = tmp_path / "repository", tmp_path / "repository" / "a" / "b"
    inner.mkdir(parents=True)
    (repository / ".git").mkdir()
    (tmp_path / "lrdoctor.toml").write_text('fail-on = "divergent"')
    assert find(None, inner) == Config(), "what lies above the repository is none of its business"
    (repository / "pyproject.toml").write_text('[tool.lrdoctor]\nfail-on = "too-high"')
    assert find(None, inner).fail_on == ("too-high",)
    (repository / "a" / "pyproject.toml").write_text('[project]\nname = "x"')
    assert find(None, inner).fail_on == ("too-high",), "a file about other tools alone"
    (repository / "a" / "lrdoctor.toml").write_text('fail-on = "divergent"')
    assert find(None, inner).fail_on == ("divergent",), "the nearest counts"


def test_outside_of_a_repository_only_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "lrdoctor.toml").write_text('fail-on = "divergent"')
    assert find(None, tmp_path / "inner") == Config()
    assert find(None, tmp_path).fail_on == ("divergent",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fail_on = 'x'", "no key 'fail_on': did you mean fail-on"),
        ("fail-on = 5", "fail-on is a text, or a list of texts"),
        ("loss = 5", "loss is a text"),
        ("ignore = 5", "ignore is a list of tables"),
        ("[[ignore]]\nmatch = 'LR102'", "needs a reason"),
        ("[[ignore]]\nmatch = 'LR102'\nreason = '  '", "needs a reason"),
        ("[[ignore]]\nreason = 'x'", "needs match"),
        ("[[ignore]]\nmatch = 'LR102'\nreason = 'x'\nwhy = 'y'", "no key 'why'"),
        ("[[overrides]]\nloss = 'x'", "needs path"),
        ("output = '../x.html'", "outside the configuration's folder"),
        ("output = '/tmp/x.html'", "outside the configuration's folder"),
        ("not toml", "no TOML"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "lrdoctor.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=why) as error:
        find(None, tmp_path)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_an_unknown_word_is_said_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "lrdoctor.toml").write_text('fail-on = "divergnt"')
    with pytest.raises(UsageError, match=r"lrdoctor\.toml: .*did you mean divergent"):
        find(None, tmp_path).asked(None, [])


def test_a_named_file_must_hold_something(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        find(str(tmp_path / "gone.toml"), tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'")
    with pytest.raises(UsageError, match=r"it has no \[tool.lrdoctor\]"):
        find(str(tmp_path / "pyproject.toml"), tmp_path)


@pytest.mark.parametrize("called_from", [".", "sub", "sub/deeper"])
def test_a_glob_means_the_same_from_wherever_a_command_is_called(
    called_from: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "pro[j]ect"
    (root / "sub" / "deeper").mkdir(parents=True)
    (root / ".git").mkdir()
    (root / "lrdoctor.toml").write_text('fail-on = "divergent"')
    monkeypatch.chdir(root / called_from)
    glob = find(None, Path.cwd()).glob("runs/old-*")
    runs = root / "runs"
    for path in (runs, Path(os.path.relpath(runs))):
        assert glob.fits(str(path / "old-1"), "x")
        assert not glob.fits(str(path / "new-1"), "x")
    assert not glob.fits("/elsewhere/runs/old-1", "x")
    assert str(glob) == "runs/old-*"


def test_an_absolute_glob_stays(tmp_path: Path) -> None:
    (tmp_path / "lrdoctor.toml").write_text("")
    assert find(None, tmp_path).glob("/data/*").spellings == ()
    assert Config().glob("runs/*").spellings == (), "without a file there is no folder"


def test_the_command_line_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "lrdoctor.toml").write_text(WHOLE)
    found = find(None, tmp_path)
    known = [("LR102", "diverged-rising")]
    assert [str(one) for one in found.asked(None, known).conditions] == ["divergent", "too-high>=90%"]
    own = found.asked(["too-slow"], known)
    assert [str(one) for one in own.conditions] == ["too-slow>=80%"]
    assert own.overrides == (), "what fails was said for all"
    assert len(own.ignores) == 1, "what is ignored for a reason stays so"

"""Names that are none, by the command line called from Python: a shell could not even pass them on."""

from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from tests.cli.command_line import a_log

pytestmark = pytest.mark.attack


@pytest.mark.parametrize("name", ["a\0b", "\0", "", "a\ud800b", "~nobody-at-all/x", "x" * 5000])
@pytest.mark.parametrize(
    "arguments",
    [
        ["diagnose", "NAME"],
        ["inspect", "NAME"],
        ["diagnose", "LOG", "-o", "NAME.html"],
        ["diagnose", "LOG", "--posterior", "NAME"],
        ["replay", "NAME.py:recipe"],
        ["replay", "--init", "NAME/x.py"],
    ],
)
def test_each_is_one_line(
    name: str, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log = a_log(tmp_path)
    if not name and arguments[-1].startswith("NAME/"):
        pytest.skip("the root folder, which there is")
    assert main([str(log) if word == "LOG" else word.replace("NAME", name) for word in arguments]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "internal error" not in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.csv"]

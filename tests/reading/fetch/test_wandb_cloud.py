"""Runs on W&B: what its library tells becomes files that are read back, and the library is kept in bounds.

The library in these tests is one of our own, called `wandb` too; the real one is asked in `test_wandb_server`.
"""

import json
import math
import os
import re
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.cli.main import main
from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.fetch import wandb_cloud, wandb_failures, wandb_library, wandb_process
from lrdoctor.reading.fetch.quota import budget
from lrdoctor.reading.fetch.wandb_cloud import Copied, written
from lrdoctor.reading.fetch.wandb_names import Wanted
from lrdoctor.reading.load import load
from tests.reading.fetch.trees import Output

PROJECT, RUN = Wanted("ada", "digits"), Wanted("ada", "digits", "1a2b3c4d")
Told = list[dict[str, Any]]


def row(i: int, **more: object) -> dict[str, object]:
    return {"_step": 10 * i, "_timestamp": 1.7e9 + i, "_runtime": i, "loss": 3 - i / 50, **more}


def run(run_id: str, *rows: Mapping[str, object], name: str = "", **config: object) -> Told:
    head = {"id": run_id, "name": name, "state": "finished", "created_at": "2024-01-01T00:00:00Z", "config": config}
    return [
        {"run": head},
        *({"row": wandb_library.numbers(one)} for one in rows or map(row, range(40))),
        {"done": True},
    ]


def files(told: Told, into: Path, asked: Wanted = PROJECT, max_bytes: int = 10**9) -> Copied:
    messages: Iterator[dict[str, Any]] = iter([json.loads(json.dumps(one)) for one in told])
    return written(messages, asked, into, budget(max_bytes))


END: Told = [{"end": True}]


def test_what_is_written_is_read_back_point_for_point(tmp_path: Path) -> None:
    rows = [row(i, **({"val": {"loss": 4.0 + i}} if i % 5 == 0 else {})) for i in range(40)]
    rows[7]["loss"], rows[8]["loss"], rows[9]["loss"] = "NaN", math.nan, "-Infinity"
    told = [*run("a1", *rows, name="calm owl/3", lr=0.1), *run("b2", name="", optim={"lr": 1e-3}), *END]
    copied = files(told, tmp_path)
    assert copied.refused == []
    first, second = lrdoctor.read(copied.path)
    assert (first.name, dict(first.hparams)) == ("calm owl/3", {"lr": 0.1})
    assert (second.name, dict(second.hparams)) == ("b2", {"optim/lr": 1e-3})
    loss = first.series["loss"]
    expected = [3 - i / 50 for i in range(40)]
    expected[7:10] = [math.nan, math.nan, -math.inf]
    assert np.array_equal(loss.value, expected, equal_nan=True)
    assert loss.step.tolist() == [10 * i for i in range(40)]
    assert loss.wall_time is not None
    assert loss.wall_time.tolist() == [1.7e9 + i for i in range(40)]
    assert first.series["val.loss"].value.tolist() == [4.0 + i for i in range(0, 40, 5)]
    assert set(copied.names.values()) == {"wandb:ada/digits/a1", "wandb:ada/digits/b2"}


@given(st.dictionaries(st.text(max_size=8), st.floats() | st.integers() | st.text(max_size=4) | st.none(), max_size=5))
def test_any_row_is_a_line(made: dict[str, object]) -> None:
    kept = wandb_library.numbers(made)
    assert "\n" not in json.dumps(kept)
    numeric = {key: value for key, value in made.items() if isinstance(value, int | float)}
    assert {key: kept[key] for key in numeric}.keys() == numeric.keys()


def test_five_hundred_rows_are_all_there_were(tmp_path: Path) -> None:
    [found] = lrdoctor.read(files([*run("a1", *map(row, range(500))), *END], tmp_path, RUN).path)
    assert "sampled" not in {note.code for note in found.notes}


HOSTILE = [
    "../../evil",
    "/etc/passwd",
    "a/b",
    "..",
    "",
    "nul",
    "COM1.txt",
    "a\0b",
    "a\nb",
    "x" * 500,
    "ü",
    ".hidden",
    "C:x",
]


def test_hostile_ids_and_names_are_safe_paths(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    told = [one for i, bad in enumerate(HOSTILE) for one in run(bad, name=bad, lr=0.1 + i)]
    copied = files([*told, *END], into)
    assert {path.parent.parent for path in copied.names} == {into}
    assert {path.parent.name for path in copied.names} == {f"run-{i + 1}" for i in range(len(HOSTILE))}
    assert list(tmp_path.iterdir()) == [into]
    assert len(lrdoctor.read(into)) == len(HOSTILE)


def test_ids_that_are_one_on_some_file_systems(tmp_path: Path) -> None:
    copied = files([*run("a1", lr=0.1), *run("a1", lr=0.2), *END], tmp_path)
    assert [path.parent.name for path in copied.names] == ["a1", "run-2"]


SECRETS: dict[str, Any] = {
    "hf_token": "geheim1",
    "wandb": {"api_key": "geheim2"},
    "data": "https://ada:geheim3@host.test/x",
}


@pytest.mark.parametrize("command", [["diagnose", "-v"], ["inspect"], ["diagnose", "-o", "-", "--format", "json"]])
def test_secrets_in_settings_are_not_shown(tmp_path: Path, capsys: Output, command: list[str]) -> None:
    files([*run("a1", lr=0.1, **SECRETS), *END], tmp_path)
    main([command[0], str(tmp_path), *command[1:]])
    said = capsys.readouterr()
    assert "0.1" in said.out
    assert "geheim" not in said.out + said.err


def test_a_run_that_cannot_be_had_hides_no_other(tmp_path: Path) -> None:
    broken = [*run("b2")[:-1], {"failed": "CommError: HTTP 500: oops"}]
    copied = files([*broken, *run("a1", lr=0.1), *run("empty", *[]), *END], tmp_path)
    assert [one.reason for one in copied.refused] == [
        "W&B's server fails (status 500): try again later, or check WANDB_BASE_URL"
    ]
    assert not (tmp_path / "b2").exists()  # half a history would be judged as a whole one
    assert {path.stem for path in copied.names} >= {"a1"}


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ([{"error": "TimeoutError: timed out", "at": "run"}], wandb_failures.LATE),
        ([], wandb_failures.BROKE_OFF),
        ([{"more": 1234}, *END], "1,234 runs, of which the newest 100 are read: name others one by one"),
    ],
)
def test_what_came_before_the_end_is_kept(tmp_path: Path, last: Told, reason: str) -> None:
    copied = files([*run("a1"), *last], tmp_path)
    assert [path.stem for path in copied.names] == ["a1"]
    assert [(Path(one.path).name, one.reason) for one in copied.refused] == [("further runs", reason)]


def test_a_run_that_broke_off_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=re.escape(wandb_failures.BROKE_OFF)):
        files(run("a1")[:-1], tmp_path, RUN)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("asked", [PROJECT, RUN])
def test_nothing_there(tmp_path: Path, asked: Wanted) -> None:
    with pytest.raises(UnreadableError, match=r"logged (a|no) number"):
        files([{"run": {"id": "a1"}}, {"done": True}, *END], tmp_path, asked)


@pytest.mark.parametrize("message", [{}, {"run": 3}, {"more": "x"}, {"row": {"loss": 1}}, {"done": True}])
def test_messages_out_of_place_do_no_harm(tmp_path: Path, message: dict[str, Any]) -> None:
    assert len(files([message, *run("a1"), *END], tmp_path).names) == 1


def test_no_more_is_written_than_allowed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="max-bytes"):
        files([*run("a1", *map(row, range(4000))), *END], tmp_path, max_bytes=100_000)
    assert list(tmp_path.iterdir()) == []


SAID = [
    ("login", "UsageError: No API key configured. Use `wandb login` to log in.", wandb_failures.NO_KEY),
    (
        "login",
        "UsageError: api_key not configured (no-tty). call wandb.login(key=[your_api_key])",
        wandb_failures.NO_KEY,
    ),
    ("login", "AuthenticationError: WANDB_API_KEY invalid: API key must have 40+ characters", wandb_failures.DENIED),
    ("project", "CommError: permission denied (HTTP 403)", wandb_failures.DENIED),
    ("project", "ValueError: Could not find project digits", wandb_failures.NO_PROJECT),
    ("run", "CommError: Could not find run <Run a/b/c (not found)>", wandb_failures.NO_RUN),
    ("run", "CommError: HTTP 429: rate limit exceeded", wandb_failures.TOO_MANY),
    ("project", "ConnectionError: Max retries exceeded: Connection refused", wandb_failures.UNREACHABLE),
    ("login", 'Post "https://x/graphql": dial tcp: lookup x: no such host', wandb_failures.UNREACHABLE),
    ("login", "WandbApiFailedError: context deadline exceeded", wandb_failures.LATE),
    (
        "library",
        "ImportError: numpy is broken: /home/ada",
        "W&B's library does not start (ImportError): pip install -U wandb",
    ),
    ("run", "KeyError: geheim", "W&B's library failed (KeyError): try again, or update it (pip install -U wandb)"),
    ("run", "", "W&B's library failed (no reason): try again, or update it (pip install -U wandb)"),
]


@pytest.mark.parametrize(("at", "said", "expected"), SAID)
def test_what_the_library_raises_in_one_line(at: str, said: str, expected: str) -> None:
    assert wandb_failures.why(said, at) == expected


@settings(max_examples=50)
@given(st.text(max_size=60), st.sampled_from(["library", "login", "project", "run", "?"]))
def test_its_own_words_are_not_shown(said: str, at: str) -> None:
    assert "\n" not in wandb_failures.why(f"Error: {said}", at)


@pytest.mark.parametrize("name", ["wandb:ada/digits", "https://wandb.ai/ada/digits/runs/1a2b3c4d"])
def test_without_the_library_the_extra_is_named(name: str, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setattr(wandb_cloud, "is_installed", lambda: False)
    assert main(["diagnose", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "wandb:ada/digits" in said.err
    assert "pip install 'lrdoctor[wandb]'" in said.err
    with pytest.raises((MissingExtraError, UnreadableError)):
        lrdoctor.read(name)


def test_a_folder_of_runs_called_wandb_is_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wandb").mkdir()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert not wandb_process.is_installed()


LIBRARY = """
import os, sys, time, types
print("noise on standard output", flush=True)
print("noise", file=sys.stderr)
os.system("echo noise of a program")

class Run:
    id, state, created_at = "a1", "finished", "2024"
    def __init__(self, lr):
        self.name, self.config = f"lr {lr}", {"lr": lr, "seen": os.environ["WANDB_DIR"]}
    def scan_history(self, page_size):
        BODY
        return ({"_step": i, "_timestamp": i, "loss": 3 - i / 50} for i in range(40))

class Api:
    def __init__(self, timeout):
        open("somewhere", "w").close()
        assert os.environ["WANDB_CACHE_DIR"] == os.environ["TMPDIR"] == os.getcwd()
        assert sys.stdin.read() == ""
    def runs(self, path, **_):
        return [Run(0.1), Run(0.2)]
    def run(self, path):
        return Run(0.3)
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of our own, in place of W&B's."""
    package = tmp_path / "site" / "wandb"
    package.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(package.parent))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return package / "__init__.py"


def put(library: Path, body: str = "") -> None:
    library.write_text(LIBRARY.replace("BODY", textwrap.indent(body, " " * 8).strip()))


def test_the_library_runs_in_a_process_and_a_folder_of_its_own(library: Path, tmp_path: Path) -> None:
    put(library)
    before = dict(os.environ)
    runs = lrdoctor.read("wandb:ada/digits")
    assert sorted((found.name, found.hparams["lr"]) for found in runs) == [("lr 0.1", 0.1), ("lr 0.2", 0.2)]
    [one] = lrdoctor.read("wandb:ada/digits/lr 0.3")
    assert one.source.path == Path("wandb:ada/digits/lr 0.3")
    assert dict(os.environ) == before
    assert list((tmp_path / "here").iterdir()) == []
    assert "wandb" not in sys.modules or not hasattr(sys.modules["wandb"], "Run")


def test_a_library_that_says_nothing_is_ended(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, "time.sleep(60)")
    monkeypatch.setattr(wandb_process, "SILENCE", 1.0)
    begun = time.monotonic()
    with pytest.raises(UnreadableError, match=wandb_failures.LATE):
        lrdoctor.read("wandb:ada/digits")
    assert time.monotonic() - begun < 20


def test_rows_without_end_are_left(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, "return ({'_step': i, '_timestamp': time.sleep(0.01) or i, 'loss': 1.0} for i in range(10**9))")
    monkeypatch.setattr(wandb_process, "LONGEST", 2.0)
    with pytest.raises(UnreadableError, match="not fetched within"):
        lrdoctor.read("wandb:ada/digits")


def test_a_library_that_breaks_is_one_line(library: Path, capsys: Output) -> None:
    put(library, "raise KeyError('geheim')")
    assert main(["diagnose", "wandb:ada/digits/a1"]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "W&B's library failed (KeyError)" in said.err
    assert "geheim" not in said.out + said.err
    library.write_text("raise ImportError('geheim')")
    assert main(["diagnose", "wandb:ada/digits/a1"]) == 2
    assert "does not start (ImportError)" in capsys.readouterr().err
    library.write_text("import os; os._exit(3)")
    assert main(["diagnose", "wandb:ada/digits/a1"]) == 2
    assert wandb_failures.BROKE_OFF in capsys.readouterr().err


def test_one_of_a_project_that_breaks_is_told_beside_the_others(library: Path) -> None:
    put(library, "if self.name == 'lr 0.1':\n    raise OSError('HTTP 503: no')")
    loaded = load(["wandb:ada/digits"])
    assert [found.name for found in loaded.runs] == ["lr 0.2"]
    [lost] = loaded.unreadable
    assert (lost.path, lost.named) == ("wandb:ada/digits/a1", "")
    assert "status 503" in lost.reason


def test_who_trains_now_is_not_asked_instead() -> None:
    own = {"WANDB_MODE": "offline", "_WANDB_SERVICE": "x", "WANDB_SERVICE": "x", "WANDB_API_KEY": "k", "HOME": "/h"}
    made = wandb_process.environment(own, ["", "/lib"], Path("/scratch"))
    assert made["PYTHONPATH"] == str(Path("/lib").absolute())
    assert made["WANDB_API_KEY"] == "k"
    assert not {"WANDB_MODE", "WANDB_SERVICE", "_WANDB_SERVICE"} & made.keys()
    assert made["WANDB_ERROR_REPORTING"] == "false"

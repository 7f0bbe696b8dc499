"""No report takes the place of what it was made from, by whatever name; a report of an earlier call may be replaced."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.fetch.copying import may_be_read_beside
from lrdoctor.reading.overwriting import check_different
from tests.reading.fetch.trees import Output, tarred, tree, zipped
from tests.reading.formats.trackers import test_mlflow_database as mlflow
from tests.sqlite_leftovers import journal, listing

ROWS = "".join(json.dumps({"step": i, "train_loss": 2 - i / 50, "lr": 0.1}) + "\n" for i in range(40)).encode()
OTHER = ROWS.replace(b'"lr": 0.1', b'"lr": 0.2').replace(b"1.9", b"2.1")
SAMPLES = Path(__file__).parents[2] / "sample_logs"


def run_of(tmp_path: Path) -> Path:
    """A folder with two logs, the settings of one, a log that is none, and an archive."""
    folder = tree(
        tmp_path / "runs",
        {
            "a/l.json": ROWS,
            "a/config.json": b'{"batch_size": 32}',
            "a/more.yaml": b"lr: 0.1\n",
            "a/data.py": b"pass\n",
            "b/l.json": OTHER,
            "b/again.json": OTHER,
            "c/trainer_state.json": b"{",
        },
    )
    zipped(folder / "d.zip", {"metrics.jsonl": ROWS})
    return folder


INPUTS = ("a/l.json", "a/config.json", "a/more.yaml", "b/l.json", "b/again.json", "c/trainer_state.json", "d.zip")


def itself(path: Path, _tmp_path: Path) -> Path:
    return path


def linked(path: Path, tmp_path: Path) -> Path:
    link = tmp_path / "out.json"
    link.symlink_to(path)
    return link


def linked_twice(path: Path, tmp_path: Path) -> Path:
    link = path.parent / "out.html"
    link.symlink_to(linked(path, tmp_path))
    return link


def hard_linked(path: Path, tmp_path: Path) -> Path:
    link = tmp_path / "out.txt"
    link.hardlink_to(path)
    return link


def roundabout(path: Path, _tmp_path: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def by_a_linked_folder(path: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.symlink_to(path.parent, target_is_directory=True)
    return folder / path.name


def refused(arguments: list[str], said: Output, tmp_path: Path) -> str:
    """The one line on standard error; nothing was written."""
    before = listing(tmp_path)
    assert main(arguments) == 2
    assert listing(tmp_path) == before
    out, err = said.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("lrdoctor: error: -o ")
    return err


@pytest.mark.parametrize(
    ("command", "name", "way"),
    [
        *(("diagnose", name, way) for name in INPUTS for way in (itself, linked, hard_linked)),
        *(("sweep", name, linked) for name in INPUTS),
        *(("diagnose", "a/l.json", way) for way in (linked_twice, roundabout, by_a_linked_folder)),
    ],
)
def test_nothing_that_is_read_is_overwritten(
    command: str, name: str, way: Callable[[Path, Path], Path], tmp_path: Path, capsys: Output
) -> None:
    folder = run_of(tmp_path)
    output = way(folder / name, tmp_path)
    if output.suffix not in {".json", ".html", ".txt"}:
        output = linked(output, tmp_path)
    said = refused([command, str(folder), "-o", str(tmp_path / "fine.html"), "-o", str(output)], capsys, tmp_path)
    assert "would overwrite" in said
    assert "give the report another name" in said


@pytest.mark.parametrize(
    "paths",
    [
        *(["{0}/a/l.json"], ["{0}/a"], ["{0}/a/*.json"], ["{0}/b/l.json", "{0}/a/l.json"], ["file://{0}/a/l.json"]),
        *(["local://{0}/a/l.json"], ["file://{0}/a"], ["{0}/a/l.json", "{0}/a/l.json"]),
    ],
)
def test_however_the_log_is_named(paths: list[str], tmp_path: Path, capsys: Output) -> None:
    folder = run_of(tmp_path)
    names = [path.format(folder) for path in paths]
    assert "would overwrite" in refused(["diagnose", *names, "-o", str(folder / "a/l.json")], capsys, tmp_path)


def test_nor_a_log_that_cannot_be_read(tmp_path: Path, capsys: Output) -> None:
    bad = tree(tmp_path, {"bad.json": b"{"}) / "bad.json"
    refused(["diagnose", str(bad), "-o", str(bad)], capsys, tmp_path)


@pytest.mark.parametrize("make", [zipped, tarred])
def test_nor_an_archive_or_the_settings_beside_it(make: Callable[..., Path], tmp_path: Path, capsys: Output) -> None:
    archive = make(tmp_path / ("a.zip" if make is zipped else "a.tar"), {"metrics.jsonl": ROWS})
    settings = tree(tmp_path, {"config.json": b'{"lr": 0.1}'}) / "config.json"
    (tmp_path / "r.json").symlink_to(archive)
    refused(["diagnose", str(archive), "-o", str(tmp_path / "r.json")], capsys, tmp_path)
    refused(["diagnose", str(archive), "-o", str(settings)], capsys, tmp_path)


def test_nor_what_sqlite_left_beside_a_database(tmp_path: Path, capsys: Output) -> None:
    database = mlflow.database(tmp_path, [mlflow.run_row("a" * 32)], mlflow.curve("a" * 32, values=range(40, 0, -1)))
    leftover = tmp_path / "mlflow.db-journal"
    leftover.write_bytes(journal(database.read_bytes(), records=1))
    for number, path in enumerate((database, leftover)):
        link = tmp_path / f"{number}.json"
        link.symlink_to(path)
        refused(["diagnose", str(database), "-o", str(link)], capsys, tmp_path)


def test_nor_other_fitted_tables(tmp_path: Path, capsys: Output) -> None:
    tables = Path(
        str(shutil.copy(Path(__file__).parents[2] / "lrdoctor/inference/posterior.json", tmp_path / "p.json"))
    )
    tree(tmp_path, {"l.jsonl": ROWS})
    arguments = ["diagnose", str(tmp_path / "l.jsonl"), "--posterior", str(tables)]
    refused([*arguments, "-o", str(tables)], capsys, tmp_path)
    assert main([*arguments, "-o", str(tmp_path / "other.json")]) == 0


RECIPE = """
from pathlib import Path
Path("was-run").touch()
import helper
def recipe(): raise SystemExit("not reached")
"""


@pytest.mark.parametrize("target", ["train.py", "train.py:recipe"])
def test_nor_a_recipe_or_the_log_of_one(
    target: str, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree(tmp_path, {"train.py": RECIPE.encode(), "helper.py": b"", "l.json": ROWS}))
    Path("r.json").symlink_to("train.py")
    refused(["replay", target, "-o", "r.json"], capsys, tmp_path)
    assert not Path("was-run").exists(), "it is refused before anything of the recipe runs"
    refused(["replay", target, "--log", "l.json", "-o", "l.json"], capsys, tmp_path)


@pytest.mark.parametrize(
    "pair", [("r.json", "r.json"), ("r.json", "./r.json"), ("r.json", "x/../r.json"), ("r.json", "link.html")]
)
@pytest.mark.parametrize("command", [["diagnose", "l.jsonl"], ["sweep", "l.jsonl"], ["replay", "train.py"]])
@pytest.mark.parametrize("there", [False, True])
def test_one_file_is_written_once(
    command: list[str],
    pair: tuple[str, str],
    there: bool,
    tmp_path: Path,
    capsys: Output,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tree(tmp_path, {"l.jsonl": ROWS, "x/y": b""}))
    Path("link.html").symlink_to("r.json")
    if there:
        Path("r.json").write_text("{}")
    assert "is given twice" in refused([*command, "-o", pair[0], "-o", pair[1]], capsys, tmp_path)


def test_different_files_are_different(tmp_path: Path) -> None:
    check_different([tmp_path / "r.json", tmp_path / "r.html", tmp_path / "x/r.json"])


@pytest.mark.parametrize(("command", "sample"), [("diagnose", "two-sweeps"), ("sweep", "sweep")])
def test_a_report_is_replaced_by_the_next_and_never_read_as_a_log(
    command: str, sample: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    shutil.copytree(SAMPLES / sample, "runs")
    arguments = [
        command,
        "runs",
        *(part for end in ("json", "html", "txt", "md", "xml", "sarif") for part in ("-o", f"runs/report.{end}")),
    ]
    assert main(arguments) == 0
    first = json.loads(Path("runs/report.json").read_text())
    assert "warning" not in capsys.readouterr().err
    assert main(arguments) == 0
    again = json.loads(Path("runs/report.json").read_text())
    assert "warning" not in capsys.readouterr().err
    assert again == first
    assert len(again["runs"]) > 2
    # As a shell expands `runs/*`: the reports are named themselves.
    assert main([command, *map(str, sorted(Path("runs").iterdir())), "-q", *arguments[2:]]) == 0
    last = json.loads(Path("runs/report.json").read_text())
    assert {run["name"] for run in last["runs"]} == {run["name"] for run in first["runs"]}
    assert last["unreadable"] == []


@pytest.mark.parametrize("sample", ["formats", "lr-decayed", "rounded-values", "too-high", "two-sweeps"])
def test_no_report_is_taken_for_a_log(sample: str, tmp_path: Path, capsys: Output) -> None:
    log = str(SAMPLES / sample)
    reports = [f"d.{end}" for end in ("json", "txt", "md", "xml", "sarif", "html")] + ["gl-code-quality-report.json"]
    assert main(["diagnose", log, "-q", *(part for name in reports for part in ("-o", f"{tmp_path}/{name}"))]) == 0
    capsys.readouterr()
    for form, name in (("text", "brief"), ("github", "lines")):
        assert main(["diagnose", log, "--format", form, "-q"]) == 0
        (tmp_path / f"{name}.log").write_text(capsys.readouterr().out)
    for form in ("text", "json"):
        capsys.readouterr()
        assert main(["inspect", log, "--format", form]) == 0
        (tmp_path / f"i.{form}").write_text(capsys.readouterr().out)
    assert discover(tmp_path).sources == ()
    for name in (*reports, "brief.log", "lines.log", "i.json", "i.text"):
        capsys.readouterr()
        assert main(["diagnose", str(tmp_path / name)]) == 2
        assert "a report of lrdoctor's own: name the log" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["a.db-wal", "a.db-journal", "config.py", "20240101_120000.py", "meta.yaml", "task.json"]
)
def test_what_readers_look_at_beside_a_log(name: str) -> None:
    assert may_be_read_beside(Path("runs", name))


def test_an_ordinary_file_is_replaced(tmp_path: Path) -> None:
    log = tree(tmp_path, {"l.jsonl": ROWS, "notes.txt": b"x"}) / "l.jsonl"
    assert main(["diagnose", str(log), "-q", "-o", str(tmp_path / "notes.txt")]) == 0
    assert (tmp_path / "notes.txt").read_bytes() != b"x"

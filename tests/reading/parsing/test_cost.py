"""What reading takes: `--max-bytes` decides alone, and what it lets through takes no more memory than was said."""

import json
import pickle
import re
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading import formats
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.parsing.cost import AS_TEXT, AT_ONCE
from lrdoctor.reading.parsing.head import look
from tests.reading.fetch.trees import Output
from tests.reading.formats.trackers import test_mlflow_database as mlflow
from tests.sqlite_leftovers import journal

FORMATS = Path(__file__).parent.parent.parent.parent / "sample_logs/formats"
BY_NAME = {reader.name: reader for reader in READERS}


def samples() -> list[Path]:
    return [source.files[0] for source in discover(FORMATS).sources]


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.relative_to(FORMATS).as_posix())
def test_max_bytes_decides_alone(path: Path) -> None:
    [source] = discover(path).sources
    cost = BY_NAME[source.format].cost(look(path))
    assert discover(path, cost.bytes_).sources == (source,)
    [refusal] = discover(path, cost.bytes_ - 1).refused
    assert "that --max-bytes (in Python max_bytes=) allows: raise it" in refusal.reason
    assert cost.bytes_ >= path.stat().st_size
    assert (cost.bytes_ > path.stat().st_size) == bool(cost.why)


def test_no_reader_has_a_limit_of_its_own_on_the_size_of_a_log() -> None:
    folder = Path(formats.__file__).parents[1]
    compared = re.compile(r"(?:\bsize|st_size|len\(data\)) > (?:\w+\.)?MAX_")
    modules = [path for room in ("formats", "parsing") for path in (folder / room).rglob("*.py")]
    found = {path.name for path in modules if compared.search(path.read_text(encoding="utf-8"))}
    assert found == {"settings_files.py", "openmmlab_config.py", "settings_texts.py"}, "of settings alone"


CURVE = [3 - i / 20 for i in range(40)]
ROWS = [{"_step": i, "_runtime": i, "_timestamp": i, "loss": value} for i, value in enumerate(CURVE)]
PLAIN = [{"step": i, "loss": value} for i, value in enumerate(CURVE)]
PRINTED = "\n".join(json.dumps(row, indent=1) for row in PLAIN)
STATE = {"global_step": 40, "log_history": PLAIN, "max_steps": 40}
RESULT = {"train_losses": CURVE, "test_losses": CURVE, "testproblem": "x", "num_epochs": 39}
ONE_PIECE: dict[str, tuple[str, bytes, int]] = {
    "keras-history": ("history.json", json.dumps({"loss": CURVE}).encode(), AT_ONCE),
    "keras-pickle": ("trainHistoryDict", pickle.dumps({"loss": CURVE}), AT_ONCE),
    "hf-trainer": ("trainer_state.json", json.dumps(STATE).encode(), AT_ONCE),
    "tb-ui": ("run-a-tag-loss.json", json.dumps([[1.5, i, v] for i, v in enumerate(CURVE)]).encode(), AT_ONCE),
    "wandb-history": ("history.json", json.dumps(ROWS).encode(), AT_ONCE),
    "deepobs": ("random_seed__42.json", json.dumps(RESULT).encode(), AT_ONCE),
    "json-rows": ("rows.json", PRINTED.encode(), AS_TEXT),
}


@pytest.mark.parametrize("format_", ONE_PIECE)
def test_what_is_read_in_one_piece_is_said_to_take_more(format_: str, tmp_path: Path, capsys: Output) -> None:
    name, content, times = ONE_PIECE[format_]
    path = tmp_path / name
    path.write_bytes(content)
    assert [source.format for source in discover(path).sources] == [format_]
    assert main(["inspect", str(path), "--max-bytes", str(times * len(content) - 1)]) == 2
    said = capsys.readouterr().err
    assert f"read in one piece it takes about {times} times its size in memory" in said
    assert said.count("\n") == 1
    assert main(["inspect", str(path), "--max-bytes", str(times * len(content))]) == 0


HOSTILE: dict[str, tuple[str, str]] = {
    "keras-history": ("history.json", '{"loss": [3, 2, 1], "x": [ITEMS]}'),
    "hf-trainer": ("trainer_state.json", '{"global_step": 9, "log_history": [{"step": 1, "loss": 2}, ITEMS]}'),
    "tb-ui": ("run-a-tag-loss.json", "[[1.5, 0, 2.0], [1.5, 1, 2.0], ITEMS]"),
    "wandb-history": ("history.json", json.dumps(ROWS)[:-1] + ", ITEMS]"),
    "deepobs": (
        "random_seed__42.json",
        '{"train_losses": [3, 2, 1], "test_losses": [1], "testproblem": 1, "y": [ITEMS]}',
    ),
}


@pytest.mark.parametrize("format_", HOSTILE)
@pytest.mark.parametrize("item", ["{}", "1.5", "[[]]", '"\U0001f600"', "[1,2,3]"])
def test_hostile_json_takes_little_more_memory_than_is_said(format_: str, item: str, tmp_path: Path) -> None:
    name, text = HOSTILE[format_]
    path = tmp_path / name
    path.write_text(text.replace("ITEMS", ",".join([item] * (100_000 // len(item)))), encoding="utf-8")
    [source] = discover(path).sources
    assert source.format == format_
    tracemalloc.start()
    try:
        with suppress(UnreadableError):
            BY_NAME[format_].read(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 1.6 * BY_NAME[format_].cost(look(path)).bytes_


def test_a_database_is_counted_with_what_lies_beside_it(tmp_path: Path) -> None:
    path = mlflow.database(tmp_path, [mlflow.run_row("a" * 32)], mlflow.curve("a" * 32))
    alone = path.stat().st_size
    assert BY_NAME["mlflow-sqlite"].cost(look(path)).bytes_ == alone
    beside = tmp_path / "mlflow.db-journal"
    beside.write_bytes(journal(path.read_bytes(), records=2))
    both = alone + beside.stat().st_size
    assert discover(path, both).sources
    [refusal] = discover(path, both - 1).refused
    assert "it is copied with what lies beside it (-journal)" in refusal.reason

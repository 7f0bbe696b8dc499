"""`wandb:ENTITY/PROJECT` through W&B's own library, from a server on this machine: where the library is installed."""

import io
import math
import os
import socket
from pathlib import Path
from typing import Any

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import wandb_cloud, wandb_failures, wandb_process
from lrdoctor.reading.load import load
from tests.reading.fetch.servers import Server, giving, server
from tests.reading.fetch.wandb_server import CloudServer

if not wandb_process.is_installed():
    pytest.skip("needs W&B's library: pip install 'lrdoctor[wandb]'", allow_module_level=True)

__all__ = ["server"]
KEY = "f" * 20 + "0" * 20
EVERY = 100  # steps between two rows: 70 rows reach into a second page of 5,000 steps


def rows(count: int = 70, first: float = 3.0) -> list[dict[str, Any]]:
    """A validation loss in each seventh row; the loss breaks in the last five."""
    made: list[dict[str, Any]] = []
    for i in range(count):
        loss = first - i / 50 if i < count - 5 else "NaN"
        row = {"_step": EVERY * i, "_timestamp": 1.7e9 + i + 0.5, "_runtime": i, "train/loss": loss, "note": "x"}
        made.append(row | ({"val/loss": first + i / 100, "h": {"_type": "histogram"}} if i % 7 == 0 else {}))
    return made


@pytest.fixture
def cloud(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CloudServer:
    for name in [name for name in os.environ if name.startswith("WANDB")]:
        monkeypatch.delenv(name)
    for folder in ("home", "here"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WANDB_BASE_URL", f"http://{server.at}")
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setattr(wandb_process, "RETRIES", 1)  # 0 is the library's own number
    monkeypatch.chdir(tmp_path / "here")
    served = CloudServer(server)
    served.add("1a2b3c4d", "calm-owl-7", {"lr": 0.1, "optim": {"name": "adamw"}}, rows())
    served.add("5e6f7a8b", "seed 2/lr=0.2", {"lr": 0.2}, rows(60, 4.0))
    served.add("00000000", "stillborn", {"lr": 9.0}, [])
    return served


def test_every_run_of_a_project_point_for_point(cloud: CloudServer, tmp_path: Path) -> None:
    before = dict(os.environ)
    runs = {run.name: run for run in lrdoctor.read("wandb:ada/digits")}
    assert {name: dict(run.hparams) for name, run in runs.items()} == {
        "calm-owl-7": {"lr": 0.1, "optim/name": "adamw"},
        "seed 2/lr=0.2": {"lr": 0.2},
    }
    run = runs["calm-owl-7"]
    assert run.step_axis == "_step"
    assert set(run.series) == {"train/loss", "val/loss"}
    loss, val = run.series["train/loss"], run.series["val/loss"]
    assert loss.step.tolist() == [EVERY * i for i in range(70)]
    assert loss.value[:65].tolist() == [3.0 - i / 50 for i in range(65)]
    assert all(map(math.isnan, loss.value[65:]))
    assert loss.wall_time is not None
    assert loss.wall_time.tolist() == [1.7e9 + i + 0.5 for i in range(70)]
    assert list(zip(val.step.tolist(), val.value.tolist(), strict=True)) == [
        (EVERY * i, 3.0 + i / 100) for i in range(0, 70, 7)
    ]
    assert run.source.path == Path("wandb:ada/digits/1a2b3c4d")
    assert [note.code for note in run.notes] == []
    assert sum(name in {"HistoryPage", "RunHistory"} for name, _ in cloud.asked) >= 4
    assert not any("ampledHistory" in name for name, _ in cloud.asked)
    assert dict(os.environ) == before
    assert [*(tmp_path / "here").iterdir(), *(tmp_path / "home").iterdir()] == []


def test_a_history_that_was_exported(cloud: CloudServer) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    steps = [EVERY * i for i in range(70)]
    loss = [3.0 - i / 50 if i < 65 else math.nan for i in range(70)]
    val = [4.0 + i if i % 7 == 0 else None for i in range(70)]
    table = arrow.table({"_step": steps, "_timestamp": [1.7e9 + i for i in range(70)], "loss": loss, "val_loss": val})
    file = io.BytesIO()
    parquet.write_table(table, file)
    cloud.exported["1a2b3c4d"] = file.getvalue()
    [run] = lrdoctor.read("wandb:ada/digits/1a2b3c4d")
    assert "/1a2b3c4d.parquet" in cloud.server.asked
    assert run.series["loss"].step.tolist() == steps
    assert run.series["loss"].value[:65].tolist() == loss[:65]
    assert all(map(math.isnan, run.series["loss"].value[65:]))
    assert run.series["val_loss"].value.tolist() == [4.0 + i for i in range(0, 70, 7)]


@pytest.mark.parametrize(
    "name",
    ["wandb:ada/digits/5e6f7a8b", "wandb://ada/digits/5e6f7a8b", "https://wandb.ai/ada/digits/runs/5e6f7a8b?nw=x"],
)
def test_one_run_by_its_id(cloud: CloudServer, name: str) -> None:
    [run] = lrdoctor.read(name)
    assert (run.name, run.hparams["lr"], len(run.series["train/loss"].value)) == ("seed 2/lr=0.2", 0.2, 60)
    assert {headers["Authorization"].split()[0] for headers in cloud.headers} == {"Basic"}


def test_one_run_by_its_name(cloud: CloudServer) -> None:
    [run] = lrdoctor.read("wandb:ada/digits/calm-owl-7")
    assert run.hparams["lr"] == 0.1


def test_a_project_of_too_many_runs_gives_the_newest(cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb_cloud, "MAX_RUNS", 1)
    loaded = load(["wandb:ada/digits"])
    assert [run.name for run in loaded.runs] == ["calm-owl-7"]
    [left_out] = loaded.unreadable
    assert left_out.path == "wandb:ada/digits/further runs"
    assert left_out.reason.startswith("3 runs, of which the newest 1 are read")
    assert not left_out.named
    [listed] = {asked["order"] for name, asked in cloud.asked if name == "Runs"}
    assert listed == "-created_at"


WRONG = [
    ("wandb:ada/nothing", wandb_failures.NO_PROJECT),
    ("wandb:ada/digits/nothing", wandb_failures.NO_RUN),
    ("wandb:ada/nothing/1a2b3c4d", wandb_failures.NO_RUN),
    ("wandb:ada/digits/00000000", "a run that logged no number: name another"),
]


@pytest.mark.parametrize(("name", "says"), WRONG)
def test_what_is_not_there_is_one_line(cloud: CloudServer, name: str, says: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        lrdoctor.read(name)
    assert str(caught.value) == f"{name}: {says}"


ANSWERS = [
    (giving(b'{"errors": [{"message": "invalid"}]}', code=401), wandb_failures.DENIED),
    (giving(b'{"errors": [{"message": "no"}]}', code=403), wandb_failures.DENIED),
    (giving(b"no", code=404), wandb_failures.NO_SERVER),
    (giving(b"<html>"), wandb_failures.NO_SERVER),
    (giving(b"oops", code=500), "W&B's server fails (status 500): try again later, or check WANDB_BASE_URL"),
]


@pytest.mark.parametrize(("answer", "says"), ANSWERS)
def test_servers_that_refuse_or_are_none(cloud: CloudServer, server: Server, answer: Any, says: str) -> None:
    server.answers = {"/graphql": answer}
    with pytest.raises(UnreadableError) as caught:
        lrdoctor.read("wandb:ada/digits")
    assert str(caught.value) == f"wandb:ada/digits: {says}"


def test_nobody_there(cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{free.getsockname()[1]}")
    with pytest.raises(UnreadableError, match=wandb_failures.UNREACHABLE):
        lrdoctor.read("wandb:ada/digits")


def test_nobody_is_asked_for_a_key(cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_API_KEY")
    with pytest.raises(UnreadableError, match=wandb_failures.NO_KEY):
        lrdoctor.read("wandb:ada/digits")


def test_a_key_that_is_none_is_not_shown(cloud: CloudServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "geheim")
    with pytest.raises(UnreadableError) as caught:
        lrdoctor.read("wandb:ada/digits")
    assert "geheim" not in str(caught.value)
    assert str(caught.value).startswith("wandb:ada/digits: access denied")


def test_a_server_that_never_answers_is_left(
    cloud: CloudServer, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wandb_process, "SILENCE", 3.0)
    server.answers = {"/graphql": server.slowly(b"", b"", 60)}
    with pytest.raises(UnreadableError, match=wandb_failures.LATE):
        lrdoctor.read("wandb:ada/digits")

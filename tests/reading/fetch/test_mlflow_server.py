"""`mlflow://HOST:PORT/EXPERIMENT`: a server on this machine that speaks MLflow's REST API, and MLflow's own."""

import importlib.util
import json
import math
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import mlflow_server
from tests.reading.fetch.servers import Handler, Server, giving, server

__all__ = ["server"]
API = "/api/2.0/mlflow/"
POINTS = [(1_700_000_000_000 + i, 3.0 - i / 20, 10 * i) for i in range(30)]


def sent(handler: Handler, told: object, code: int = 200) -> None:
    giving(json.dumps(told).encode(), code=code)(handler)


class Tracking:
    """As much of a tracking server as is asked: an experiment whose runs and points come in pages."""

    def __init__(self, server: Server) -> None:
        self.server, self.headers = server, list[dict[str, str]]()
        self.runs = [run("a" * 32, "calm-owl"), run("b" * 32, "wild-owl", lr="0.2")]
        self.points: list[tuple[int, object, int]] = list(POINTS)
        server.answers = {
            f"{API}experiments/get-by-name": self._experiment,
            f"{API}runs/search": self._search,
            f"{API}metrics/get-history": self._history,
        }

    def _query(self, handler: Handler) -> dict[str, str]:
        self.headers.append(dict(handler.headers))
        return {key: values[0] for key, values in parse_qs(urlsplit(handler.path).query).items()}

    def _experiment(self, handler: Handler) -> None:
        if self._query(handler)["experiment_name"] != "digits net":
            return sent(handler, {"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
        return sent(handler, {"experiment": {"experiment_id": "7", "name": "digits net"}})

    def _search(self, handler: Handler) -> None:
        asked = json.loads(handler.sent)  # type: ignore[attr-defined]
        assert asked["experiment_ids"] == ["7"]
        first = int(asked.get("page_token", 0))
        more = {"next_page_token": str(first + 1)} if first + 1 < len(self.runs) else {}
        sent(handler, {"runs": self.runs[first : first + 1], **more})

    def _history(self, handler: Handler) -> None:
        query = self._query(handler)
        first = int(query.get("page_token", 0))
        page = self.points[first : first + 20]
        told = [{"key": query["metric_key"], "timestamp": t, "value": v, "step": s} for t, v, s in page]
        more = {"next_page_token": str(first + 20)} if first + 20 < len(self.points) else {}
        sent(handler, {"metrics": told, **more})


def run(run_id: str, name: str, lr: str = "0.1", *keys: str) -> dict[str, Any]:
    metrics = [{"key": key, "value": 1.0, "timestamp": 1, "step": 1} for key in keys or ("train/loss",)]
    params = [{"key": "lr", "value": lr}, {"key": "../out", "value": "x"}]
    info = {"run_id": run_id, "run_name": name, "lifecycle_stage": "active"}
    return {"info": info, "data": {"metrics": metrics, "params": params}}


@pytest.fixture
def tracking(server: Server) -> Tracking:
    return Tracking(server)


def test_every_run_of_an_experiment_point_for_point(tracking: Tracking) -> None:
    runs = lrdoctor.read(f"mlflow://{tracking.server.at}/digits net")
    assert sorted((found.name, found.hparams["lr"]) for found in runs) == [("calm-owl", 0.1), ("wild-owl", 0.2)]
    loss = runs[0].series["train/loss"]
    assert list(zip(loss.step.tolist(), loss.value.tolist(), strict=True)) == [(s, v) for _, v, s in POINTS]
    assert runs[0].source.path.as_posix().startswith("mlflow:")
    assert dict(runs[0].hparams).keys() == {"lr"}


@pytest.mark.parametrize("name", ["wild-owl", "b" * 32])
def test_one_run_by_its_name_or_id(tracking: Tracking, name: str) -> None:
    [found] = lrdoctor.read(f"mlflow://{tracking.server.at}/digits%20net/{name}")
    assert found.name == "wild-owl"


def test_what_is_not_finite_is_kept(tracking: Tracking) -> None:
    tracking.points[3:6] = [
        (1_700_000_000_003, "NaN", 30),
        (1_700_000_000_004, math.inf, 40),
        (1_700_000_000_005, "x", 50),
    ]
    value = lrdoctor.read(f"mlflow://{tracking.server.at}/digits net")[0].series["train/loss"].value
    assert math.isnan(value[3])
    assert value[4] == math.inf
    assert len(value) == 29


@pytest.mark.parametrize(
    ("variables", "header"),
    [
        ({"MLFLOW_TRACKING_TOKEN": "t0ken"}, "Bearer t0ken"),
        ({"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "pw"}, "Basic YWRhOnB3"),
        ({}, None),
    ],
)
def test_who_asks_is_told_by_mlflows_own_variables(
    tracking: Tracking, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], header: str | None
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    lrdoctor.read(f"mlflow://{tracking.server.at}/digits net")
    assert {headers.get("Authorization") for headers in tracking.headers} == {header}


def test_metrics_that_a_file_store_cannot_hold_and_hostile_names_are_left_out(
    tracking: Tracking, tmp_path: Path
) -> None:
    tracking.runs = [run("c" * 32, "n", "0.1", "loss", "loss/train", "../../evil", "/etc/x"), run("../d", "n")]
    [found] = lrdoctor.read(f"mlflow://{tracking.server.at}/digits net")
    assert set(found.series) == {"loss"}
    assert list(tmp_path.iterdir()) == []


WRONG = [
    ("/nothing", "no such experiment"),
    ("", "names nothing|is named mlflow://"),
    ("/a/b/c", "is named mlflow://HOST:PORT/EXPERIMENT"),
    ("/digits net/other", "no run of that name"),
]


@pytest.mark.parametrize(("path", "reason"), WRONG)
def test_what_is_not_there_is_one_line(tracking: Tracking, path: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason) as caught:
        lrdoctor.read(f"mlflow://{tracking.server.at}{path}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (giving(b"{}", code=401), "access denied: set MLFLOW_TRACKING_TOKEN"),
        (giving(b"{}", code=500), "no MLflow server there .status 500"),
        (giving(b"<html>"), "no JSON object"),
        (giving(b"[1]"), "no JSON object"),
        (giving(b"", ("Location", "http://169.254.169.254/"), code=302), "no MLflow server there .status 302"),
        (giving(b'{"experiment": {"experiment_id": "../../x"}}'), "no such experiment"),
    ],
)
def test_servers_that_are_none(server: Server, answer: Any, reason: str) -> None:
    server.answers = {API: answer}
    with pytest.raises(UnreadableError, match=reason):
        lrdoctor.read(f"mlflow://{server.at}/digits")


def test_an_answer_without_end_is_left(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_server, "MAX_ANSWER", 10_000)
    server.answers = {API: giving(b"[" * 100_000)}
    with pytest.raises(UnreadableError, match="an answer of more than"):
        lrdoctor.read(f"mlflow://{server.at}/digits")


def test_a_password_has_no_place_in_the_address(server: Server) -> None:
    with pytest.raises(UnreadableError, match="MLFLOW_TRACKING_PASSWORD") as caught:
        lrdoctor.read(f"mlflow://ada:s3cret@{server.at}/digits")
    assert "s3cret" not in str(caught.value)


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnreadableError, match="is the server running"):
        lrdoctor.read(f"mlflow://127.0.0.1:{port}/digits")


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    """MLflow's own server, where it is installed."""
    if importlib.util.find_spec("mlflow") is None:
        pytest.skip("needs mlflow: pip install mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{free.getsockname()[1]}"
    host, port = at.split(":")
    command = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", port, "--workers", "1"]
    store = ["--backend-store-uri", f"sqlite:///{tmp_path}/m.db"]
    with subprocess.Popen([*command, *store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            for _ in range(120):
                with socket.socket() as asking:
                    if asking.connect_ex((host, int(port))) == 0:
                        break
                time.sleep(0.5)
            yield at
        finally:
            process.terminate()


def test_mlflows_own_server(real: str) -> None:
    import mlflow

    client = mlflow.MlflowClient(f"http://{real}")
    experiment = client.create_experiment("digits")
    run_id = client.create_run(experiment, run_name="calm-owl").info.run_id
    client.log_param(run_id, "lr", 0.1)
    for i in range(30):
        client.log_metric(run_id, "train/loss", 3.0 - i / 20 if i < 28 else math.nan, step=i)
    [found] = lrdoctor.read(f"mlflow://{real}/digits")
    assert (found.name, found.hparams["lr"]) == ("calm-owl", 0.1)
    assert found.series["train/loss"].value[:28].tolist() == [3.0 - i / 20 for i in range(28)]
    assert math.isnan(found.series["train/loss"].value[29])

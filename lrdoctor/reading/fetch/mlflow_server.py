"""An experiment on an MLflow tracking server -> its runs as MLflow's own file store, which a reader knows.

    mlflow://tracking.example.org/digits               over https
    mlflow://localhost:5000/digits                     over http where a port is named, as `mlflow server` speaks it
    mlflow://localhost:5000/digits/calm-owl-7          one run of it, by its name or id

It asks the server's REST API for what was logged, page by page, and nothing else.  Who asks is told by MLflow's own
variables: `MLFLOW_TRACKING_TOKEN`, or `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`.
Needs aiohttp: imported where such an address is read.
"""

import asyncio
import base64
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import aiohttp
import yarl

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.file_kinds import too_large
from lrdoctor.reading.fetch.addresses import Policy
from lrdoctor.reading.fetch.copying import safe_place
from lrdoctor.reading.fetch.quota import Budget
from lrdoctor.reading.fetch.watch import LONGEST, STALL
from lrdoctor.reading.fetch.web import CONNECT, Connector

API = "/api/2.0/mlflow/"
MAX_RUNS = 500
MAX_METRICS = 300  # of one run
MAX_ANSWER = 64 * 2**20  # bytes
PAGE_RUNS, PAGE_POINTS = 200, 25_000
AT_ONCE = 8
CHUNK = 1 << 16
_RUN_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def copy(base: str, into: Path, budget: Budget) -> Path:
    """Write the runs of the experiment that `base` names below `into`, as `mlruns/ID/RUN/metrics/KEY`.

    Raises:
        UnreadableError: there is no such experiment or run, the server does not answer, or asks who asks.
    """
    scheme, host, port, names = _named(base)
    server = _Server(yarl.URL.build(scheme=scheme, host=host, port=port), Policy(host.lower(), port))
    return asyncio.run(_copied(server, names, into, budget))


def _named(base: str) -> tuple[str, str, int, list[str]]:
    """Scheme, host, port, and the names of the experiment and perhaps the run."""
    url = yarl.URL(base)
    names = [unquote(part) for part in url.raw_path.split("/") if part]
    if url.user or url.password:
        raise UnreadableError(
            "a user in the address: who asks is told by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        )
    if not url.host or not 1 <= len(names) <= 2:
        raise UnreadableError("an MLflow server is named mlflow://HOST:PORT/EXPERIMENT, or with /RUN behind it")
    return ("https", url.host, 443, names) if url.port in {None, 443} else ("http", url.host, url.port or 0, names)


class _Server:
    """The server's REST API."""

    def __init__(self, root: yarl.URL, policy: Policy) -> None:
        self._root, self._policy = root, policy

    async def __aenter__(self) -> "_Server":
        headers = {"Accept-Encoding": "identity"} | _who_asks()
        timeout = aiohttp.ClientTimeout(total=LONGEST, sock_connect=CONNECT, sock_read=STALL)
        self._session = aiohttp.ClientSession(
            connector=Connector(self._policy), timeout=timeout, headers=headers, auto_decompress=False
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(
        self, what: str, *, query: Mapping[str, str] | None = None, told: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """The object that the server answers with; `told` is sent as JSON.  No redirect is followed."""
        url = self._root.with_path(API + what).with_query(query or {})
        method = "GET" if told is None else "POST"
        async with self._session.request(method, url, json=told, allow_redirects=False) as answer:
            if answer.status in {401, 403}:
                raise UnreadableError(
                    "access denied: set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
                )
            data = bytearray()
            async for chunk in answer.content.iter_chunked(CHUNK):
                data += chunk
                if len(data) > MAX_ANSWER:
                    raise UnreadableError(f"an answer of more than {MAX_ANSWER >> 20} MiB: name one run of it")
            if answer.status == 404 and what.startswith("experiments"):
                raise UnreadableError("no such experiment on that server: check the spelling")
            if answer.status != 200:
                raise UnreadableError(f"no MLflow server there (status {answer.status}): check host and port")
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise UnreadableError("no MLflow server there (its answer is no JSON object): check host and port")
        return found


def _who_asks() -> dict[str, str]:
    token, user = os.environ.get("MLFLOW_TRACKING_TOKEN"), os.environ.get("MLFLOW_TRACKING_USERNAME")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if not user:
        return {}
    both = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
    return {"Authorization": f"Basic {base64.b64encode(both.encode()).decode()}"}


async def _copied(server: _Server, names: list[str], into: Path, budget: Budget) -> Path:
    async with server:
        try:
            experiment = await _experiment(server, names[0])
            runs = await _runs(server, experiment, names[1] if len(names) > 1 else None)
            store = into / "mlruns" / experiment
            waiting = asyncio.Semaphore(AT_ONCE)
            await asyncio.gather(*(_write(server, run, store, budget, waiting) for run in runs))
        except aiohttp.ClientSSLError:
            raise UnreadableError("no secure connection: name the port where the server speaks http") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if isinstance(error.__cause__, UnreadableError):
                raise error.__cause__ from None
            raise UnreadableError(f"no answer ({type(error).__name__}): is the server running, at that port?") from None
    return into


async def _experiment(server: _Server, name: str) -> str:
    """The experiment's id, by its name or itself."""
    if name.isdecimal():
        told = await server.ask("experiments/get", query={"experiment_id": name})
    else:
        told = await server.ask("experiments/get-by-name", query={"experiment_name": name})
    found = told.get("experiment")
    number = found.get("experiment_id") if isinstance(found, dict) else None
    if not isinstance(number, str) or not _RUN_ID.fullmatch(number):
        raise UnreadableError("no such experiment on that server: check the spelling")
    return number


async def _runs(server: _Server, experiment: str, wanted: str | None) -> list[dict[str, Any]]:
    """The runs that were not deleted, newest first; the one that is wanted, by its name or id."""
    runs: list[dict[str, Any]] = []
    token = ""
    while True:
        asked: dict[str, object] = {"experiment_ids": [experiment], "max_results": PAGE_RUNS}
        told = await server.ask("runs/search", told=asked | ({"page_token": token} if token else {}))
        page = [run for run in _listed(told, "runs") if isinstance(run.get("info"), dict)]
        runs += [
            run for run in page if wanted is None or wanted in {run["info"].get("run_id"), run["info"].get("run_name")}
        ]
        token = str(told.get("next_page_token") or "")
        if not token or not page or len(runs) > MAX_RUNS:
            break
    if len(runs) > MAX_RUNS:
        raise UnreadableError(f"an experiment of more than {MAX_RUNS} runs: name one of them behind it")
    if not runs:
        raise UnreadableError("no run of that name there" if wanted else "an experiment without a run")
    return runs


async def _write(server: _Server, run: dict[str, Any], store: Path, budget: Budget, waiting: asyncio.Semaphore) -> None:
    """One run as a folder of the file store."""
    info, found = run["info"], run.get("data")
    data: dict[str, Any] = found if isinstance(found, dict) else {}
    run_id = str(info.get("run_id"))
    if not _RUN_ID.fullmatch(run_id):
        return
    folder = store / run_id
    meta = {key: info[key] for key in ("run_id", "run_name", "lifecycle_stage") if isinstance(info.get(key), str)}
    _save(folder / "meta.yaml", "".join(f"{key}: {json.dumps(value)}\n" for key, value in meta.items()), budget)
    for param in _listed(data, "params"):
        place = safe_place(str(param.get("key")))
        if place is not None:
            _save(folder / "params" / place, str(param.get("value")), budget)
    for metric in _listed(data, "metrics")[:MAX_METRICS]:
        key = str(metric.get("key"))
        place = safe_place(key)
        if place is not None:
            async with waiting:
                lines = await _history(server, run_id, key, budget.max_bytes)
            _save(folder / "metrics" / place, lines, budget)


async def _history(server: _Server, run_id: str, key: str, max_bytes: int) -> str:
    """Every point of a metric, as lines of the file store."""
    lines: list[str] = []
    size = 0
    token = ""
    while True:
        query = {"run_id": run_id, "metric_key": key, "max_results": str(PAGE_POINTS)}
        told = await server.ask("metrics/get-history", query=query | ({"page_token": token} if token else {}))
        page = _listed(told, "metrics")
        lines += [line for point in page if (line := _line(point))]
        size += sum(map(len, lines[-len(page) :]))
        if size > max_bytes:
            raise UnreadableError(too_large(None, max_bytes))
        token = str(told.get("next_page_token") or "")
        if not token or not page:
            return "".join(lines)


def _line(point: Mapping[str, Any]) -> str:
    """A point as a line; empty where it is none."""
    try:  # NaN comes in quotes
        value, time, step = float(point["value"]), int(point["timestamp"]), int(point.get("step", 0))
    except (KeyError, TypeError, ValueError, OverflowError):
        return ""
    return f"{time} {value!r} {step}\n"


def _listed(told: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = told.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _save(path: Path, text: str, budget: Budget) -> None:
    data = text.encode("utf-8", "replace")
    budget.file()
    budget.take(len(data), len(data))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return  # `loss` beside `loss/train`, which a file store cannot hold

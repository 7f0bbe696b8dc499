"""As much of W&B's server as its library asks: GraphQL on this machine, runs and rows that come in pages."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.reading.fetch.servers import Handler, Server, giving

Variables = Mapping[str, Any]
VIEWER = {"id": "V", "flags": "{}", "entity": "ada", "username": "ada", "email": "a@b.test", "teams": {"edges": []}}


class CloudServer:
    """Project `ada/digits`: runs by id; `rows` of each, by `_step`."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.asked: list[tuple[str, Variables]] = []
        self.headers: list[dict[str, str]] = []
        self.runs: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.exported: dict[str, bytes] = {}  # Parquet files by run, as W&B makes them of runs that ended
        self.page = 1  # runs
        self.answers: dict[str, Callable[[Variables], object]] = {
            "Viewer": lambda _: {"viewer": VIEWER},
            "GetDefaultEntity": lambda _: {"viewer": VIEWER},
            "Runs": lambda asked: self._project(asked, self._listed(asked)),
            "Run": lambda asked: self._project(asked, {"run": self.runs.get(asked["name"])}),
            "RunHistoryKeys": lambda asked: self._project(asked, {"run": self._keys(asked["name"])}),
            "RunParquetHistory": lambda asked: self._project(asked, {"run": {"parquetHistory": self._exported(asked)}}),
            "HistoryPage": lambda asked: self._project(asked, {"run": {"history": self._history(asked)}}),
            "RunHistory": lambda asked: self._project(asked, {"run": {"history": self._history(asked)}}),
        }
        server.answers = {"/graphql": self._answer}

    def add(self, run_id: str, name: str, config: Mapping[str, object], rows: list[dict[str, Any]]) -> None:
        wrapped = {key: {"value": value, "desc": None} for key, value in config.items()}
        self.runs[run_id] = {
            "id": f"Q{run_id}",
            "projectId": "1",
            "name": run_id,
            "displayName": name,
            "state": "finished",
            "config": json.dumps({"_wandb": {"value": {"t": 1}}, **wrapped}),
            "user": {"name": "A", "username": "a"},
            "createdAt": "2024-01-01T00:00:00Z",
            "heartbeatAt": "2024-01-01T00:00:00Z",
            "tags": [],
            "readOnly": True,
            "systemMetrics": "{}",
            "summaryMetrics": "{}",
            "historyLineCount": len(rows),
            "description": "",
            **dict.fromkeys(("sweepName", "group", "jobType", "commit", "notes")),
            "historyKeys": {"lastStep": rows[-1]["_step"] if rows else -1, "keys": {}},
        }
        self.rows[run_id] = rows

    def _answer(self, handler: Handler) -> None:
        asked = json.loads(handler.sent)  # type: ignore[attr-defined]
        name = asked["query"].replace("#graphql", "").split("{")[0].split("(")[0].split()[-1]
        variables = asked.get("variables") or {}
        self.asked.append((name, variables))
        self.headers.append(dict(handler.headers))
        told = {"data": self.answers[name](variables)}
        giving(json.dumps(told).encode(), ("Content-Type", "application/json"))(handler)

    def _project(self, asked: Variables, told: object) -> object:
        return {"project": told if (asked["entity"], asked["project"]) == ("ada", "digits") else None}

    def _listed(self, asked: Variables) -> object:
        only = json.loads(asked.get("filters") or "{}").get("display_name")
        runs = [run for run in self.runs.values() if only in {None, run["displayName"]}]
        first = int(asked.get("cursor") or 0)
        end = first + self.page
        edges = [{"node": run, "cursor": str(end)} for run in runs[first:end]]
        pages = {"endCursor": str(end), "hasNextPage": end < len(runs)}
        return {
            "internalId": "1",
            "runCount": len(runs),
            "readOnly": True,
            "runs": {"edges": edges, "pageInfo": pages},
        }

    def _exported(self, asked: Variables) -> object:
        run_id = asked["runName"]
        if run_id not in self.exported:
            return {"parquetUrls": [], "liveData": []}
        self.server.answers[f"/{run_id}.parquet"] = giving(self.exported[run_id])
        return {"parquetUrls": [f"http://{self.server.at}/{run_id}.parquet"], "liveData": []}

    def _keys(self, run_id: str) -> object:
        return {"historyKeys": self.runs[run_id]["historyKeys"]} if run_id in self.runs else None

    def _history(self, asked: Variables) -> list[str]:
        begin, end = asked["minStep"], asked["maxStep"]
        return [json.dumps(row) for row in self.rows[asked["run"]] if begin <= row["_step"] < end]

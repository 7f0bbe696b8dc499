"""W&B's own library, run as a program: what a run logged -> JSON lines on standard output.

    python wandb_library.py MOST ENTITY PROJECT [RUN]

A process of its own, since the library reads its settings once, from the environment, writes caches, starts a program
beside it (`wandb-core`), prints, and tries again for hours: all that is set, kept away and ended from outside
(`wandb_cloud`).  Nothing of lrdoctor is imported here, so that it starts at once.  Each line is one of

    {"run": {"id", "name", "state", "created_at", "config"}}
    {"row": {...}}                 one call of `run.log`, its numbers alone
    {"done": true}                 the run's last row was told; or, in its place,
    {"failed": "..."}              that the run cannot be had
    {"more": 1234}                 the project has so many runs, of which only the newest were told
    {"error": "...", "at": "..."}  nothing more comes; at: "library", "login", "project" or "run"
    {"end": true}
"""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TextIO

PAGE_RUNS = 50
PAGE_STEPS = 5_000  # a request each: of the library's 1,000, a log of every hundredth step would need ten times as many
TIMEOUT = 20  # seconds that one answer may take
MAX_FAILED = 3  # runs in a row: then it is no fault of theirs
MAX_CONFIG = 1 << 20  # characters; twice what is read of any file of settings
MAX_CAUSES = 6
MAX_SAID = 2_000  # characters of an error
MAX_DEPTH = 16
_MISSING = re.compile(r"could not find|not found|HTTP 404|do not have permission", re.IGNORECASE)
_NON_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})  # how the server spells what JSON cannot say


def numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a row is numbers, in dicts too: neither texts, nor pictures, tables and histograms (`_type`).

    >>> numbers({"loss": "NaN", "note": "x", "grad": {"_type": "histogram"}, "val": {"loss": 1.5, "at": None}})
    {'loss': 'NaN', 'val': {'loss': 1.5}}
    """
    return _numbers(row, 0)


def _numbers(row: Mapping[str, Any], depth: int) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, dict):
            inner = _numbers(value, depth + 1) if "_type" not in value and depth < MAX_DEPTH else {}
            if inner:
                kept[key] = inner
        elif isinstance(value, str):
            if value in _NON_FINITE:
                kept[key] = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            kept[key] = value
    return kept


def told(most: int, entity: str, project: str, run: str | None = None) -> Iterator[dict[str, Any]]:
    """What there is to say, as the module's docstring has it."""
    at = "library"
    try:
        import wandb

        at = "login"
        api = wandb.Api(timeout=TIMEOUT)
        path = f"{entity}/{project}"
        at = "project"
        if run is None:
            runs = api.runs(path, order="-created_at", per_page=PAGE_RUNS)
            yield from _all(runs, most)
            if len(runs) > most:
                yield {"more": len(runs)}
        else:
            at = "run"
            yield from _all(_named(api, path, run), most)
        yield {"end": True}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the library raises
        yield {"error": said(error), "at": at}


def _named(api: Any, path: str, run: str) -> Iterable[Any]:
    """The run of that id; else those of that name, which need not be one."""
    try:
        return [api.run(f"{path}/{run}")]
    except Exception as error:
        if not _MISSING.search(said(error)):
            raise
        runs: Iterable[Any] = api.runs(path, filters={"display_name": run}, order="-created_at", per_page=PAGE_RUNS)
        if next(iter(runs), None) is None:
            raise
        return runs


def _all(runs: Iterable[Any], most: int) -> Iterator[dict[str, Any]]:
    failed = 0
    for run in islice(runs, most):
        try:
            yield {"run": _head(run)}
            yield from ({"row": numbers(row)} for row in run.scan_history(page_size=PAGE_STEPS))
            yield {"done": True}
            failed = 0
        except Exception as error:
            failed += 1
            if failed == MAX_FAILED:
                raise
            yield {"failed": said(error)}


def _head(run: Any) -> dict[str, Any]:
    config = dict(run.config)
    fits = len(json.dumps(config, default=str)) <= MAX_CONFIG
    plain = {key: str(getattr(run, key, None) or "") for key in ("name", "state", "created_at")}
    return {"id": str(run.id), **plain, "config": config if fits else {}}


def said(error: BaseException | None) -> str:
    """An error and its causes; who asked classifies it, and shows none of it."""
    parts: list[str] = []
    while error is not None and len(parts) < MAX_CAUSES:
        response = getattr(error, "response", None)
        status = getattr(response, "http_status", None) or getattr(response, "status_code", None)
        parts.append(f"{type(error).__name__}: {str(error)[:MAX_SAID]}" + (f" (HTTP {status})" if status else ""))
        error = error.__cause__ or error.__context__
    return " | ".join(parts)


def main(arguments: list[str], out: TextIO) -> None:
    """Tell it all."""
    most, entity, project, *run = arguments
    for message in told(int(most), entity, project, *run):
        out.write(json.dumps(message, default=str) + "\n")
        if "row" not in message:
            out.flush()


if __name__ == "__main__":
    # The library, and what it starts, may print: on another standard output than this one.
    own = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    with own:
        main(sys.argv[1:], own)

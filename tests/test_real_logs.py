"""Every third-party file is read, with the facts known of it, or refused in one line; the table of them is printed.

Needs `--real-logs DIR`.  What must come out stands in `golden/real_logs.txt` (a line a file; figures, nothing of the
logs themselves), held against FORMATS.md by eye when it was accepted; the traps of each format are asserted one by one
in `tests/reading/formats/`.
"""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.reading.load import load
from lrdoctor.records.run import Run
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate

GOLDEN = Path(__file__).parent / "golden" / "real_logs.txt"
TABLE = pytest.StashKey[dict[str, str]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = metafunc.config.getoption("--real-logs")
    for kind, found in (("real_file", files), ("real_folder", folders)):
        if kind in metafunc.fixturenames:
            names = found(folder) if isinstance(folder, Path) else []
            metafunc.parametrize(kind, names)


def files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.parent != folder
    )


def folders(folder: Path) -> list[str]:
    return sorted(f"{path.name}/" for path in folder.iterdir() if path.is_dir())


def described(run: Run) -> str:
    """What a run holds, on one line."""
    roles = assign_roles(run)
    lr, _ = learning_rate(run, roles)
    parts = [run.source.format, f"{len(run.series)} series"]
    for part, tag in (("loss", roles.loss), ("validation", roles.val_loss), ("LR", roles.lr)):
        if tag is not None:
            points = run.series[tag]
            finite = points.value[np.isfinite(points.value)]
            values = f", {finite.min():.4g} to {finite.max():.4g}" if part == "LR" and len(finite) else ""
            broken = len(points) - len(finite)
            parts.append(
                f"{part} {tag}: {len(points)} points, {run.step_axis} {points.step[0]:g} to {points.step[-1]:g}{values}"
                + (f", {broken} not finite" if broken else "")
            )
    parts.append("no LR" if lr is None else f"peak LR {lr:.4g}")
    parts += sorted({note.code for note in run.notes})
    return "; ".join(parts)


def line(path: Path) -> str:
    """What comes of a file or a folder: its runs, or why there is none."""
    loaded = load([path])
    if not loaded.runs:
        (refused, *more) = loaded.unreadable
        assert "\n" not in refused.reason
        return f"refused: {refused.reason}" + (f" (and {len(more)} more)" if more else "")
    if len(loaded.runs) > 1:
        formats = Counter(run.source.format for run in loaded.runs)
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(formats.items()))
        return f"{len(loaded.runs)} runs ({kinds}); the first: {described(loaded.runs[0])}"
    return described(loaded.runs[0])


def known() -> dict[str, str]:
    text = GOLDEN.read_text(encoding="utf-8") if GOLDEN.exists() else ""
    return dict(entry.split(" | ", 1) for entry in text.splitlines())


def hold(request: pytest.FixtureRequest, name: str, seen: str) -> None:
    table = request.config.stash.setdefault(TABLE, {})
    table[name] = seen
    if not request.config.getoption("--accept"):
        assert seen == known().get(name), f"{name} is not as in {GOLDEN.name}: see the README beside it"


def test_a_real_file_is_read_or_refused(real_file: str, real_logs: Path, request: pytest.FixtureRequest) -> None:
    hold(request, real_file, line(real_logs / real_file))


def test_a_real_folder_is_a_tree_of_runs(real_folder: str, real_logs: Path, request: pytest.FixtureRequest) -> None:
    hold(request, real_folder, line(real_logs / real_folder))


def test_the_table_is_complete(real_logs: Path, request: pytest.FixtureRequest) -> None:
    """Runs last: writes the table when asked to accept it, and holds it against the files there are."""
    table = request.config.stash.get(TABLE, {})
    if len(table) < len(files(real_logs)) + len(folders(real_logs)):
        pytest.skip("only a part of the files was asked for")
    if request.config.getoption("--accept"):
        text = "".join(f"{name} | {seen}\n" for name, seen in sorted(table.items()))
        assert os.fspath(real_logs) not in text
        GOLDEN.write_text(text, encoding="utf-8")
    assert set(known()) == set(table)

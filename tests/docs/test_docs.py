"""The docs: every command and every Python block in them runs, every link leads somewhere, the demo is what it says."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.batch import Choice, judge

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"(?:<!-- (not run|exit): ([^>]*?) -->\n+)?^( *)```(\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> Iterator[tuple[str, str, int]]:
    """Page, text and expected exit code of every block that is to be run."""
    for page in PAGES:
        for mark, value, _, kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if kind == language and mark != "not run":
                yield page.name, text, int(value) if mark else 0


def skipped() -> list[str]:
    return [value for page in PAGES for mark, value, *_ in BLOCK.findall(page.read_text("utf-8")) if mark == "not run"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sample_logs").symlink_to(ROOT / "sample_logs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


@pytest.mark.parametrize(("page", "text", "code"), list(blocks("console")))
def test_a_command_in_the_docs_runs(page: str, text: str, code: int, folder: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        command = shlex.split(line)
        assert command[0] == "lrdoctor", f"{page}: {line}"
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "lrdoctor", *command[1:]], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == (code if line == lines[-1] else 0), f"{page}: {line}: {done.stderr}"


@pytest.mark.parametrize(("page", "text", "code"), list(blocks("python")))
def test_python_in_the_docs_runs(page: str, text: str, code: int, folder: Path) -> None:
    exec(compile(text, page, "exec"), {})  # noqa: S102 - our own docs


def test_little_is_left_out_and_each_time_for_a_reason() -> None:
    assert sorted(skipped()) == ["installs", "needs a cluster"]
    assert len(list(blocks("console"))) >= 10


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as mkdocs and GitHub make them."""
    found = set()
    for line in page.read_text(encoding="utf-8").splitlines():
        if (heading := re.match(r"#+ (.*?)(?: \{ #([\w-]+) \})?$", line)) is not None:
            plain = re.sub(r"[^\w\s-]", "", heading[1].lower()).strip()
            found |= {heading[2] or "", re.sub(r"[\s]+", "-", plain)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for goal in re.findall(r"\]\(([^)\s]+)\)", text):
        if goal.startswith("https://"):
            assert goal.startswith(("https://arxiv.org/abs/", "https://doi.org/"))
            continue
        name, _, anchor = goal.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {goal}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {goal}"


def test_the_demo_is_eight_runs_of_every_verdict() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    names = re.search(r"^DEMO := \$\(addprefix sample_logs/,(.*)\)$", makefile, re.MULTILINE)
    assert names is not None
    report = judge([str(ROOT / "sample_logs" / name) for name in names[1].split()], Choice())
    assert len(report.diagnoses) == 8
    assert {d.verdict for d in report.diagnoses} == set(lrdoctor.Verdict)
    assert len({d.run.source.format for d in report.diagnoses}) >= 3
    assert [len(sweep.placed) for sweep in report.sweeps] == [3]


def test_generated_pages_are_as_the_code_has_it() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(ROOT / "docs/pages.py"), "--check"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")

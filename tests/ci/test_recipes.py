"""What CI servers are given: the action's steps run as they would there, the recipes' commands as they stand."""

import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}


def env_of(step: dict[str, Any], values: dict[str, str]) -> dict[str, str]:
    """A step's variables, its expressions resolved as GitHub does."""

    def resolved(text: str) -> str:
        return re.sub(r"\$\{\{ *([\w.-]+) *\}\}", lambda found: values[found[1]], text)

    return {name: resolved(text) for name, text in step.get("env", {}).items()}


class Job:
    """A job of GitHub Actions: variables, a step's outputs, its summary."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder = folder
        defaults = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        self.values = {f"inputs.{name}": value for name, value in (defaults | given).items()}
        bin_ = folder / "bin"
        bin_.mkdir()
        for name, script in (
            ("lrdoctor", f'exec {shlex.quote(sys.executable)} -m lrdoctor "$@"'),
            ("python", 'echo "$@" >> "$INSTALLED"'),
        ):
            (bin_ / name).write_text(f"#!/bin/sh\n{script}\n")
            (bin_ / name).chmod(stat.S_IRWXU)

    def run(self, name: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[name]
        outputs = self.folder / "outputs"
        env = {
            **{key: os.environ[key] for key in ("HOME", "LANG", "PYTHONPATH") if key in os.environ},
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "INSTALLED": str(self.folder / "installed"),
            **env_of(step, self.values),
        }
        done = subprocess.run(  # noqa: S603
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder, env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if outputs.exists():
            pairs = (line.split("=", 1) for line in outputs.read_text().splitlines())
            self.values |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in pairs}
        return done


@pytest.mark.parametrize(
    ("paths", "fail_on", "code", "failed"),
    [
        ("{logs}/diverged-to-nan", "divergent", 1, "true"),
        ("{logs}/diverged-to-nan", "", 0, "false"),
        ("{logs}/diverged-to-nan\n{logs}/too-high", "too-high>=80%", 1, "true"),
        ("gone.csv", "divergent", 2, "false"),
    ],
)
def test_the_actions_steps_install_diagnose_and_gate(
    paths: str, fail_on: str, code: int, failed: str, tmp_path: Path
) -> None:
    job = Job(tmp_path, paths=paths.format(logs=ROOT / "sample_logs"), fail_on=fail_on, version="lrdoctor==9")
    assert job.run("Install lrdoctor").returncode == 0
    assert (tmp_path / "installed").read_text() == "-m pip install --quiet lrdoctor==9\n"
    done = job.run("Diagnose")
    assert done.returncode == 0, done.stderr
    assert job.values["steps.diagnose.outputs.failed"] == failed
    if code != 2:
        assert {file.name for file in (tmp_path / "lrdoctor-report").iterdir()} >= {
            "report.html", "report.json", "report.sarif", "report.xml",
        }  # fmt: skip
        assert (tmp_path / "summary.md").read_text().startswith("## ")
    assert job.run("Gate").returncode == code


@pytest.mark.parametrize("hostile", ["$(touch pwned)", "`touch pwned`", "; touch pwned", "--output=/etc/x", "*"])
def test_an_input_is_never_run(hostile: str, tmp_path: Path) -> None:
    job = Job(tmp_path, paths=hostile, fail_on=hostile)
    job.run("Diagnose")
    assert not (tmp_path / "pwned").exists()


def test_no_step_puts_an_expression_into_its_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")


def commands(text: str) -> list[list[str]]:
    """The lrdoctor commands of a recipe."""
    joined = re.sub(r"\\\n\s*", " ", text)
    found = re.findall(r"lrdoctor (?:diagnose|sweep|replay)[^\n]*", joined)
    return [shlex.split(re.sub(r"'''?$", "", line).strip())[1:] for line in found]


def test_the_recipes_commands_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lrdoctor.cli.main import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").symlink_to(ROOT / "sample_logs" / "diverged-to-nan")
    gitlab = yaml.safe_load((ROOT / "docs/ci/gitlab-ci.yml").read_text(encoding="utf-8"))
    jenkins = (ROOT / "docs/ci/Jenkinsfile").read_text(encoding="utf-8")
    hook = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    every = [*commands("\n".join(gitlab["learning-rates"]["script"])), *commands(jenkins)]
    assert len(every) == 2
    for command in every:
        assert main(command) == 1, "what diverged fails"
    assert (tmp_path / "gl-code-quality-report.json").exists()
    assert main([*shlex.split(hook["entry"])[1:], "runs"]) == 1
    assert re.search(hook["files"], "logs/run3/metrics.csv")
    assert not re.search(hook["files"], "src/train.py")

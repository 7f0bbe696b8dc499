"""Secrets planted in logs of several formats: none is seen in a report, in `inspect` or on stderr."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.cli.main import main
from lrdoctor.records.report import Report
from lrdoctor.records.run import Note, Run, Series
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report import RENDERERS
from lrdoctor.report.redacted import redacted
from lrdoctor.report.renderer import Options
from tests import event_logs
from tests.event_logs import scalar
from tests.redaction.planted import BY_NAME, BY_VALUE, CORE, DRAWN, ORDINARY
from tests.report import examples as ex
from tests.report import sweep_examples

SECRET = f"plain {CORE}"
TOKEN = "hf_" + DRAWN


def rows(lr: float) -> str:
    loss = 2.0 * np.exp(-np.arange(60) * lr * 20) + 0.2
    return "step,loss,lr\n" + "".join(f"{i},{value:.5f},{lr}\n" for i, value in enumerate(loss))


def planted_settings() -> dict[str, str]:
    return dict.fromkeys(BY_NAME, SECRET) | {f"v{i}": said for i, said in enumerate(BY_VALUE)}


def as_csv(folder: Path) -> None:
    for i, lr in enumerate((0.01, 0.03, 0.1)):
        run = folder / f"run_{TOKEN}_{i}"
        run.mkdir()
        (run / "metrics.csv").write_text(rows(lr))
        (run / "hparams.yaml").write_text(json.dumps(planted_settings() | {"seed": i, "tokens": {"hub": f"{CORE}{i}"}}))


def as_json_lines(folder: Path) -> None:
    lines = [{"step": i, "loss": 2.0 / (1 + i), f"password={CORE}": 0.5, "lr": 0.1} for i in range(60)]
    (folder / f"{TOKEN}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def as_trainer_state(folder: Path) -> None:
    history = [{"step": i, "loss": 2.0 / (1 + i), "learning_rate": 0.1, "epoch": i / 10} for i in range(60)]
    (folder / f"key={TOKEN}").mkdir()
    (folder / f"key={TOKEN}" / "trainer_state.json").write_text(json.dumps({"log_history": history, "global_step": 60}))


def as_hydra(folder: Path) -> None:
    (folder / ".hydra").mkdir()
    (folder / "metrics.csv").write_text(rows(0.1))
    nested = {"secrets": {"db": SECRET}, "tracker": {"wandb": {"key": SECRET}}, "api_keys": [SECRET], "lr": 0.1}
    (folder / ".hydra" / "config.yaml").write_text(json.dumps(nested))
    (folder / ".hydra" / "overrides.yaml").write_text(json.dumps([f"+hub_token={CORE}", "lr=0.1"]))


def as_event_file(folder: Path) -> None:
    points = [scalar(tag, i, 2.0 / (1 + i)) for i in range(60) for tag in ("loss", f"token={CORE}")]
    event_logs.write(folder / f"events.out.tfevents.1742826235.{CORE}.1078.0", points)


def as_console_log(folder: Path) -> None:
    head = f"Namespace(lr=0.1, hub_token='{CORE}', api_key='{CORE}')\nlogin password: {CORE}\n"
    body = "".join(f"step {i} loss {2.0 / (1 + i):.4f} lr 0.1\n" for i in range(60))
    (folder / f"train_{TOKEN}.log").write_text(head + body)


def as_nothing(folder: Path) -> None:
    (folder / f"a_{TOKEN}.csv").write_text(rows(0.1))
    (folder / f"password={CORE}.json").write_text("{")
    (folder / f"events.out.tfevents.1742826235.{CORE}.1078.0").write_bytes(b"torn")


KINDS = (as_csv, as_json_lines, as_trainer_state, as_hydra, as_event_file, as_console_log, as_nothing)


@pytest.mark.parametrize("write", KINDS)
def test_nothing_planted_is_seen(
    tmp_path: Path, write: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    write(logs)
    written = [str(path) + (path.read_text(errors="replace") if path.is_file() else "") for path in logs.rglob("*")]
    assert CORE in "".join(written)
    targets = [tmp_path / f"report{suffix}" for suffix in (".txt", ".json", ".html")]
    options = [word for target in targets for word in ("-o", str(target))]
    assert main(["diagnose", str(logs), *options, "--fail-on", "divergent"]) in {0, 1}
    assert main(["inspect", str(logs)]) == 0
    assert main(["inspect", str(logs), "--format", "json"]) == 0
    assert main(["sweep", str(logs), "--together"]) in {0, 2}
    out, err = capsys.readouterr()
    for said in (out, err, *(target.read_text() for target in targets)):
        assert CORE.lower() not in said.lower()
    assert "loss" in targets[1].read_text(), "something was read"


def test_lines_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / f"run_{TOKEN}"
    place.mkdir()
    for arguments in (["diagnose", str(place)], ["diagnose", f"https://ada:{CORE}@127.0.0.1:9/x?token={CORE}"]):
        assert main(arguments) == 2
    (place / "a.csv").write_text(rows(0.1))
    assert main(["diagnose", str(place), "--loss", f"password={CORE}", "--format", "json"]) == 2
    assert main(["diagnose", str(place), "-o", str(tmp_path / f"{TOKEN}.html")]) == 0
    out, err = capsys.readouterr()
    assert err.count("\n") >= 4
    assert CORE.lower() not in (out + err).lower()


def planted_run(run: Run) -> Run:
    loss = next(iter(run.series.values()))
    return replace(
        run,
        name=f"run_{TOKEN}",
        series={**run.series, f"a/token={CORE}": loss, "other": Series(loss.step, loss.value)},
        hparams=planted_settings() | ORDINARY,
        source=replace(run.source, path=Path(f"/home/ada/{TOKEN}"), why=f"a header with password={CORE}"),
        notes=[Note("skipped", f"line 3: {said}", f"a/token={CORE}") for said in BY_VALUE],
    )


def test_every_field_of_a_report_in_every_format() -> None:
    one = ex.too_slow()
    said = [f"what it says: {text}" for text in BY_VALUE]
    finding = replace(one.findings[0], message=said[0], caveat=said[1], series=f"a/token={CORE}")
    bad = replace(
        one,
        run=planted_run(one.run),
        lr_source=said[2],
        reason=said[3],
        findings=(finding,),
        roles=replace(one.roles, val_loss=f"a/token={CORE}", why={"loss": said[4]}),
    )
    sweep = replace(
        sweep_examples.usual(ex.too_slow(), ex.well_tuned(), ex.too_high()),
        title=said[5],
        differs=[(name, (CORE, SECRET)) for name in BY_NAME] + [(f"v{i}", (said,)) for i, said in enumerate(BY_VALUE)],
        apart=(("hfToken", CORE),),
    )
    report = Report((bad, *sweep.diagnoses), [Unreadable(f"/home/ada/{text}", text) for text in BY_VALUE], (sweep,))
    for known in RENDERERS:
        shown = known.render(report, Options())
        assert CORE.lower() not in shown.lower(), known.name
        assert "/home/ada" not in shown
    data = json.loads(RENDERERS[1].render(report, Options()))
    run = next(run for run in data["runs"] if run["place"] is None)
    hparams = run["hparams"]
    assert {name: hparams[name] for name in ORDINARY} == ORDINARY
    assert run["roles"]["val_loss"] in {series["tag"] for series in run["series"]}
    assert len(data["sweeps"][0]["runs"]) == len(sweep.diagnoses), "what was one object is one still"


def test_a_report_without_secrets_stays_what_it_is() -> None:
    report = Report((ex.too_slow(), ex.divergent()))
    assert redacted(report) is report

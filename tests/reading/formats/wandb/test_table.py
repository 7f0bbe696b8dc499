"""Tables with one row a run: recognised and refused with a hint."""

from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.wandb.table import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Source
from tests.reading.formats.line_logs import knows, written

OWN = '"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","train/loss"\n'


def own_row(name: str) -> str:
    return f'"{name}","finished","-","ada","","2026-05-25T14:08:33.000Z","732","","0.1","1.5"\n'


CASES = [
    ("W&B's table", OWN + own_row("a") + own_row("b"), True),
    ("with one run", OWN + own_row("a"), True),
    ("of runs with one name", OWN + own_row("a") * 2, True),
    ("with iter among the last values", OWN.replace("lr", "iter") + own_row("a"), True),
    ("W&B's columns hidden", "Name,model,acc\na,gcn,0.5\nb,gat,0.6\n", True),
    ("run_name first", "run_name,lr,final_loss\nbase,0.1,1.5\nrope,0.1,1.4\n", True),
    ("saved by pandas", ",run_name,lr,loss\n0,base,0.1,1.5\n1,rope,0.1,1.4\n", True),
    ("the script in W&B's documentation", ",summary,config,name\n0,{'loss': 1},{'lr': 2},\"a\"\n", True),
    ("runs below each other", "run,step,loss\na,0,2\na,1,1\nb,0,2\n", False),
    ("a name for each step", "name,step,loss\nckpt-1,100,2\nckpt-2,200,1\n", False),
    ("numbers under run", "run,lr,loss\n1,0.1,2\n2,0.2,3\n", False),
    ("a curve", "step,loss\n0,2\n1,1\n", False),
    ("a curve with a phase", "epoch,phase,loss\n0,train,2\n0,val,1\n", False),
    ("one row says nothing", "name,model,acc\na,gcn,0.5\n", False),
    ("commas alone", ",,,,\n,,,,\n", False),
    ("nothing", "", False),
    ("JSON", '{"Name": 1, "State": 2}\n', False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "wandb_export.csv")) is known


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableError) as error:
        READER.read(Source(path, (path,), READER.name, "test"))
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (OWN + own_row("a") + own_row("b"), "a W&B runs table (2 runs)"),
        (OWN + own_row("a"), "a W&B runs table (1 run)"),
        ("run_name,lr,loss\nbase,0.1,1.5\nrope,0.1,1.4\n", "a runs table (2 runs)"),
    ],
)
def test_the_refusal_counts_the_runs_and_says_what_to_export(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "wandb_export.csv"
    path.write_text(text)
    hint = "it has one row a run and no curve: export the chart (CSV) or run.history() instead"
    assert refusal(path) == f"{found}: {hint}"


def test_the_reader_says_that_it_refuses() -> None:
    assert READER.refuses


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("bowen/wandb_export.csv", "a W&B runs table (54 runs)"),
        ("lucas/wandb_export.csv", "a W&B runs table (64 runs)"),
        # No export of W&B's, but what its user made of one: settings and final losses, a row a run.
        ("lucas/metrics.csv", "a runs table (12 runs)"),
    ],
)
def test_real_tables(real_logs: Path, file: str, found: str) -> None:
    path = real_logs / "wandb_table" / file
    assert READER.recognise(look(path))
    assert refusal(path).startswith(found)


def test_no_other_real_log_is_refused(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and "wandb_table" not in path.parts]
    assert len(files) > 100
    assert [path for path in files if READER.recognise(look(path))] == []

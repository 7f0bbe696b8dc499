"""Why a table is no training, kind by kind, and what is not refused though it looks alike; see `test_not_trainings`."""

import math
import random
from pathlib import Path

import pytest

from lrdoctor.reading.load import load

RANDOM = random.Random(3)  # noqa: S311 - no secret


def column(kind: str, i: int, rows: int) -> str:
    """A cell of a column that counts, falls, rises, is drawn, is of examples, or lists names, days or constants."""
    return {
        "count": str(i + 1),
        "double": str(2**i),
        "falls": f"{2 * math.exp(-3 * i / rows) + 0.2:.5f}",
        "rises": f"{0.2 + 0.1 * i:.5f}",
        "flat": f"{2.3 + RANDOM.gauss(0, 0.05):.5f}",
        "drawn": str(RANDOM.choice([16, 32, 64, 128])),
        "error": f"{RANDOM.lognormvariate(0, 0.8):.5f}",
        "name": f"item_{i}",
        "day": f"2021-{1 + i // 28:02d}-{1 + i % 28:02d}",
        "same": "0.001",
        "same2": str(i // 2),
        "time": f"00:{10 + RANDOM.randrange(50)}",
    }[kind]


def refusal(folder: Path, header: str, kinds: str, rows: int = 12) -> str:
    """What is said of a table; empty where it is read as a run."""
    lines = [header, *(",".join(column(kind, i, rows) for kind in kinds.split()) for i in range(rows))]
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    loaded = load([path])
    return "" if loaded.runs else loaded.unreadable[0].reason


REFUSED = [
    ("lead_days,mse,r2", "count rises drawn", "scores by lead_days"),
    ("step,mse,mae", "count rises rises", "scores by step"),
    ("steps,mse,rmse", "double rises rises", ""),  # a few steps that double are checkpoints
    ("site,lead,mse", "name count error", "different site in each row"),
    ("image_id,loss", "count error", "scores by image_id"),
    ("id,y_true,y_pred,loss", "count error error error", "predictions (y_true, y_pred)"),
    ("step,label,prob,loss", "count drawn error error", "predictions (label, prob)"),
    ("trial,lr,dropout,val_loss", "count error drawn error", "settings (lr, dropout)"),
    ("iteration,lr,batch_size,loss", "count error drawn error", "settings (lr, batch_size)"),
    ("date,loss", "day error", "a series in time"),
    ("k,stop_loss", "count error", "stop_loss: losses of no training"),
    ("timestep,temperature,pressure", "count error error", "measurements (temperature, pressure)"),
    ("iteration,latency_ms", "count error", "measurements (latency_ms)"),
    ("hidden_dim,train_loss,val_loss", "double falls rises", "scores by hidden_dim"),
    ("n,loss", "double falls", "scores by n"),
    ("lr,loss", "double error", "scores by lr"),
    ("loss,dice", "error error", "neither falls nor goes on"),
    (",loss", "name error", "different name in each row"),
    ("timestep,simulation,bank_loss", "count drawn name", "scores by timestep"),
    ("task,iteration,auc", "name same2 error", "different task in each row"),
    ("variant,epoch,val_loss", "name drawn error", "different variant in each row"),
]


@pytest.mark.parametrize(("header", "kinds", "says"), REFUSED, ids=[case[0] for case in REFUSED])
def test_tables_of_results(tmp_path: Path, header: str, kinds: str, says: str) -> None:
    said = refusal(tmp_path, header, kinds, rows=20 if "double" not in kinds else 8)
    assert says in said
    assert not says or "no training curve" in said


READ = [
    ("epoch,loss", "count rises"),
    ("epoch,mse,mae", "count rises rises"),
    ("step,loss,mae", "count rises rises"),
    ("step,mse", "count rises"),
    ("loss", "flat"),
    ("loss", "error"),
    (",loss", "count error"),
    ("train_loss", "error"),
    ("train_loss,val_loss", "flat flat"),
    ("loss,val_loss", "error error"),
    ("k,loss,lr", "count flat same"),
    ("my_counter,train_loss", "count error"),
    ("epoch,train_loss,checkpoint", "count falls name"),
    ("loss,time", "falls time"),
    ("step,loss,throughput,memory_mb", "count falls error error"),
    ("model,epoch,loss", "same count falls"),
    ("step,x,y,loss", "count error error falls"),
    ("step,loss,memory_mb,throughput", "count same error error"),
    ("step,loss", "count same"),
    ("step,loss,batch_size,seq_len", "count falls drawn drawn"),
    ("timestamp,loss,lr,batch_size", "count falls same drawn"),
    ("step,learning_rate", "count falls"),
    ("jaccard,loss,val_jaccard,val_loss", "drawn flat drawn flat"),
]


@pytest.mark.parametrize("rows", [8, 40])
@pytest.mark.parametrize(("header", "kinds"), READ, ids=[" ".join(case) for case in READ])
def test_tables_of_trainings(tmp_path: Path, header: str, kinds: str, rows: int) -> None:
    assert refusal(tmp_path, header, kinds, rows) == ""


def test_a_folder_says_what_its_first_table_is(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("age,income,loss\n" + "3,5,1\n2,9,4\n7,1,3\n" * 9, encoding="utf-8")
    [unreadable] = load([tmp_path]).unreadable
    assert "no training log among 1 file (1 .csv); notes.csv is a table (age, income, loss)" in unreadable.reason


def test_lists_of_objects_are_tables_too(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_text(
        '[{"epoch": 3, "variant": "a", "loss": 1}, {"epoch": 3, "variant": "b", "loss": 2}]', encoding="utf-8"
    )
    assert "different variant in each row" in load([path]).unreadable[0].reason
    path.write_text('{"epoch": [1, 2, 3], "loss": [3, 2, 1], "names": ["a", "b", "c"]}', encoding="utf-8")
    assert len(load([path]).runs) == 1

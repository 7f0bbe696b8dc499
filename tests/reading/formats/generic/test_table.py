"""Tables with a row a step: what is read, how restarts and long tables are taken, what is refused."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.parsing.head import look
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.reading.formats.line_logs import codes
from tests.reading.formats.tables import points, read_all, read_one, written


def test_lightnings_sparse_rows(tmp_path: Path) -> None:
    (tmp_path / "hparams.yaml").write_text("lr: 0.001\n")
    text = "epoch,lr-AdamW,step,train_loss_step,val_loss\n,0.001,4,,\n0,,4,1.5,\n,0.0009,9,,\n0,,9,nan,\n0,,9,,2.5\n"
    run = read_one(written(tmp_path, text))
    assert run.step_axis == "step"
    assert points(run, "lr-AdamW") == [(4, 0.001), (9, 0.0009)]
    assert points(run, "val_loss") == [(9, 2.5)]
    assert points(run, "epoch") == [(4, 0), (9, 0), (9, 0)]
    assert math.isnan(run.series["train_loss_step"].value[1])
    assert run.hparams == {"lr": 0.001}


def test_a_series_without_repeated_steps_is_sorted(tmp_path: Path) -> None:
    rows = "".join(f"{s},,0.1\n" for s in (0, 20, 10, 40, 30)) + "".join(f"{s},{s},\n" for s in (0, 10, 20))
    run = read_one(written(tmp_path, "step,loss,lr\n" + rows))
    assert [step for step, _ in points(run, "lr")] == [0, 10, 20, 30, 40]
    assert "restart" not in codes(run)


@pytest.mark.parametrize("rows", [3, 20])
def test_newest_first_is_turned_round(tmp_path: Path, rows: int) -> None:
    run = read_one(written(tmp_path, "step,loss\n" + "".join(f"{s},{s}\n" for s in range(rows, 0, -1))))
    assert points(run, "loss") == [(s, s) for s in range(1, rows + 1)]
    assert codes(run) == []


def test_a_restart_drops_what_was_logged_past_it(tmp_path: Path) -> None:
    rows = [f"{s},{s}," for s in range(10)] + [f"{s},{100 + s}," for s in range(6, 12)] + ["11,,7"]
    run = read_one(written(tmp_path, "step,loss,val_loss\n" + "\n".join(rows) + "\n"))
    assert points(run, "loss") == [(s, s) for s in range(6)] + [(s, 100 + s) for s in range(6, 12)]
    assert points(run, "val_loss") == [(11, 7)]
    (note,) = run.notes
    assert (note.code, note.step) == ("restart", 6)


def test_five_restarts(tmp_path: Path) -> None:
    attempts = [range(30), range(10, 40), range(20, 50), range(30, 60), range(40, 70), range(50, 100)]
    rows = "".join(f"{s},{i}\n" for i, attempt in enumerate(attempts) for s in attempt)
    run = read_one(written(tmp_path, "step,loss\n" + rows))
    assert points(run, "loss") == [(float(s), float(min(s // 10, 5))) for s in range(100)]
    assert codes(run) == ["restart"] * 5


LEARNING = [2.0, 1.5, 1.2, 1.0]


def test_epochs_from_0_again_where_the_loss_goes_on(tmp_path: Path) -> None:
    rows = [f"{e},{v}" for e, v in enumerate(LEARNING)] + [f"{e},{v}" for e, v in enumerate([0.95, 0.9])]
    run = read_one(written(tmp_path, "epoch,loss\n" + "\n".join(rows) + "\n"))
    assert points(run, "loss") == list(enumerate([*LEARNING, 0.95, 0.9]))
    (note,) = run.notes
    assert note.code == "restart"
    assert "goes on" in note.message


@pytest.mark.parametrize("before", [LEARNING, [2.0, 1.0, math.nan]])
def test_epochs_from_0_again_where_the_loss_starts_anew(tmp_path: Path, before: list[float]) -> None:
    rows = [f"{e},{v}" for e, v in enumerate(before)] + ["0,1.9", "1,1.4"]
    run = read_one(written(tmp_path, "epoch,loss\n" + "\n".join(rows) + "\n"))
    assert points(run, "loss") == [(0, 1.9), (1, 1.4)]
    assert codes(run) == ["restart"]


def test_batches_counted_within_an_epoch(tmp_path: Path) -> None:
    rows = [f"{epoch},{batch},{10 * epoch + batch}" for epoch in range(3) for batch in range(0, 10, 2)]
    run = read_one(written(tmp_path, "epoch,iter,loss\n" + "\n".join(rows) + "\n"))
    assert points(run, "loss") == [(v, v) for v in range(0, 30, 2)]
    assert (run.step_axis, codes(run)) == ("iter", ["steps-invented"])
    without = read_one(written(tmp_path, "iter,loss\n" + "\n".join(row.split(",", 1)[1] for row in rows) + "\n"))
    assert points(without, "loss") == points(run, "loss")


def test_rows_finer_than_their_epochs_are_numbered(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "epoch,loss\n" + "".join(f"{i // 10},{i}\n" for i in range(50))))
    assert (run.step_axis, codes(run)) == ("row", ["steps-invented"])
    assert points(run, "loss") == [(i, i) for i in range(50)]


def test_a_header_again_without_steps(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "loss,acc\n2,0.1\n1,0.5\nloss,acc\n1.9,0.2\n0.9,0.6\n0.5,0.7\n"))
    assert points(run, "loss") == [(0, 1.9), (1, 0.9), (2, 0.5)]
    assert codes(run) == ["steps-invented", "restart"]


@pytest.mark.parametrize(
    ("header", "axis"),
    [
        ("epoch,step,loss", "step"),
        ("step,epoch,loss", "step"),
        ("epoch,time/total_timesteps,loss", "time/total_timesteps"),
        ("samples,step,loss", "step"),
        ("step,Iteration,loss", "step"),
        ("epoch,Train Iter,loss", "Train Iter"),
        ("epoch,num_updates,loss", "num_updates"),
        ("time,epoch,loss", "epoch"),
        ("n,lr,loss", "n"),
        ("timestamp,reward,loss", "row"),
        (",acc,loss", "row"),
    ],
)
def test_the_step_axis(tmp_path: Path, header: str, axis: str) -> None:
    rows = "".join(f"{i},{2 * i if 'acc' not in header else 0.5},{1 / (i + 1)}\n" for i in range(8))
    if axis == "n":
        rows = "".join(f"{i},0.1,{1 / (i + 1)}\n" for i in range(8))
    if axis == "row" and "reward" in header:
        rows = "".join(f"{1.6e9 + i},{i % 3},{1 / (i + 1)}\n" for i in range(8))
    assert read_one(written(tmp_path, f"{header}\n{rows}")).step_axis == axis


def test_unix_times_become_wall_times(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "step,timestamp,loss\n0,1600000000,2\n1,1600000001,1\n"))
    assert set(run.series) == {"loss"}
    wall_time = run.series["loss"].wall_time
    assert wall_time is not None
    assert wall_time.tolist() == [1600000000, 1600000001]
    milliseconds = read_one(written(tmp_path, "step,timestamp,loss\n0,1600000000000,2\n1,1600000001000,1\n"))
    assert milliseconds.series["loss"].wall_time is not None
    assert milliseconds.series["loss"].wall_time[1] == 1600000001


def test_rows_without_a_step_take_the_one_above(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "step,loss,val_loss\n,,9\n0,2,\n10,1,\n,,5\n20,0.5,\n"))
    assert points(run, "val_loss") == [(10, 5)]  # and what comes before the first step is left out
    assert codes(run) == ["steps-invented"]


def test_a_phase_column_splits_the_table(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "epoch,phase,loss,acc\n0,train,2,0.1\n0,val,3,0.2\n1,train,1,0.3\n1,val,2,0.4\n"))
    assert points(run, "train/loss") == [(0, 2), (1, 1)]
    assert points(run, "val/loss") == [(0, 3), (1, 2)]
    assert codes(run) == []


def test_a_phase_column_of_other_words_is_passed_over(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "epoch,phase,train_loss\n0,warmup,3\n1,warmup,2\n2,main,1\n3,main,0\n"))
    assert set(run.series) == {"train_loss"}
    assert len(run.series["train_loss"]) == 4


def test_a_split_with_a_single_row_is_a_split_too(tmp_path: Path) -> None:
    text = "epoch,phase,loss\n0,train,2\n0,val,3\n1,train,1\n1,val,2\n2,train,1\n2,test,9\n"
    run = read_one(written(tmp_path, text))
    assert points(run, "train/loss") == [(0, 2), (1, 1), (2, 1)]
    assert points(run, "test/loss") == [(2, 9)]


def test_a_name_on_every_row_does_not_split(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "trial,epoch,loss\na,0,3\nb,1,2\nc,2,1\n"))
    assert len(run.series["loss"]) == 3


def test_a_long_table_of_tags(tmp_path: Path) -> None:
    text = "tag,step,value\n" + "".join(f"{tag},{s},{s}\n" for tag in ("train/loss", "val/loss") for s in range(3))
    run = read_one(written(tmp_path, text))
    assert points(run, "train/loss") == points(run, "val/loss") == [(0, 0), (1, 1), (2, 2)]
    assert (run.step_axis, codes(run)) == ("step", [])


@pytest.mark.parametrize("column", ["run", "fold"])
def test_several_runs_below_each_other(tmp_path: Path, column: str) -> None:
    labels = ("a", "b") if column == "run" else ("0", "1")
    rows = "".join(f"{label},{e},{i + e}\n" for i, label in enumerate(labels) for e in range(3))
    runs = read_all(written(tmp_path, f"{column},epoch,loss\n{rows}", "sweep.csv"))
    assert [run.name for run in runs] == (
        ["sweep/a", "sweep/b"] if column == "run" else ["sweep/fold=0", "sweep/fold=1"]
    )
    assert [points(run, "loss") for run in runs] == [[(0, 0), (1, 1), (2, 2)], [(0, 1), (1, 2), (2, 3)]]


def test_a_name_for_numbers_without_a_header(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "2.5e+00\n1.5e+00\n", "train_loss.csv"))
    assert points(run, "train_loss") == [(0, 2.5), (1, 1.5)]
    assert run.step_axis == "row"
    indexed = read_one(written(tmp_path, "10\t2.5\n20\t1.5\n30\t1.0\n", "val_losses.txt"))
    assert points(indexed, "val_losses") == [(10, 2.5), (20, 1.5), (30, 1.0)]
    series = read_one(written(tmp_path, ",0\n0,2.5\n1,1.5\n2,1.0\n", "loss.csv"))
    assert points(series, "loss") == [(0, 2.5), (1, 1.5), (2, 1.0)]


def test_what_was_odd_is_noted(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "step,loss\n0,3\n1,oops\n2,2,9\n" + "3,1\n3,2\n" * 15 + "4"))
    assert sorted(set(codes(run))) == ["one-step-many-values", "skipped", "torn-tail"]
    assert any("row 3" in note.message for note in run.notes)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_decimal_commas_in_every_column(tmp_path: Path, mark: str) -> None:
    rows = [["Epoch", "Train Loss", "LR"], ["1", "3,8441", "9,000e-04"], ["2", "3,698", "8,100e-04"]]
    path = written(tmp_path, "".join(mark.join(row) + "\r\n" for row in rows), "losses.csv")
    assert table.recognise(look(path)) is not None
    run = read_one(path)
    assert points(run, "Train Loss") == [(1, 3.8441), (2, 3.698)]
    assert points(run, "LR") == [(1, 9e-4), (2, 8.1e-4)]


def test_text_around_a_notebooks_table(tmp_path: Path) -> None:
    text = "Epoch\tTraining Loss\tValidation Loss\n1\tNo log\t0.7\n2\t0.5\t0.6\n3\t0.4\t0.5\n"
    path = written(tmp_path, f" [9/9 00:38, Epoch 3/3]\n{text}TrainOutput(global_step=9, metrics={{}})\n", "out.txt")
    assert table.recognise(look(path)) is not None
    run = read_one(path)
    assert points(run, "Training Loss") == [(2, 0.5), (3, 0.4)]
    assert points(run, "Validation Loss") == [(1, 0.7), (2, 0.6), (3, 0.5)]


def test_settings_in_comments_above(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "# lr=0.01 batch_size=64\n# step 3\nstep,loss\n0,2\n1,1\n"))
    assert (learning_rate(run, assign_roles(run)), run.hparams) == (
        (0.01, "hparams lr"),
        {"lr": 0.01, "batch_size": 64},
    )


def test_a_markdown_table(tmp_path: Path) -> None:
    run = read_one(written(tmp_path, "| step | loss |\n|---|---|\n| 0 | 2.0 |\n| 1 | 1.0 |\n", "log.md"))
    assert points(run, "loss") == [(0, 2), (1, 1)]
    assert not run.notes


REFUSED = [
    ("header alone", "epoch,loss\n", "a header and no row"),
    ("one row", "loss,acc\n1,0.5\n", "a single row"),
    ("a list of runs", "model,lr,final_train_loss\na,0.1,0.5\nb,0.2,0.4\n", "different model in each row"),
    ("decimal commas without quotes", "epoch,loss\n0,0,693\n1,0,512\n", "more cells in every row"),
]


@pytest.mark.parametrize(("text", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_refusals_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says) as refusal:
        read_all(written(tmp_path, text, "table.csv"))
    assert "\n" not in str(refusal.value)


def test_no_header_and_no_telling_name(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a header"):
        read_all(written(tmp_path, "0.5\n0.4\n", "numbers.csv"))


NOT_MINE = [
    ("Optuna's trials", "number,value,state,params_lr\n0,0.5,COMPLETE,0.1\n1,0.4,COMPLETE,0.2\n"),
    ("chart", '"Step","a - loss","a - loss__MIN","a - loss__MAX"\n"0","1","1","1"\n'),
    ("history", "_step,_runtime,_timestamp,loss\n0,1,1600000000,2\n"),
    ("runs table", "Name,State,loss\na,finished,1\n"),
    ("download", "Wall time,Step,Value\n1600000000.5,0,1\n"),
    ("data set", "sepal_length,sepal_width,species\n5.1,3.5,setosa\n"),
    ("matrix", "1,2,3\n4,5,6\n"),
    ("text log", "2020-03-08 16:33:08,462:INFO: step 1, loss 2.5\n2020-03-08 16:33:09,462:INFO: step 2, loss 2.4\n"),
    ("nanoGPT", "step 0: train loss 4.4501, val loss 4.4402\niter 0: loss 4.4512, time 23218.37ms, mfu -100.00%\n"),
    ("YAML", "lr: 0.1\nloss: 0.2\n"),
    ("JSON lines", '{"loss": 1, "step": 0}\n'),
    ("prose", "loss is what remains, and step\nby step, it falls\n"),
    ("empty", ""),
    ("steps alone", "step,epoch\n0,0\n1,0\n"),
    ("animation frames without a telling name", "frame,x,y\n0,1,2\n1,2,3\n"),
]


@pytest.mark.parametrize("text", [c[1] for c in NOT_MINE], ids=[c[0] for c in NOT_MINE])
def test_what_is_left_to_others(tmp_path: Path, text: str) -> None:
    assert table.recognise(look(written(tmp_path, text, "file.csv"))) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    losses=st.lists(st.floats() | st.none(), min_size=3, max_size=40),
    first=st.integers(0, 1000),
    every=st.integers(1, 50),
)
def test_a_loss_is_read_as_it_was_logged(tmp_path: Path, losses: list[float | None], first: int, every: int) -> None:
    losses[0] = losses[-1] = 1.0
    rows = "".join(f"{first + i * every},{'' if v is None else repr(v)},0.1\n" for i, v in enumerate(losses))
    run = read_one(written(tmp_path, "step,train_loss,lr\n" + rows))
    kept = [(first + i * every, v) for i, v in enumerate(losses) if v is not None]
    np.testing.assert_array_equal(run.series["train_loss"].step, [step for step, _ in kept])
    np.testing.assert_array_equal(run.series["train_loss"].value, [value for _, value in kept])
    assert codes(run) == []


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("profit,loss", False),
        ("age,income,loss", False),
        ("loss", True),
        ("loss,val_loss", True),
        ("loss,my_metric,val_loss,val_my_metric", True),
        ("loss,mae", True),
        ("lr,loss", True),
        ("time,loss", True),
        ("step,age,income,loss", True),
    ],
)
def test_data_with_a_loss_column_are_no_log(tmp_path: Path, header: str, known: bool) -> None:
    rows = "\n".join(",".join(str(i * 7 % 20 + 0.5) for _ in header.split(",")) for i in range(20))
    path = tmp_path / "data.csv"
    path.write_text(f"{header}\n{rows}\n")
    assert (table.READER.recognise(look(path)) is not None) is known


@pytest.mark.parametrize("name", ["k", "t", "n_iter", "batches_done", "x"])
def test_a_column_that_ascends_counts_the_steps_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(f"{name},loss\n" + "".join(f"{10 * i},{2 / (1 + i)}\n" for i in range(30)))
    assert table.recognise(look(path)) is not None
    run = read_one(path)
    assert (run.step_axis, run.series["loss"].step[:3].tolist()) == (name, [0, 10, 20])

"""LLaMA-Factory's log: one process, several that race, restarts, damage, and a real one."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.hugging_face.llamafactory import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.settings import batch_size
from tests.reading.formats.line_logs import codes, knows


def line(step: int, loss: float | None = 1.0, elapsed: str = "0:02:12", **more: object) -> str:
    logged = {} if loss is None else {"loss": loss, "lr": 1e-5}
    row = {"current_steps": step, "total_steps": 400, **logged, "epoch": step / 100, "percentage": step / 4}
    return json.dumps(row | {"elapsed_time": elapsed, "remaining_time": "1 day, 0:08:23"} | more) + "\n"


def saved(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "qwen" / "trainer_log.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def read(path: Path) -> Run:
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    return run


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (line(10) + line(20), True),
        (line(10), True),
        (line(10, None) + line(20, None), True),
        ('{"current_steps": 10, "loss": 2.0}\n', False),
        ('{"current_steps": 10, "total_steps": 20, "loss": 2.0}\n', False),
        ('{"step": 10, "loss": 2.0}\n', False),
        (line(10) + '{"step": 10}\n', False),
        (json.dumps({"log_history": []}), False),
        ("[" + line(10) + "]", False),
        ("current_steps,total_steps\n1,2\n", False),
        ("", False),
    ],
)
def test_recognised_by_its_names(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, saved(tmp_path, text)) is known


def test_one_process(tmp_path: Path) -> None:
    run = read(
        saved(
            tmp_path,
            line(10, 2.0)
            + line(20, None, eval_loss=1.5, throughput="203.4")
            + line(30, float("nan"))
            + line(400, None),
        )
    )
    assert run.name == "qwen"
    assert run.step_axis == "step"
    assert repr(run.series["loss"].value.tolist()) == "[2.0, nan]"
    assert run.series["loss"].step.tolist() == [10, 30]
    assert run.series["lr"].value.tolist() == [1e-5, 1e-5]
    assert run.series["eval_loss"].step.tolist() == [20]
    assert run.series["throughput"].value.tolist() == [203.4]
    assert run.series["epoch"].step.tolist() == [10, 20, 30, 400]
    assert set(run.series) == {"loss", "lr", "eval_loss", "epoch", "throughput"}
    assert dict(run.hparams) == {"total_steps": 400}
    assert run.notes == ()


def test_the_settings_it_was_started_with_are_found(tmp_path: Path) -> None:
    path = saved(tmp_path, line(10) + line(20))
    arguments = "per_device_train_batch_size: 2\ngradient_accumulation_steps: 8\nlearning_rate: 1.0e-05\n"
    path.with_name("training_args.yaml").write_text(arguments)
    (source,) = discover(tmp_path).sources
    (run,) = READER.read(source)
    assert (run.hparams["learning_rate"], batch_size(run)) == (1e-5, 16)


def test_several_processes_are_averaged(tmp_path: Path) -> None:
    # The second is up to two entries behind, and its clock up to five minutes.
    text = line(10, 4.0) + line(10, 4.2) + line(20, 3.0) + line(30, 2.0) + line(20, 3.1, "0:07:00") + line(30, 2.0)
    run = read(saved(tmp_path, text))
    assert run.series["loss"].step.tolist() == [10, 20, 30]
    assert run.series["loss"].value.tolist() == pytest.approx([4.1, 3.05, 2.0])
    assert run.series["lr"].value.tolist() == [1e-5] * 3  # not 9.999999999999999e-06
    assert codes(run) == ["one-step-many-values"]
    assert "2 values" in run.notes[0].message
    assert "mean" in run.notes[0].message


def test_several_processes_that_agree_need_no_word(tmp_path: Path) -> None:
    run = read(saved(tmp_path, "".join(line(step, 1 / step) * 2 for step in range(10, 60, 10))))
    assert run.series["loss"].value.tolist() == [1 / step for step in range(10, 60, 10)]
    assert run.notes == ()


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("back_to", "elapsed"),
    [
        (210, "0:02:12"),  # further back than a process would be behind
        (380, "0:00:05"),  # reached again far sooner than the first time
    ],
)
def test_a_restart_drops_what_it_logs_again(tmp_path: Path, processes: int, back_to: int, elapsed: str) -> None:
    first = "".join(line(step, 2.0) * processes for step in range(10, 410, 10))
    again = "".join(line(step, 1.0, elapsed) * processes for step in range(back_to, 410, 10))
    run = read(saved(tmp_path, first + again))
    loss = run.series["loss"]
    assert loss.step.tolist() == list(range(10, 410, 10))
    assert set(loss.value[loss.step < back_to]) == {2.0}
    assert set(loss.value[loss.step >= back_to]) == {1.0}
    assert codes(run) == ["restart"]
    assert run.notes[0].step == back_to


def test_a_torn_line_and_foreign_ones_are_left_out(tmp_path: Path) -> None:
    run = read(saved(tmp_path, line(10) + "warning\n\n" + line(20) + line(30)[:-9]))
    assert run.series["loss"].step.tolist() == [10, 20]
    assert sorted(codes(run)) == ["skipped", "torn-tail"]


@pytest.mark.parametrize("text", ["", "[]\n", '{"current_steps": "x"}\n', '{"current_steps": 1, "total_steps": 2}\n'])
def test_nothing_in_it_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError, match="without an entry"):
        read(saved(tmp_path, text))


LOG = (line(10) + line(20) * 2 + line(10, 2.0) + line(30, None)).encode()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(LOG)), st.binary(max_size=20), st.integers(0, 40))
def test_damage_gives_less_or_an_error_that_says_so(tmp_path: Path, at: int, junk: bytes, cut: int) -> None:
    path = saved(tmp_path, LOG[:at] + junk + LOG[at + cut :])
    READER.recognise(look(path))
    with suppress(UnreadableError):
        assert read(path).series


def test_huge_numbers_are_no_trouble(tmp_path: Path) -> None:
    huge = "9" * 400
    run = read(saved(tmp_path, line(10).replace("400", huge) + line(20).replace(": 1.0", f": {huge}")))
    assert run.series["loss"].value.tolist() == [1.0, float("inf")]


def test_the_real_log(real_logs: Path) -> None:
    path = real_logs / "llamafactory/ramey/trainer_log.jsonl"
    assert READER.recognise(look(path))
    run = read(path)
    # 1,360 rows by two processes; the last two, at step 6565, have no loss.
    assert len(run.series["epoch"]) == 657
    loss = run.series["loss"]
    assert (len(loss), loss.step[0], loss.step[-1]) == (656, 10, 6560)
    assert loss.value[0] == pytest.approx((0.8548 + 0.8547) / 2)
    # Taken up again at step 5010, after 5240: the first attempt's 0.3939 is gone, the second's is 0.394 twice.
    assert loss.value[loss.step == 5010].tolist() == [0.394]
    assert codes(run) == ["restart", "one-step-many-values"]
    assert run.notes[0].step == 5010
    assert run.series["lr"].value.max() == pytest.approx(1e-5, rel=1e-5)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and path.name != "trainer_log.jsonl"]
    assert [path for path in files if READER.recognise(look(path))] == []

"""Hugging Face trainer states: written as the trainer does, continued, damaged, and real ones."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.formats.hugging_face.trainer_state import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from tests.reading.formats.line_logs import codes

FACTS = {"global_step": 0, "max_steps": 90, "num_train_epochs": 3, "train_batch_size": 8, "logging_steps": 10}


def entries(first: int = 10, last: int = 30, shift: float = 0.0) -> list[dict[str, object]]:
    return [
        {"loss": 100 / step + shift, "learning_rate": 0.01, "epoch": step / 30, "step": step}
        for step in range(first, last + 1, 10)
    ]


def saved(path: Path, history: Sequence[Mapping[str, object]], **facts: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = max((int(str(entry["step"])) for entry in history if "step" in entry), default=0)
    state = FACTS | {"global_step": steps} | facts | {"log_history": history}
    path.write_text(json.dumps(state, indent=2, sort_keys=True))
    return path


def read(*files: Path) -> Run:
    (run,) = READER.read(Source(files[0], files, READER.name, "test"))
    return run


# ---- recognised


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (json.dumps(FACTS | {"log_history": entries()}), True),
        (json.dumps({"log_history": entries()} | FACTS), True),
        (json.dumps(FACTS | {"log_history": []}, indent=2), True),
        (json.dumps(entries()), True),
        (json.dumps([{"eval_loss": 1.0, "epoch": 1.0, "step": 5}]), True),
        ("\ufeff" + json.dumps(FACTS | {"log_history": entries()}), True),
        (json.dumps(FACTS | {"log_history": entries(10, 10_000)}), True),  # longer than the head
        (json.dumps(FACTS), False),
        (json.dumps({"log_history": "none", "step": 1}), False),
        (json.dumps({"train_loss": 1.8, "train_runtime": 5.0, "epoch": 3.0}), False),
        ('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n', False),
        (json.dumps([[1.0, 0, 2.5], [2.0, 1, 2.4]]), False),
        (json.dumps([{"step": 1, "loss": 2}]), False),
        ("log_history\nstep,loss\n", False),
        ("[" * 5000, False),
        ('[{"step": ' + "9" * 5000 + "}]", False),
        ("", False),
    ],
)
def test_recognised_by_its_keys(tmp_path: Path, text: str, known: bool) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert (READER.recognise(look(path)) is not None) is known


# ---- values


def test_a_state_with_everything(tmp_path: Path) -> None:
    history: list[dict[str, object]] = [
        {"eval_loss": 9.0, "eval_runtime": 1.0, "epoch": 0, "step": 0},
        *entries(10, 30),
        {"eval_loss": 3.0, "epoch": 1.0, "step": 30},
        {"train_loss": 6.1, "train_runtime": 20.5, "total_flos": 1e15, "epoch": 1.0, "step": 30},
    ]
    run = read(saved(tmp_path / "bert/trainer_state.json", history, best_model_checkpoint="/home/ada/checkpoint-30"))
    assert run.name == "bert"
    assert run.step_axis == "step"
    assert run.series["loss"].step.tolist() == [10, 20, 30]
    assert run.series["loss"].value.tolist() == [10, 5, 100 / 30]
    assert run.series["learning_rate"].value.tolist() == [0.01] * 3
    assert run.series["eval_loss"].step.tolist() == [0, 30]
    assert "train_loss" not in run.series
    assert "train_runtime" not in run.series
    assert dict(run.hparams) == {"max_steps": 90, "num_train_epochs": 3, "train_batch_size": 8, "logging_steps": 10}
    assert run.notes == ()
    assert "ada" not in repr(run.hparams)


def test_settings_beside_it_are_taken(tmp_path: Path) -> None:
    path = saved(tmp_path / "trainer_state.json", entries())
    beside = tmp_path / "config.yaml"
    beside.write_text("optimizer: adamw_bnb_8bit\nmicro_batch_size: 2\n")
    (run,) = READER.read(Source(path, (path,), READER.name, "test", (beside,)))
    assert run.hparams["optimizer"] == "adamw_bnb_8bit"


def test_what_is_not_finite_stays_and_what_is_missing_is_no_point(tmp_path: Path) -> None:
    history: list[dict[str, object]] = [
        {"loss": 2.0, "grad_norm": "nan", "step": 10},
        {"loss": math.nan, "grad_norm": None, "step": 20},
        {"loss": math.inf, "grad_norm": 3.5, "step": 30},
        {"loss": 0.0, "grad_norm": math.nan, "step": 40},
    ]
    run = read(saved(tmp_path / "trainer_state.json", history))
    assert repr(run.series["loss"].value.tolist()) == "[2.0, nan, inf, 0.0]"
    assert run.series["grad_norm"].step.tolist() == [10, 30, 40]
    assert repr(run.series["grad_norm"].value.tolist()) == "[nan, 3.5, nan]"


def test_speeds_in_every_entry_make_no_summary_of_it(tmp_path: Path) -> None:
    history: list[dict[str, object]] = [entry | {"train_runtime": 3.0} for entry in entries()]
    run = read(saved(tmp_path / "trainer_state.json", history))
    assert run.series["loss"].step.tolist() == [10, 20, 30]


def test_every_evaluation_set_and_every_reward_is_a_series(tmp_path: Path) -> None:
    history: list[dict[str, object]] = [
        {"loss": 0.0, "reward": 0.3, "kl": 0.002, "completions/mean_length": 249.7, "rewards/f/mean": 0.3, "step": 10},
        {"eval_g1_loss": 4.0, "step": 10},
        {"eval_g2_loss": 5.0, "step": 10},
        {"loss": 0.1, "rewards/chosen": -0.1, "logs": {"inner": 4.0}, "step": 20},
    ]
    run = read(saved(tmp_path / "trainer_state.json", history))
    assert set(run.series) == {
        *("loss", "reward", "kl", "completions/mean_length", "rewards/f/mean", "rewards/chosen", "logs/inner"),
        *("eval_g1_loss", "eval_g2_loss"),
    }


def test_a_history_on_its_own_and_one_by_epoch(tmp_path: Path) -> None:
    path = tmp_path / "log_history.json"
    path.write_text(json.dumps(entries()))
    assert read(path).series["loss"].step.tolist() == [10, 20, 30]
    run = read(saved(tmp_path / "trainer_state.json", [{"loss": 2.0, "epoch": 1.0}, {"loss": 1.0, "epoch": 2.0}]))
    assert run.step_axis == "epoch"
    assert run.series["loss"].step.tolist() == [1, 2]


# ---- restarts


def test_a_training_resumed_from_an_older_state_is_cut_for_every_tag(tmp_path: Path) -> None:
    late: list[dict[str, object]] = [{"eval_loss": 9.0, "step": 50}]
    run = read(saved(tmp_path / "trainer_state.json", [*entries(10, 50), *late, *entries(30, 40, shift=1.0)]))
    assert run.series["loss"].step.tolist() == [10, 20, 30, 40]
    assert run.series["loss"].value.tolist() == [10, 5, 100 / 30 + 1, 3.5]
    assert "eval_loss" not in run.series
    assert codes(run) == ["restart"]
    assert run.notes[0].step == 30


def test_steps_that_fall_all_the_time_are_put_in_order(tmp_path: Path) -> None:
    history: list[dict[str, object]] = [{"loss": 1.0, "step": step} for _ in range(300) for step in (2, 1)]
    assert len(read(saved(tmp_path / "trainer_state.json", history)).series["loss"])


# ---- checkpoints


def test_checkpoints_and_the_final_state_are_one_run(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "llama"
    for last in (20, 100, 40):
        saved(out / f"checkpoint-{last}/trainer_state.json", entries(10, last))
    saved(out / "trainer_state.json", [*entries(10, 100), {"train_loss": 1.0, "train_runtime": 2.0, "step": 100}])
    saved(tmp_path / "runs/mistral/checkpoint-20/trainer_state.json", entries(10, 20))
    (llama, mistral) = discover(tmp_path).sources
    assert (llama.path, mistral.path) == (out, tmp_path / "runs/mistral")
    assert len(llama.files) == 4
    (run,) = READER.read(llama)
    assert run.name == "llama"
    assert run.series["loss"].step[-1] == 100
    assert run.notes == ()
    (only,) = READER.read(mistral)
    assert only.name == "mistral"


def test_a_checkpoint_named_alone_is_called_after_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "llama/checkpoint-20/trainer_state.json", entries(10, 20))
    for asked in (path, path.parent):
        (source,) = discover(asked).sources
        (run,) = READER.read(source)
        assert run.name == "llama"
    monkeypatch.chdir(path.parent)
    assert read(Path("trainer_state.json")).name == "llama"


def test_a_checkpoint_of_another_training_is_another_run(tmp_path: Path) -> None:
    old = saved(tmp_path / "out/checkpoint-20/trainer_state.json", entries(10, 60, shift=0.5)[:5])
    new = saved(tmp_path / "out/checkpoint-50/trainer_state.json", entries(10, 90))
    between = saved(tmp_path / "out/checkpoint-40/trainer_state.json", entries(10, 90)[:4])
    runs = READER.read(Source(tmp_path / "out", (old, between, new), "hf-trainer", "test"))
    assert [run.name for run in runs] == ["out/checkpoint-50", "out/checkpoint-20"]
    assert [len(run.series["loss"]) for run in runs] == [9, 5]


def test_a_checkpoint_of_a_branch_is_told_of(tmp_path: Path) -> None:
    branch = [*entries(10, 60)[:4], *entries(10, 60, shift=0.5)[4:]]
    old = saved(tmp_path / "checkpoint-20/trainer_state.json", branch)
    new = saved(tmp_path / "checkpoint-50/trainer_state.json", entries(10, 90))
    run = read(old, new)
    assert run.series["loss"].value[0] == 10
    assert codes(run) == ["skipped"]
    assert run.notes[0].message.startswith("checkpoint-20/trainer_state.json tells another training than checkpoint-50")


def test_a_broken_checkpoint_gives_way_to_the_one_before(tmp_path: Path) -> None:
    good = saved(tmp_path / "checkpoint-20/trainer_state.json", entries(10, 20))
    bad = tmp_path / "checkpoint-90/trainer_state.json"
    bad.parent.mkdir()
    bad.write_text('{"global_step": 90, "log_history": {}}')
    run = read(good, bad)
    assert run.series["loss"].step.tolist() == [10, 20]
    assert codes(run) == ["skipped"]


def test_states_collected_in_one_folder_are_several_runs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        saved(tmp_path / f"{name}.json", entries())
    assert [source.path.name for source in discover(tmp_path).sources] == ["a.json", "b.json"]


# ---- damage


def test_a_torn_state_tells_what_comes_before(tmp_path: Path) -> None:
    path = saved(tmp_path / "trainer_state.json", entries(10, 50))
    text = path.read_text()
    path.write_text(text[: text.index('"step": 50') - 5])
    run = read(path)
    assert run.series["loss"].step.tolist() == [10, 20, 30, 40]
    assert codes(run) == ["torn-tail"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"log_history": [], "global_step": 40}', "without a logged value after 40 steps"),
        ('{"log_history": [{"train_loss": 1, "train_runtime": 2, "step": 4}]}', "without a logged value"),
        ('{"log_history": 3}', "without the list log_history"),
        ('{"log_history": [' + '{"a":' * 100_000, "nested too deep|without a logged value"),
        ('{"log_history": [{"loss": 1, "step": 1e999}]}', "without a logged value"),
        ("[1, 2]", "without a logged value"),
        ("nothing", "without a logged value"),
        ("", "without a logged value"),
    ],
)
def test_what_holds_no_curve_is_refused(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_text(text)
    with pytest.raises(UnreadableError, match=found):
        read(path)


def test_numbers_beyond_a_float_are_infinite(tmp_path: Path) -> None:
    path = tmp_path / "trainer_state.json"
    huge = "9" * 400
    path.write_text(
        f'{{"max_steps": {huge}, "log_history": [{{"loss": {huge}, "step": 1}}, {{"loss": 1, "step": 2}}]}}'
    )
    run = read(path)
    assert run.series["loss"].value.tolist() == [math.inf, 1]
    assert run.hparams["max_steps"] == math.inf


STATE = json.dumps(FACTS | {"log_history": entries()}).encode()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(STATE)), st.binary(max_size=20), st.integers(0, 30))
def test_damage_gives_less_or_an_error_that_says_so(tmp_path: Path, at: int, junk: bytes, cut: int) -> None:
    path = tmp_path / "trainer_state.json"
    path.write_bytes(STATE[:at] + junk + STATE[at + cut :])
    READER.recognise(look(path))
    with suppress(UnreadableError):
        assert all(len(series) for series in read(path).series.values())


# ---- real ones


@pytest.mark.parametrize(
    ("folder", "losses", "first", "last", "peak", "lowest", "evaluations"),
    [
        ("hf_trainer/aigoncharov", 30, 401, 12_030, 1e-5, 1e-5, {f"eval_g{i}_loss": 31 for i in range(6)}),
        ("hf_trainer/geollm", 300, 10, 3_000, 0.019933333333333334, 0.0, {}),
        ("hf_trainer/kevin_2025", 100, 10, 1_000, 0.00019995065603657316, 0.0, {}),
        ("hf_trainer/mt5_az", 700, 10, 7_000, 0.0005, 5.555555555555555e-05, {"eval_loss": 70}),
        ("hf_trainer/qlora_fork", 1000, 10, 10_000, 0.0002, 0.0002, {}),
        ("hf_trainer/whisper_large", 200, 25, 5_000, 1e-5, 0.0, {"eval_loss": 5}),
        ("hf_tensorboard/t5_summ", 430, 500, 215_000, 4.9883902905678084e-05, 0.0, {}),
        ("trl/taubench", 1, 10, 10, 4.5e-06, 4.5e-06, {}),
    ],
)
def test_real_states(
    real_logs: Path,
    folder: str,
    losses: int,
    first: int,
    last: int,
    peak: float,
    lowest: float,
    evaluations: dict[str, int],
) -> None:
    path = real_logs / folder / "trainer_state.json"
    assert READER.recognise(look(path))
    run = read(path)
    loss, lr = run.series["loss"], run.series["learning_rate"]
    assert (len(loss), loss.step[0], loss.step[-1]) == (losses, first, last)
    assert lr.value.max() == pytest.approx(peak, rel=0.01)
    assert lr.value.min() == pytest.approx(lowest, abs=1e-6)
    assert {tag: len(s) for tag, s in run.series.items() if tag.startswith("eval") and "loss" in tag} == evaluations
    assert "train_loss" not in run.series
    assert run.notes == ()
    assert run.name == path.parent.name


def test_the_real_grpo_logs_its_rewards(real_logs: Path) -> None:
    run = read(real_logs / "trl/taubench/trainer_state.json")
    assert run.series["loss"].value.tolist() == [0.0]
    assert {"reward", "kl", "completion_length", "completions/mean_length"} <= set(run.series)


def test_a_state_and_the_event_files_of_one_training_hold_equal_curves(real_logs: Path) -> None:
    (events,) = (s for s in discover(real_logs / "hf_tensorboard").sources if s.format == "tensorboard")
    reader = next(reader for reader in READERS if reader.name == "tensorboard")
    (logged,) = reader.read(events)
    state = read(real_logs / "hf_tensorboard/t5_summ/trainer_state.json")
    for tag, other in (("loss", "train/loss"), ("learning_rate", "train/learning_rate"), ("epoch", "train/epoch")):
        points = logged.series[other]
        size = min(len(points), len(state.series[tag]))  # the epoch of the summary is in the event file alone
        assert state.series[tag].step[:size].tolist() == points.step[:size].tolist()
        assert state.series[tag].value[:size] == pytest.approx(points.value[:size], rel=1e-6)
    assert not [note for note in logged.notes if note.code == "aggregated"]


def test_no_other_real_log_is_taken_for_a_state(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file() and path.name != "trainer_state.json"]
    assert [path for path in files if READER.recognise(look(path))] == []

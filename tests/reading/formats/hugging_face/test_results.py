"""Final scores of Hugging Face's trainers: recognised and refused, or passed over beside the log itself."""

import json
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.discover import discover
from lrdoctor.reading.formats.hugging_face.results import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Source
from tests.reading.formats.line_logs import knows, written

TRAIN = {"epoch": 3.0, "train_loss": 1.80405, "train_runtime": 54713.1, "train_samples_per_second": 15.7}
EVAL = {"eval_loss": 0.42, "eval_runtime": 1712.6, "eval_samples_per_second": 2.6, "eval_steps_per_second": 0.16}

CASES = [
    ("train_results.json", json.dumps(TRAIN, indent=4), True),
    ("eval_results.json", json.dumps(EVAL), True),
    ("all_results.json", json.dumps(TRAIN | EVAL | {"eval_rouge1": 41.6}), True),
    ("qlora's metrics.json", json.dumps({"run_name": "./output", **TRAIN}), True),
    ("a row of a log", json.dumps(TRAIN | {"step": 10}), False),
    ("rows of a log", json.dumps(TRAIN) + "\n" + json.dumps(TRAIN) + "\n", False),
    ("a history", json.dumps(TRAIN | {"loss": [2.0, 1.0]}), False),
    ("speeds of no trainer", json.dumps({"samples_per_second": 1.0, "loss": 2.0}), False),
    ("one speed", json.dumps({"train_runtime": 1.0, "loss": 2.0}), False),
    ("settings", json.dumps({"learning_rate": 0.1}), False),
    ("deep", '{"train_samples_per_second":' * 20_000, False),
    ("a table", "train_runtime,train_samples_per_second\n1,2\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_the_speeds(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "metrics.json")) is known


@pytest.mark.parametrize(
    ("scores", "told"),
    [
        (TRAIN | EVAL, "trainer, train_loss 1.804 among them, and no curve: give trainer_state.json"),
        (EVAL, "trainer, eval_loss 0.42 among them, and no curve"),
        (TRAIN | {"train_loss": None}, "trainer, and no curve"),
    ],
)
def test_the_refusal_says_what_to_give(tmp_path: Path, scores: dict[str, object], told: str) -> None:
    path = tmp_path / "all_results.json"
    path.write_text(json.dumps(scores))
    with pytest.raises(UnreadableError, match=told):
        READER.read(Source(path, (path,), READER.name, "test"))


def test_passed_over_beside_the_log_and_told_of_without_it(tmp_path: Path) -> None:
    for folder in ("run", "lost"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "all_results.json").write_text(json.dumps(TRAIN))
    assert [Path(refusal.path).parent.name for refusal in discover(tmp_path).refused] == ["lost", "run"]
    checkpoint = tmp_path / "run/checkpoint-20"
    checkpoint.mkdir()
    (checkpoint / "trainer_state.json").write_text(
        json.dumps({"global_step": 20, "log_history": [{"loss": 1.0, "step": 10}, {"loss": 0.5, "step": 20}]})
    )
    found = discover(tmp_path)
    assert [source.path.name for source in found.sources] == ["run"]
    assert [Path(refusal.path).parent.name for refusal in found.refused] == ["lost"]
    # Named by itself it is always told of.
    (refusal,) = discover(tmp_path / "run/all_results.json").refused
    assert "final scores" in refusal.reason


def test_real_scores(real_logs: Path) -> None:
    known = {
        path.relative_to(real_logs).as_posix() for path in real_logs.rglob("*.json") if READER.recognise(look(path))
    }
    assert known == {
        "hf_tensorboard/t5_summ/all_results.json",
        "hf_trainer/qlora_fork/all_results.json",
        "hf_trainer/qlora_fork/metrics.json",
        "hf_trainer/qlora_fork/train_results.json",
        "hf_trainer/whisper_large/all_results.json",
        "hf_trainer/whisper_large/train_results.json",
    }

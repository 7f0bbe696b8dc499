"""Event files of one run: restarts, sub-directories, settings, and what is refused."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.tensorboard.event_file import file_order
from lrdoctor.reading.formats.tensorboard.event_runs import READER, recognise_event_file
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from tests.event_logs import losses, scalar, start, tensor, write
from tests.reading.formats.line_logs import codes


def source(path: Path, files: Sequence[Path] | None = None, companions: Sequence[Path] = ()) -> Source:
    found = sorted(path.rglob("*tfevents*"), key=file_order) if files is None else files
    return Source(path, tuple(found), "tensorboard", "test", tuple(companions))


def read(path: Path) -> Run:
    [run] = READER.read(source(path))
    return run


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 12), min_size=1, max_size=4), data=st.data())
def test_restarts_with_a_purge_step_are_what_tensorboard_reads(
    lengths: list[int], data: st.DataObject, tmp_path: Path
) -> None:
    folder = tmp_path / str(time.monotonic_ns())
    end = 0
    for number, length in enumerate(lengths):
        begin = data.draw(st.integers(0, end)) if number else 0
        stream = [scalar("loss", begin + k, number + k / 16, wall_time=float(k)) for k in range(length)]
        write(folder / f"events.out.tfevents.{1000 + number}.host", [start(begin), *stream] if number else stream)
        end = begin + length - 1
    loss = read(folder).series["loss"]
    theirs = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload().Scalars("loss")
    assert list(zip(loss.step, loss.value, strict=True)) == [(float(e.step), e.value) for e in theirs]


def test_a_restart_drops_the_older_points(tmp_path: Path) -> None:
    losses(tmp_path / "events.out.tfevents.1.h", range(100))
    losses(tmp_path / "events.out.tfevents.2.h", range(60, 200))
    run = read(tmp_path)
    assert run.series["loss"].step.tolist() == list(range(200))
    assert [(note.code, note.step) for note in run.notes] == [("restart", 60.0)]


def test_sub_directories_become_part_of_the_name(tmp_path: Path) -> None:
    losses(tmp_path / "train" / "events.out.tfevents.1.v2", range(3), "epoch_loss")
    losses(tmp_path / "validation" / "events.out.tfevents.2.v2", range(3), "epoch_loss")
    losses(tmp_path / "loss_val" / "events.out.tfevents.3", range(3), "loss")
    losses(tmp_path / "1674944078.06" / "events.out.tfevents.4", range(3), "hparam/loss")
    run = read(tmp_path)
    assert set(run.series) == {"train/epoch_loss", "validation/epoch_loss", "loss/val"}
    assert (run.name, run.step_axis, codes(run)) == (tmp_path.name, "epoch", [])


def test_values_without_a_step_are_numbered(tmp_path: Path) -> None:
    losses(tmp_path / "events.out.tfevents.1", [0] * 5)
    run = read(tmp_path)
    assert run.series["loss"].step.tolist() == [0, 1, 2, 3, 4]
    assert (run.step_axis, codes(run)) == ("row", ["steps-invented"])


def test_one_torn_file_of_two_is_told(tmp_path: Path) -> None:
    losses(tmp_path / "events.out.tfevents.1", range(4))
    torn = losses(tmp_path / "events.out.tfevents.2", range(4, 9))
    torn.write_bytes(torn.read_bytes()[:-3])
    run = read(tmp_path)
    assert run.series["loss"].step.tolist() == list(range(8))
    assert [(note.code, "events.out.tfevents.2" in note.message) for note in run.notes] == [("torn-tail", True)]


def test_settings_of_the_plugin_of_hugging_face_and_of_a_companion(tmp_path: Path) -> None:
    content = plugin_data_pb2.HParamsPluginData()
    content.session_start_info.hparams["lr"].number_value = 0.25
    content.session_start_info.hparams["opt"].string_value = "sgd"
    content.session_start_info.hparams["amp"].number_value = 1.0
    content.session_start_info.hparams["user"].string_value = "ada"
    plugin = summary_pb2.Summary.Value(tag="_hparams_/session_start_info")
    plugin.metadata.plugin_data.plugin_name = "hparams"
    plugin.metadata.plugin_data.content = content.SerializeToString()
    arguments = json.dumps({"learning_rate": 5e-5, "optim": "adamw_torch", "hub_token": "<HUB_TOKEN>", "amp": 0})
    path = write(
        tmp_path / "events.out.tfevents.1",
        [
            event_pb2.Event(summary=summary_pb2.Summary(value=[plugin])),
            tensor("args/text_summary", 0, tensor_util.make_tensor_proto([arguments]), "text"),
            tensor("model/text_summary", 0, tensor_util.make_tensor_proto(['{"hidden": 3}']), "text"),
            scalar("loss", 0, 1.0),
            scalar("loss", 1, 0.5),
        ],
    )
    companion = tmp_path / "hparams.yaml"
    companion.write_text("amp: true\n")
    [run] = READER.read(source(tmp_path, [path], [companion]))
    assert dict(run.hparams) == {"learning_rate": 5e-5, "optim": "adamw_torch", "lr": 0.25, "opt": "sgd", "amp": True}
    assert set(run.series) == {"loss"}


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([], "40-byte event file without a single value: the run wrote nothing before it ended: look for a longer run"),
        ([event_pb2.Event(graph_def=b"g" * 200)], "without a single scalar .settings, graph, text or images only.: "),
    ],
)
def test_a_log_without_a_scalar_says_so(events: list[event_pb2.Event], message: str, tmp_path: Path) -> None:
    write(tmp_path / "events.out.tfevents.1", events)
    with pytest.raises(UnreadableError, match=message):
        read(tmp_path)


def test_a_file_broken_before_its_first_scalar_says_where(tmp_path: Path) -> None:
    path = losses(tmp_path / "events.out.tfevents.1", [0])
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(UnreadableError, match=r"no scalar could be read: .* ends inside a record at byte 40"):
        read(tmp_path)


def test_recognised_by_content_not_by_name(tmp_path: Path) -> None:
    real = losses(tmp_path / "renamed.log", [0])
    assert recognise_event_file(look(real)) is not None
    other = tmp_path / "events.out.tfevents.1"
    with other.open("wb") as file:
        RecordWriter(file).write(b"a record of a data set")
    assert recognise_event_file(look(other)) is None
    for content in (b"", b"\x00" * 64, real.read_bytes()[:11], b"brain.Event:2"):
        other.write_bytes(content)
        assert recognise_event_file(look(other)) is None


def test_lightning(real_logs: Path) -> None:
    run = read(real_logs / "lightning_tb/textgen_v0")
    assert run.series["train_loss"].step[0] == 49
    assert (len(run.series["train_loss"]), len(run.series["val_loss"])) == (7691, 29)
    assert run.hparams["lr"] == pytest.approx(0.001)
    tft = read(real_logs / "lightning_tb/tft_optuna_v0")
    assert tft.series["lr-Ranger"].step[:3].tolist() == [0, 30, 60]
    assert codes(tft) == []


def test_lightning_two_attempts_in_one_folder(real_logs: Path) -> None:
    run = read(real_logs / "lightning_tb_multifile/trial_0")
    assert run.series["train_loss_step"].step.tolist() == list(range(49, 500, 50))
    assert [(note.code, note.step) for note in run.notes] == [("restart", 49.0)]
    assert run.hparams["learning_rate"] == pytest.approx(0.00039705627)  # the second attempt's


def test_hugging_face(real_logs: Path) -> None:
    run = read(real_logs / "hf_tensorboard/t5_summ/runs/Mar24_22-23-40")
    assert {"train/loss", "train/learning_rate", "train/grad_norm", "eval/loss", "train/train_loss"} <= set(run.series)
    assert (len(run.series["train/loss"]), run.series["train/loss"].step[-1]) == (430, 215_000)
    assert run.hparams["learning_rate"] == 5e-5
    assert run.hparams["optim"] == "adamw_torch"
    assert codes(run) == []


def test_keras(real_logs: Path) -> None:
    run = read(real_logs / "tb_keras_callback/run1")
    assert {"train/epoch_loss", "validation/epoch_loss"} <= set(run.series)
    assert run.step_axis == "epoch"
    with pytest.raises(UnreadableError, match="without a single scalar"):
        read(real_logs / "tb_keras_callback/run_interrupted")


@pytest.mark.parametrize(
    ("path", "tag", "points", "steps"),
    [("tb_tf1style/kwt1_validation", "accuracy", 2608, 326), ("ultralytics/fire_v8_2023", "train/box_loss", 1375, 25)],
)
def test_many_values_on_a_step(path: str, tag: str, points: int, steps: int, real_logs: Path) -> None:
    run = read(real_logs / path)
    assert (len(run.series[tag]), len(np.unique(run.series[tag].step))) == (points, steps)
    assert codes(run) == ["one-step-many-values"]


def test_other_writers(real_logs: Path) -> None:
    ppo = read(real_logs / "sb3/PPO_1")
    assert {"train/loss", "train/learning_rate", "rollout/ep_rew_mean"} <= set(ppo.series)
    with pytest.raises(UnreadableError, match="40-byte event file"):
        read(real_logs / "sb3/PPO_7_empty")
    detection = read(real_logs / "tb_tf2_objdet/eval")
    assert detection.series["DetectionBoxes_Precision/mAP"].value[0] == pytest.approx(0.63989669)
    assert "Loss/total_loss" in detection.series


@pytest.mark.parametrize(
    ("folder", "tag", "points", "notes"),
    [
        ("torch_5000", "Loss/train", 5000, []),
        ("tbx", "data/loss", 50, []),
        ("torch_restart", "train/loss", 200, ["restart"]),
        ("torch_purge", "train/loss", 200, ["restart"]),
        ("torch_add_scalars", "loss/val", 50, []),
        ("torch_hparams", "train/loss", 50, []),
        ("torch_newstyle_nan", "nostep", 20, ["steps-invented"]),
        ("truncated", "lr", 2501, ["torn-tail"]),
    ],
)
def test_generated_by_the_real_writers(folder: str, tag: str, points: int, notes: list[str], real_logs: Path) -> None:
    run = read(real_logs / "generated/tb" / folder)
    assert (len(run.series[tag]), codes(run)) == (points, notes)
    if folder == "torch_hparams":
        assert (run.hparams["lr"], run.hparams["opt"], list(run.series)) == (0.0003, "adamw", ["train/loss"])
    if folder == "torch_newstyle_nan":
        assert np.isnan(run.series["loss"].value).any()

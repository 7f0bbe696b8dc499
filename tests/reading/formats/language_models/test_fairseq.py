"""fairseq's four shapes, its end-of-epoch rows, and its arguments read as text."""

import math
from pathlib import Path

import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.fairseq import READER
from lrdoctor.reading.formats.language_models.fairseq_args import fairseq_settings
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAMESPACE = (
    "Namespace(adam_betas='(0.9, 0.98)', clip_norm=0.1, lr=[0.0005], lr_scheduler='inverse_sqrt', max_sentences=8,"
    " max_update=300000, min_lr=1e-09, optimizer='adam', update_freq=[4], warmup_updates=4000)\n"
)
BRACKETS = (
    "| epoch 001  1000 / 8000 loss=1.37 (1.52), wps=962, wpb=908, bsz=32, lr=0.001, clip=100%, gnorm=2.1427\n"
    "| epoch 001  2000 / 8000 loss=1.27 (1.50), wps=962, wpb=908, bsz=32, lr=0.001, clip=100%, gnorm=2.1113\n"
    "| epoch 001 | train loss 1.44 | train ppl 2.72 | s/checkpoint    7747 | words/s    961 | lr 0.001000 | clip 100%\n"
    "| epoch 001 | valid on 'valid' subset  1000 / 1311 loss=1.60\n"
    "| epoch 001 | valid on 'valid' subset | valid loss 1.94 | valid ppl 3.83\n"
    "| epoch 002  1000 / 8000 loss=1.89 (1.38), wps=963, wpb=918, bsz=32, lr=0.001, clip=100%, gnorm=2.0860\n"
)
SIMPLE = (
    "| epoch 001:    450 / 1891 loss=11.521, nll_loss=10.881, ppl=1886.05, wps=52922, num_updates=445, lr=8.9e-05\n"
    "| epoch 001:    500 / 1891 loss=11.346, nll_loss=10.678, ppl=1637.83, wps=53351, num_updates=495, lr=9.9e-05\n"
    "| epoch 001 | valid on 'valid' subset | valid_loss 8.11425 | valid_nll_loss 6.8834 | num_updates 600\n"
    "| epoch 001:    650 / 1891 loss=nan, nll_loss=nan, ppl=nan, wps=53573, num_updates=645, lr=0.00012\n"
    "| epoch 001 | loss 8.1 | nll_loss 7.2 | ppl 9 | wps 1 | num_updates 1891 | lr 0.000189 | gnorm 1.2 | clip 0.0\n"
)
AT = "2021-03-08 10:00:00 | INFO |"
INNER = (
    "".join(
        f"{AT} train_inner | epoch 001:   {u} / 614 loss=12.{u}, nll_loss=11, num_updates={u}, lr=5e-06, gnorm=3\n"
        for u in (10, 20, 30)
    )
    + f"{AT} valid | epoch 001 | valid on 'valid' subset | loss 7.1 | nll_loss 6 | num_updates 614 | best_loss 7.1\n"
)
JSON = "".join(
    f'slurm_procid 0 : {AT} train_inner | {{"epoch": 1, "update": 0.02, "loss": "15.{u}", "num_updates": "{u}",'
    f' "lr": "2.8e-07", "gnorm": "16.981", "wall": "73"}}\n'
    for u in (1, 2, 3)
) + (
    f'{AT} train | {{"epoch": 1, "train_loss": "19.351", "train_lr": "5e-07", "train_num_updates": "3"}}\n'
    f'{AT} valid | {{"epoch": 1, "valid_loss": "11.1", "valid_num_updates": "3", "valid_best_loss": "11.1"}}\n'
)
BAR = "| epoch 001:  24%|██▎  | 450/1891 [02:00<06:00,  3.9it/s, loss=11.5, wps=9, num_updates=445, lr=8.9e-05]\n"

CASES = [
    ("brackets", BRACKETS, True),
    ("simple", SIMPLE, True),
    ("train_inner", INNER, True),
    ("JSON", JSON, True),
    ("a progress bar", BAR, True),
    ("after much else", "x\n" * 50_000 + SIMPLE, True),
    ("a validation alone", "| epoch 001 | valid on 'valid' subset | valid_loss 8.1 | num_updates 600\n", False),
    ("a script's", "| epoch 001:    450 / 1891 loss=11.521, acc=0.5\n" * 9, False),
    ("a script's, with bars", "| epoch 001 | loss 8.1 | acc 0.5\n" * 9, False),
    ("the arguments alone", NAMESPACE, False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_rows(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "train.log")) is known


def test_the_batchs_loss_not_the_running_mean(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, BRACKETS, "train.log"))
    assert run.step_axis == "iteration"
    assert points(run, "loss") == [(1000, 1.37), (2000, 1.27), (9000, 1.89)]
    assert points(run, "valid_loss") == [(8000, 1.94)]
    assert points(run, "train_loss") == [(8000, 1.44)]


def test_updates_and_nan(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, NAMESPACE + SIMPLE, "train.log"))
    assert run.step_axis == "num_updates"
    assert [step for step, _ in points(run, "loss")] == [445, 495, 645]
    assert math.isnan(run.series["loss"].value[-1])
    assert points(run, "valid_loss") == [(600, 8.11425)]
    assert points(run, "train_loss") == [(1891, 8.1)]
    roles = assign_roles(run)
    assert (roles.loss, roles.lr) == ("loss", "lr")
    assert learning_rate(run, roles)[0] == 0.0005
    assert (optimizer(run), batch_size(run)) == ("Adam", 32)
    assert codes(run) == ["aggregated"]


def test_train_inner(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, INNER, "train.log"))
    assert points(run, "loss") == [(10, 12.1), (20, 12.2), (30, 12.3)]
    assert points(run, "valid_loss") == [(614, 7.1)]
    assert {"gnorm", "nll_loss"} <= set(run.series)


def test_numbers_in_quotes(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, JSON, "train.log"))
    assert points(run, "loss") == [(1, 15.1), (2, 15.2), (3, 15.3)]
    assert points(run, "train_loss") == [(3, 19.351)]
    assert points(run, "valid_loss") == [(3, 11.1)]
    assert not {"wall", "update", "epoch"} & set(run.series)


def test_a_restart_from_a_checkpoint(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, INNER + INNER.partition("\n")[2].replace("=12.", "=5."), "train.log"))
    assert points(run, "loss") == [(10, 12.1), (20, 5.2), (30, 5.3)]
    assert "restart" in codes(run)


HYDRA = (
    "x | {'_name': None, 'optimization': {'_name': None, 'max_update': 50, 'lr': [0.0005]},"
    " 'optimizer': {'_name': 'adam', 'lr': [0.0005]}, 'lr_scheduler': {'_name': 'fixed'}}"
)
ARGUMENTS = [
    (NAMESPACE, {"lr": 0.0005, "optimizer": "adam", "warmup_updates": 4000, "update_freq": 4, "clip_norm": 0.1}),
    ("x | Namespace(lr=[0.25, 0.1], optimizer='nag')", {"lr": 0.25, "optimizer": "nag"}),
    (
        HYDRA,
        {"lr": 0.0005, "optimizer": "adam", "max_update": 50, "lr_scheduler": "fixed"},
    ),
    ("Namespace(batch_size=None, max_tokens=4096)", {"max_tokens": 4096}),
    ("lr=[0.0005]", {}),
    ("Namespace(" + "[" * 100_000, {}),
    ("Namespace(lr=[__import__('os')], optimizer='adam')", {"optimizer": "adam"}),
]


@pytest.mark.parametrize(("line", "found"), ARGUMENTS)
def test_arguments(line: str, found: dict[str, object]) -> None:
    settings = fairseq_settings(line)
    assert {key: settings.get(key) for key in found} == found
    assert settings if found else not settings


def test_no_row_of_training(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="without a row of training"):
        read_one(READER, written(tmp_path, NAMESPACE, "train.log"))


@pytest.mark.parametrize(
    "text", [NAMESPACE + BRACKETS, SIMPLE, INNER, JSON], ids=["brackets", "simple", "inner", "JSON"]
)
def test_damaged_logs(tmp_path: Path, text: str) -> None:
    assert survives(READER, tmp_path, text, "train.log") > 5


def test_no_real_log_of_another_format_is_taken(real_logs: Path) -> None:
    files = [path for path in real_logs.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if knows(READER, path)] == []

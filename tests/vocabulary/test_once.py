"""Settings that many runs share: laid over, they are what merging them would give."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.inference.sweep_members import _fingerprint, differences
from lrdoctor.reading.assembly.lr_schedule import stated_schedule
from lrdoctor.reading.load import load
from lrdoctor.records.run import LAYERED_FROM, HParam, Layered
from lrdoctor.report.wording.settings_listed import MAX_LISTED, listed
from lrdoctor.vocabulary.once import cached_by_mapping
from lrdoctor.vocabulary.settings import stated_values
from tests.runs import falling, run_of

NAMES = [
    "lr",
    "optim/lr",
    "optimizer",
    "optimizer/name",
    "momentum",
    "batch_size",
    "max_grad_norm",
    "pretrained",
    "seed",
]
NAMES += ["learning_rate", "warmup_iters", "lr_decay_iters", "min_lr", "decay_lr", "width", "a/b/c", "pretrained"]
VALUES: st.SearchStrategy[HParam] = st.sampled_from([0.1, 1, True, False, "adam", "SGD", None, 1000, 64.0, "1"])
SETTINGS = st.dictionaries(st.sampled_from(NAMES), VALUES)
MANY: dict[str, HParam] = {f"section_{i}/option": i for i in range(MAX_LISTED)}


@given(own=SETTINGS, file=SETTINGS, wins=st.booleans())
def test_laid_over_settings_say_what_merged_ones_do(
    own: dict[str, HParam], file: dict[str, HParam], *, wins: bool
) -> None:
    base = MappingProxyType(MANY | file)
    beside = Layered({}, base)
    over = beside | own if wins else own | beside
    merged = MappingProxyType(base | own if wins else own | base)
    assert (list(over.items()), len(over)) == (list(merged.items()), len(merged))
    assert list({"a": 1} | over) == list({"a": 1} | merged)
    assert list((over | {"lr": 2}).items()) == list((merged | {"lr": 2}).items())
    assert stated_values(over) == stated_values(merged)
    assert stated_schedule(over) == stated_schedule(merged)
    assert _fingerprint(over) == _fingerprint(merged)
    assert listed(over).by_name == listed(merged).by_name
    assert listed(over).left_out == listed(merged).left_out
    assert list(pickle.loads(pickle.dumps(over)).items()) == list(over.items())  # noqa: S301 - our own
    for other in (run_of({}, base), run_of({}, MANY)):
        assert differences([run_of({}, over), other]) == differences([run_of({}, merged), other])


def test_few_settings_are_merged_and_a_files_alone_are_shared() -> None:
    few, many = (Layered({}, MappingProxyType(dict(list(MANY.items())[:n]))) for n in (LAYERED_FROM - 1, LAYERED_FROM))
    assert isinstance(run_of({}, {"lr": 0.1} | few).hparams, MappingProxyType)
    assert isinstance(run_of({}, {"lr": 0.1} | many).hparams, Layered)
    assert run_of({}, few).hparams is few.base
    assert run_of({}, many).hparams is many.base


def test_a_mapping_is_asked_once_and_one_that_may_change_anew() -> None:
    asked = []

    @cached_by_mapping
    def count(settings: Mapping[str, HParam]) -> int:
        asked.append(settings)
        return len(settings)

    fixed, open_ = MappingProxyType({"a": 1}), {"a": 1}
    assert [count(fixed), count(fixed), count(open_), count(open_)] == [1] * 4
    assert len(asked) == 3


def test_logs_with_settings_of_their_own_share_those_beside_them(tmp_path: Path) -> None:
    for k in range(5):
        rows = "".join(f"{i},{v},0.1\n" for i, v in enumerate(falling(40, seed=k)))
        (tmp_path / f"run_{k}.csv").write_text(f"# lr=0.0{k + 1}, batch_size=64\nstep,loss,rate\n{rows}")
    (tmp_path / "config.yaml").write_text("".join(f"key_{i}: {i}\n" for i in range(LAYERED_FROM)))
    runs = load([tmp_path]).runs
    assert [run.hparams["lr"] for run in runs] == [0.01, 0.02, 0.03, 0.04, 0.05]
    assert len({id(run.hparams.base) for run in runs if isinstance(run.hparams, Layered)}) == 1

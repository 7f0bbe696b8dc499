"""Settings that many runs share: laid over, they are what merging them would give."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.configuration import stated
from lrdoctor.grouping import _fingerprint, differences
from lrdoctor.load import load
from lrdoctor.once import LARGE, once_a_mapping, shared
from lrdoctor.report.settings_listed import MOST, listed
from lrdoctor.run import HParam, Layered
from lrdoctor.schedules import stated_schedule
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
MANY: dict[str, HParam] = {f"section_{i}/option": i for i in range(MOST)}


@given(SETTINGS, SETTINGS)
def test_laid_over_settings_say_what_merged_ones_do(own: dict[str, HParam], file: dict[str, HParam]) -> None:
    base = MappingProxyType(MANY | file)
    merged = MappingProxyType(own | dict(base))
    merged = MappingProxyType({key: own.get(key, value) for key, value in merged.items()})
    over = Layered(MappingProxyType(own), base)
    assert (list(over.items()), len(over)) == (list(merged.items()), len(merged))
    assert stated(over) == stated(merged)
    assert stated_schedule(over) == stated_schedule(merged)
    assert _fingerprint(over) == _fingerprint(merged)
    assert listed(over).shown == listed(merged).shown
    assert listed(over).left_out == listed(merged).left_out
    assert pickle.loads(pickle.dumps(over)) == over  # noqa: S301 - our own
    plain = run_of({}, MANY)
    assert differences([run_of({}, over), run_of({}, base)]) == differences(
        [run_of({}, merged), run_of({}, dict(base))]
    )
    assert differences([run_of({}, over), plain]) == differences([run_of({}, merged), plain])


def test_settings_are_laid_over_only_where_nothing_changes() -> None:
    base = MappingProxyType(MANY)
    assert shared(MappingProxyType(dict(base)), base) is base
    over = shared(MappingProxyType({"lr": 0.1} | dict(base)), base)
    assert isinstance(over, Layered)
    assert over.base is base
    last = MappingProxyType(dict(base) | {"lr": 0.1})
    assert shared(last, base) is last  # another order
    fewer = MappingProxyType({key: base[key] for key in list(base)[1:]})
    assert shared(fewer, base) is fewer
    assert shared(fewer, None) is fewer


def test_one_is_not_true() -> None:
    base = MappingProxyType(MANY | {"nesterov": 1})
    mine = shared(MappingProxyType({"nesterov": True} | {k: v for k, v in base.items() if k != "nesterov"}), base)
    assert mine["nesterov"] is True


def test_a_mapping_is_asked_once_and_one_that_may_change_anew() -> None:
    asked = []

    @once_a_mapping
    def count(settings: Mapping[str, HParam]) -> int:
        asked.append(settings)
        return len(settings)

    fixed, open_ = MappingProxyType({"a": 1}), {"a": 1}
    assert [count(fixed), count(fixed), count(open_), count(open_)] == [1] * 4
    assert len(asked) == 3


def test_logs_with_settings_of_their_own_share_those_beside_them(tmp_path: Path) -> None:
    for k in range(5):
        rows = "".join(f"{i},{v}\n" for i, v in enumerate(falling(40, seed=k)))
        (tmp_path / f"run_{k}.csv").write_text(f"# lr=0.0{k + 1}\nstep,loss\n{rows}")
    (tmp_path / "config.yaml").write_text("".join(f"key_{i}: {i}\n" for i in range(LARGE)) + "lr: 0.5\n")
    runs = load([tmp_path]).runs
    assert [run.hparams["lr"] for run in runs] == [0.01, 0.02, 0.03, 0.04, 0.05]
    assert len({id(run.hparams.base) for run in runs if isinstance(run.hparams, Layered)}) == 1

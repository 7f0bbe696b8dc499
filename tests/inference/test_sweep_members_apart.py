"""What tells sweeps apart, what their runs differ in, and which names mean one sweep."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lrdoctor.inference.sweep_members import (
    Group,
    count_different,
    differences,
    distinguish,
    essential,
    find_groups,
    group_of,
)
from lrdoctor.inference.values_compared import name_pattern
from lrdoctor.measurement.case import Case, examine
from lrdoctor.records.run import HParam, Layered, Source
from tests.runs import a_run, falling

RICH: Mapping[str, HParam] = {"width": 64, "batch_size": 32, "dataset": "digits"}


def case(
    lr: float | None, name: str, hparams: Mapping[str, HParam] = RICH, *, folder: str = "runs", optimizer: str = "Adam"
) -> Case:
    made = a_run(falling(60), lr=lr, name=name, optimizer=optimizer)
    path = Path(folder) / name
    return examine(replace(made, hparams={**made.hparams, **hparams}, source=Source(path, (path,), "table", "a test")))


LRS = (1e-4, 1e-3, 1e-2)


def sweep_of(prefix: str, hparams: Mapping[str, HParam] = RICH, **more: str) -> list[Case]:
    return [case(lr, f"{prefix}_lr{lr:g}", hparams, folder=more.get("folder", "runs")) for lr in LRS]


def test_only_sweeps_of_one_title_are_told_apart() -> None:
    odd = sweep_of("x", {**RICH, "batch_size": 8})
    wide = sweep_of("w", {**RICH, "width": 512})
    found = find_groups([*odd, *sweep_of("n"), *wide])
    assert [one.title for one in found] == ["Adam, batch size 8", *["Adam, batch size 32"] * 2]
    assert [one.apart for one in found] == [(), (("width", "64"),), (("width", "512"),)]


def test_sweeps_without_a_setting_that_differs_are_told_apart_by_folder() -> None:
    found = find_groups([*sweep_of("a", {}, folder="one"), *sweep_of("a", {}, folder="two")])
    assert [one.apart for one in found] == [(("in", "one"),), (("in", "two"),)]


def test_two_settings_at_most_and_only_those_that_a_sweep_has_tell_it_apart() -> None:
    many = {**RICH, "depth": 3, "width": 512, "dataset": "other"}
    found = find_groups([*sweep_of("a"), *sweep_of("b", many)])
    assert [one.apart for one in found] == [
        (("dataset", "digits"), ("width", "64")),
        (("dataset", "other"), ("depth", "3")),
    ]


def test_the_first_member_speaks_for_its_sweep_even_where_there_is_one() -> None:
    cases = [case(1e-3, "a"), case(1e-2, "b", {**RICH, "width": 512})]
    alone = [Group((0,), "t", ()), Group((1,), "t", ())]
    assert [one.apart for one in distinguish(cases, alone)] == [(("width", "64"),), (("width", "512"),)]


def test_a_title_has_what_all_runs_share() -> None:
    same = [case(1e-2, "b"), case(1e-3, "a")]
    assert group_of(same, [0, 1]).title == "Adam, batch size 32"
    assert group_of(same, [0, 1]).members == (1, 0)
    assert group_of(same, [0]).title == "Adam, batch size 32"
    mixed = [case(1e-3, "a"), case(1e-2, "b", optimizer="SGD")]
    assert group_of(mixed, [0, 1]).title == "batch size 32"
    sizes = [case(1e-3, "a"), case(1e-2, "b", {**RICH, "batch_size": 64})]
    assert group_of(sizes, [0, 1]).title == "Adam"
    unknown = [examine(a_run(falling(60), lr=lr, optimizer=None)) for lr in (1e-3, 1e-2)]
    assert group_of(unknown, [0, 1]).title == ""


def test_runs_without_an_lr_come_before_all_others() -> None:
    cases = [case(0.5, "a"), case(None, "b"), case(0.1, "c")]
    assert group_of(cases, [0, 1, 2]).members == (1, 2, 0)


@pytest.mark.parametrize("key", ["seed", "seeds", "trial_seeds"])
def test_seeds_are_told_and_what_reads_the_same_is_not(key: str) -> None:
    runs = [case(1e-3, "a", {**RICH, key: 1, "amp": None}).run, case(1e-2, "b", {**RICH, key: 2, "amp": "None"}).run]
    assert differences(runs) == ((key, ("1", "2")),)
    assert differences(runs[:1]) == ()
    assert differences([]) == ()


def test_settings_laid_over_one_base_differ_in_what_is_laid_over_it() -> None:
    base: dict[str, HParam] = {"width": 64, "dataset": "digits", "depth": 2}
    runs = [
        replace(case(1e-3, "a").run, hparams=Layered(own, base))
        for own in ({"depth": 3, "amp": True}, {"depth": 4}, {})
    ]
    assert differences(runs) == (("amp", ("True", "None")), ("depth", ("3", "4", "2")))
    plain = replace(case(1e-3, "a").run, hparams={**base, "width": 512})
    assert differences([*runs, plain]) == (
        ("amp", ("True", "None")),
        ("depth", ("3", "4", "2")),
        ("width", ("64", "512")),
    )


def test_laid_over_settings_make_the_same_sweep_as_plain_ones() -> None:
    base: dict[str, HParam] = {"width": 64, "dataset": "digits", "depth": 2, "seed": 1}

    def over(own: Mapping[str, HParam], lr: float) -> Case:
        made = a_run(falling(60), lr=lr, name=f"cat{lr:g}")
        return examine(replace(made, hparams=Layered({**own, "lr": lr}, base)))

    plain = examine(replace(a_run(falling(60), lr=1e-2, name="dog"), hparams={**base, "width": 32, "lr": 1e-2}))
    (found,) = find_groups([over({"width": 32}, 1e-4), over({"width": 32, "seed": 5}, 1e-3), plain])
    assert found.members == (0, 1, 2)
    assert find_groups([over({"width": 32}, 1e-4), over({"width": 48}, 1e-3), plain]) == []


@pytest.mark.parametrize(("settings", "sweep"), [(RICH, True), ({"width": 64, "dataset": "digits"}, False)])
def test_three_other_settings_are_enough_to_need_no_names(settings: Mapping[str, HParam], sweep: bool) -> None:
    runs = []
    for lr, name in zip(LRS, ("cat", "dog", "bird"), strict=True):
        made = a_run(falling(60), lr=lr, name=name, optimizer=None)
        runs.append(examine(replace(made, hparams={"lr": lr, **settings})))
    assert bool(find_groups(runs)) == sweep


def test_of_a_name_with_slashes_the_last_part_is_the_runs_own() -> None:
    def named(*names: str) -> bool:
        cases = []
        for lr, name in zip(LRS, names, strict=True):
            made = a_run(falling(60), lr=lr, name="log")
            cases.append(examine(replace(made, name=name, hparams={"lr": lr})))
        return bool(find_groups(cases))

    assert named("cat/x/run_1", "dog/y/run_2", "bird/run_3")
    assert not named("cat/x/one", "dog/y/two", "bird/three")


def test_settings_that_are_no_text_at_all_make_no_trouble() -> None:
    odd = {**RICH, "note\ud800": "\udfff"}
    (found,) = find_groups([case(lr, f"r{lr:g}", odd) for lr in LRS])
    assert len(found.members) == 3


def test_lrs_within_half_a_hundredth_of_a_decade_are_one() -> None:
    assert count_different([1.0, 10**0.004]) == 1
    assert count_different([1.0, 10**0.006]) == 2
    assert count_different([0.1, 0.01, 0.1, None]) == 2
    assert count_different([]) == 0


@pytest.mark.parametrize(
    ("name", "lr", "expected"),
    [
        ("adam_lr1e-3_big", 1e-3, "adam_lr*_big"),
        ("adam_lr1e-3_big", None, "adam_lr1e-3_big"),
        ("adam_lr1e-3_w64", 0.1, "adam_lr1e-3_w64"),
        ("lr101", 100.0, "lr*"),  # to one part in a hundred
        ("lr99", 100.0, "lr*"),
        ("lr102", 100.0, "lr102"),
        ("lr0.0102", 0.01, "lr0.0102"),
        ("lr0", 1e-3, "lr0"),
        ("x0.05_s3", 0.05, "x*_s*"),
        ("run_07", None, "run_*"),
        ("Seed-12", None, "Seed-*"),
        ("v2.1", None, "v2.1"),
        ("layers12", None, "layers12"),
    ],
)
def test_names_with_the_lr_and_the_count_taken_out(name: str, lr: float | None, expected: str) -> None:
    assert name_pattern(name, lr) == expected


def test_essential_settings_are_read_as_people_write_them() -> None:
    settings: dict[str, HParam] = {
        "lr": 0.1,
        "learning_rate_end": 1,
        "Seed": 3,
        "width": 64.0,
        "amp": True,
        "notes": 1,
        "act": "relu",
        "x": None,
    }
    assert essential(settings) == {"width": "64", "amp": "True", "act": "relu", "x": "None"}

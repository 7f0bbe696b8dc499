"""Objects as columns of numbers and of words."""

from lrdoctor.reading.parsing.object_columns import columns_of_lists, columns_of_objects


def test_objects() -> None:
    columns, cells = columns_of_objects([{"site": "a", "mse": 1}, {"site": "b", "mse": "2.5", "best": True}])
    named = {column.name: column for column in columns}
    assert named["mse"].value.tolist() == [1, 2.5]
    assert (named["site"].words, named["site"].labels) == (2, ("a", "b"))
    assert not named["site"].present.any()
    assert not named["best"].present.any()
    assert cells["site"] == ["a", "b"]


def test_lists_of_different_lengths() -> None:
    columns, _ = columns_of_lists({"loss": [3, 2, 1], "val_loss": [2], "names": ["a", "b", "c"]})
    assert [column.present.tolist() for column in columns] == [[True] * 3, [True, False, False], [False] * 3]
    assert columns_of_lists({}) == ([], {})

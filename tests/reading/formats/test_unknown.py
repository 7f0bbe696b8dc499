"""What a file that no reader knows is said to be; tests/reading/discovery/test_discover.py has the other kinds."""

from pathlib import Path

import pytest

from lrdoctor.reading.formats.unknown import what_it_seems
from lrdoctor.reading.parsing.head import look
from tests.reading.formats.line_logs import written


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[2024-01-01 12:00:00][INFO] - hello\n", "text in no log format known here"),
        ("[rank0]: hello\n", "text in no log format known here"),
        ("[0.5, 0.25]", "JSON, but no training history"),
        ('[{"a": 1}]', "JSON, but no training history"),
        ("".join(f"[{i}]\ttrain-rmse:0.5\n" for i in range(9)), "rounds of boosted trees"),
    ],
)
def test_text_in_brackets(tmp_path: Path, text: str, says: str) -> None:
    assert what_it_seems(look(written(tmp_path, text, "main.log"))).startswith(says)

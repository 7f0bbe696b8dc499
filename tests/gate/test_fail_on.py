"""What `--fail-on` takes, and what it refuses."""

import pytest

from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS
from lrdoctor.gate.fail_on import Kind, parse

KNOWN = [(rule.code, rule.name) for rule in FINDINGS]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([], []),
        ([""], []),
        (["divergent"], ["divergent"]),
        (["divergent, too-slow,"], ["divergent", "too-slow>=80%"]),
        (["too-high>=90%"], ["too-high>=90%"]),
        (["too-high >= 0.9"], ["too-high>=90%"]),
        (["too-high>=90"], ["too-high>=90%"]),
        (["too-high>=1"], ["too-high>=100%"]),
        (["too-high>=0"], ["too-high"]),
        (["too-high>=0.5%"], ["too-high>=0.5%"]),
        (["Divergent,lr201"], ["divergent", "LR201"]),
        (["still-falling"], ["LR201"]),
        (["fault,warning", "info"], ["fault", "warning", "info"]),
        (["inconclusive,unreadable"], ["inconclusive", "unreadable"]),
        (["divergent", "divergent"], ["divergent"]),
    ],
)
def test_lists_are_parsed(texts: list[str], found: list[str]) -> None:
    assert [str(one) for one in parse(texts, KNOWN)] == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("divergnt", "did you mean divergent"),
        ("LR999", "findings by code or name"),
        ("too-high>90%", "does not understand"),
        ("too-high>=", "does not understand"),
        ("too-high>=x", "does not understand"),
        ("too-high>=101%", "between 0 % and 100 %"),
        ("too-high>=180", "between 0 % and 100 %"),
        ("divergent>=90%", "has no certainty"),
        ("LR101>=90%", "has no certainty"),
        ("fault>=90%", "has no certainty"),
        ("unreadable>=1", "has no certainty"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_write(text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse([text], KNOWN)


def test_a_verdict_comes_before_a_finding_of_the_same_name() -> None:
    (one,) = parse(["divergent"], [("LR9", "divergent")])
    assert one.kind is Kind.VERDICT

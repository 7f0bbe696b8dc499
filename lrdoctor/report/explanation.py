"""What a finding means, as `lrdoctor explain` prints it: the page in the finding's own file."""

from collections.abc import Sequence

from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS, Rule


def listed(rules: Sequence[Rule] = FINDINGS) -> str:
    """Code, name and severity of every finding."""
    width = max(len(rule.name) for rule in rules)
    lines = [f"{rule.code}  {rule.name:{width}}  {rule.severity.value}" for rule in sorted(rules, key=lambda r: r.code)]
    return "\n".join([*lines, "", "lrdoctor explain CODE prints what one means, its limits and its sources."]) + "\n"


def explained(wanted: str, rules: Sequence[Rule] = FINDINGS) -> str:
    """The page of one finding, named by its code or its name; raises `UsageError` for one that is not there."""
    for rule in rules:
        if wanted.lower() in {rule.code.lower(), rule.name.lower()}:
            return f"{rule.code} {rule.name} ({rule.severity.value})\n\n{rule.explanation.strip()}\n"
    raise UsageError(f"no finding {wanted!r}: `lrdoctor explain` lists the codes")

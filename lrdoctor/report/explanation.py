"""What a finding means, as `lrdoctor explain` prints it: the page in the finding's own file, and how much it says."""

import textwrap
from collections.abc import Sequence

from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS, Rule
from lrdoctor.findings.rates import load_rates

WIDTH = 118  # as the pages are written


def listed(rules: Sequence[Rule] = FINDINGS) -> str:
    """Code, name and severity of every finding."""
    width = max(len(rule.name) for rule in rules)
    lines = [f"{rule.code}  {rule.name:{width}}  {rule.severity.value}" for rule in sorted(rules, key=lambda r: r.code)]
    return "\n".join([*lines, "", "lrdoctor explain CODE prints what one means, its limits and its sources."]) + "\n"


def explained(wanted: str, rules: Sequence[Rule] = FINDINGS) -> str:
    """The page of one finding, named by its code or its name; raises `UsageError` for one that is not there."""
    for rule in rules:
        if wanted.lower() in {rule.code.lower(), rule.name.lower()}:
            heading = f"{rule.code} {rule.name} ({rule.severity.value})"
            often = textwrap.fill(f"How often: {how_often(rule.name)}", WIDTH, break_on_hyphens=False)
            return f"{heading}\n\n{rule.explanation.strip()}\n{often}\n"
    raise UsageError(f"no finding {wanted!r}: `lrdoctor explain` lists the codes")


def how_often(name: str) -> str:
    """How often a finding is made by the run's true verdict, in words."""
    rates = load_rates()
    looked = f"{rates.runs:,} runs of {rates.sweeps} sweeps whose good LRs are known"
    mine = rates.by_finding.get(name)
    if mine is None:
        return f"not in the logs of the {looked}."
    shares = ", ".join(f"{100 * share:.1f} % of those {verdict}" for verdict, share in mine.items())
    return f"{shares} ({looked})."

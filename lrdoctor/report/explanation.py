"""What a finding means, as `lrdoctor explain` prints it: the page in the finding's own file, and how much it says."""

import re
import textwrap
from collections.abc import Sequence

from lrdoctor import limits
from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS
from lrdoctor.findings.frequencies import load_rates
from lrdoctor.findings.rule import Rule
from lrdoctor.report.wording.numbers import number

WIDTH = 118  # as the pages are written
PAPER = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
LIMITS_USED = re.compile(r"^Limits used: (.*?)\.$", re.MULTILINE | re.DOTALL)


def listed(rules: Sequence[Rule] = FINDINGS) -> str:
    """Code, name and severity of every finding, and what it is about."""
    width = max(len(rule.name) for rule in rules)
    lines = [
        f"{rule.code}  {rule.name:{width}}  {rule.severity.value:7}  {about(rule)}".rstrip()
        for rule in sorted(rules, key=lambda r: r.code)
    ]
    return "\n".join([*lines, "", "lrdoctor explain CODE prints what one means, its limits and its sources."]) + "\n"


def about(rule: Rule) -> str:
    """What a finding is about: the first line of its page without its name."""
    return rule.explanation.strip().splitlines()[0].partition(": ")[2].rstrip(".")


def explained(wanted: str, rules: Sequence[Rule] = FINDINGS) -> str:
    """The page of one finding, named by its code or its name.

    Raises:
        UsageError: there is none of that name.
    """
    for rule in rules:
        if wanted.lower() in {rule.code.lower(), rule.name.lower()}:
            heading = f"{rule.code} {rule.name} ({rule.severity.value})"
            page = LIMITS_USED.sub(lambda used: with_values(used[1]), rule.explanation.strip())
            page = PAPER.sub(r"https://arxiv.org/abs/\1", page)
            often = textwrap.fill(f"How often: {how_often(rule.name)}", WIDTH, break_on_hyphens=False)
            return f"{heading}\n\n{page}\n{often}\n"
    raise UsageError(f"no finding {wanted!r}: `lrdoctor explain` lists the codes")


def with_values(names: str) -> str:
    """The limits that a page names, each with its value, unit, reason and source; other words as they are."""
    found = [(name, getattr(limits, name, None)) for name in re.findall(r"[A-Z][A-Z_]+", names)]
    known = [(name, limit) for name, limit in found if isinstance(limit, limits.Limit)]
    if not known:
        return f"Limits used: {names}."
    lines = [
        textwrap.fill(
            f"- {name} = {number(limit)} {limit.unit}: {limit.reason} ({limit.source})",
            WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
            break_on_hyphens=False,
        )
        for name, limit in known
    ]
    return "\n".join(["Limits used:", *lines])


def how_often(name: str) -> str:
    """How often a finding is made by the run's true verdict, in words."""
    rates = load_rates()
    looked = f"{rates.runs:,} runs of {rates.sweeps} sweeps whose good LRs are known"
    mine = rates.by_finding.get(name)
    if mine is None:
        return f"not in the logs of the {looked}."
    shares = ", ".join(f"{100 * share:.1f} % of those {verdict}" for verdict, share in mine.items())
    return f"{shares} ({looked})."

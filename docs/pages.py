"""Write what the docs take from the code: the findings' pages, and the list of readers.

`--check` only says whether they are as the code has it, as `make lint` asks.
"""

import re
import sys
from pathlib import Path

from lrdoctor.findings import FINDINGS
from lrdoctor.reading.formats import READERS
from lrdoctor.report.explanation import explained

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- generated: readers -->", "<!-- end -->"
PAPER = re.compile(r"(?:arXiv:|https://arxiv\.org/abs/)(\d{4}\.\d{4,5})")


def findings() -> str:
    """Every finding with its page, by code."""
    parts = [
        "# Findings",
        "",
        "Measured faults and facts with a stable code. `lrdoctor explain CODE` prints the same.",
        "",
        "| code | name | severity |",
        "|---|---|---|",
    ]
    rules = sorted(FINDINGS, key=lambda rule: rule.code)
    parts += [f"| [{r.code}](#{r.code.lower()}) | {r.name} | {r.severity.value} |" for r in rules]
    for rule in rules:
        page = explained(rule.code).partition("\n\n")[2]
        parts += ["", f"## {rule.code} {rule.name} {{ #{rule.code.lower()} }}", "", f"*{rule.severity.value}*", ""]
        parts.append(paragraphs(page))
    return "\n".join(parts).rstrip() + "\n"


def paragraphs(page: str) -> str:
    """A page's lines as Markdown: a paragraph a heading, limits as a list, papers as links."""
    text = re.sub(r"\n {4,}", " ", page)
    text = re.sub(r"^  - ", "- ", text, flags=re.MULTILINE)
    text = re.sub(r"^([A-Z][a-z ]+): ?", r"\n**\1.** ", text, flags=re.MULTILINE)
    text = text.replace("**Limits used.** \n", "**Limits used.**\n\n").replace("<", "&lt;")
    return PAPER.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", text).strip()


def readers() -> str:
    """The list of readers, in the order they are asked."""
    rows = ["| name | what |", "|---|---|"]
    rows += [f"| `{r.name}` | {r.title}{' (refused, with the reason)' if r.refuses else ''} |" for r in READERS]
    return "\n".join(rows)


def main() -> int:
    """Write or check both pages; the exit code."""
    formats = HERE / "formats.md"
    before, rest = formats.read_text(encoding="utf-8").split(BEGIN)
    made = {
        HERE / "findings.md": findings(),
        formats: f"{before}{BEGIN}\n\n{readers()}\n\n{END}{rest.split(END)[1]}",
    }
    stale = [path.name for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv[1:]:
        for path, text in made.items():
            path.write_text(text, encoding="utf-8")
        return 0
    if stale:
        print(f"docs/{', docs/'.join(stale)} are not as the code has it: run `make docs`")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

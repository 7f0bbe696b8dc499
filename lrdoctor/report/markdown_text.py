"""Text from a log as text in Markdown, and in the HTML that becomes of it, wherever it stands."""

import re

from lrdoctor.display import clean

# A comment splits what GitHub and GitLab look for once Markdown is done, from which neither a backslash nor an entity
# keeps them: `@name`, `#12`, `!3`, `~label`, `$4`, `%5`, `&6`, `^alert`, `GH-7`, `:emoji:`, addresses.
_SPLIT = "<!-- -->"
_SIGNIFICANT = re.compile(
    r"""
    (?P<reference> [@#$!~%&^](?=[\w"]) | :(?=//|[\w+-]+:) | (?<=\bwww)\. | (?<=\bGH)-(?=\d) )
    | [\\`*{}\[\]<>|&~$@^!] | \#(?!\S) | (?<!\w)_ | _(?!\w)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def escaped(text: str) -> str:
    r"""A text that stays text, on one line: no markup, link, mention or picture comes of it.

    By entities, not backslashes: inside of HTML, as in `<summary>`, Markdown undoes no backslash.

    >>> print(escaped("train_loss|b <script>"))
    train_loss&#124;b &#60;script&#62;
    >>> print(escaped("ask @all, 50 % of #1"))
    ask &#64;<!-- -->all, 50 % of &#35;<!-- -->1
    """
    return _SIGNIFICANT.sub(_entity, " ".join(clean(text).split()))


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};{_SPLIT if found['reference'] else ''}"

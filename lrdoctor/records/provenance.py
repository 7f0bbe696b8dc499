"""Where a report comes from: when it was made, by which command, of what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Provenance:
    """What a report says of its own making.

    Args:
        generated_at: UTC, ISO 8601 to the second, such as `2026-12-01T14:03:00Z`; "" where not told, as from Python,
            so that the same values make the same report.
        command: the command line; "" likewise.
        title: what the report is about, such as the name of the folder that was given; "" where it names itself.
    """

    generated_at: str = ""
    command: str = ""
    title: str = ""

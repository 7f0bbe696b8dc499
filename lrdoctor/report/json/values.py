"""What every JSON of this tool is made of: valid numbers, a layout, and the values that recur.

A number that is not finite becomes the string `"nan"`, `"inf"` or `"-inf"` (what Python's `float()` and most
languages parse back), since JSON has no such numbers and null would hide what the log said.  Absent values are null.
"""

import math
from collections.abc import Mapping, Sequence
from json.encoder import JSONEncoder, encode_basestring
from typing import TypeAlias

from lrdoctor.records.diagnosis import Belief, Verdict
from lrdoctor.records.run import Floats
from lrdoctor.records.sweep import SweepMember

# Of computed floats: beyond what any estimate here is good for, short of what differs between machines.
DIGITS = 9

_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False)  # `json.dumps` would make one a value

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"


def dumps(value: Json) -> str:
    """`value` as valid JSON text: no bare NaN, no unpaired surrogate, ending in one line break."""
    return laid_out(plain(value)).encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def laid_out(value: Json, indent: str = "") -> str:
    """`value` (already `plain`) as JSON, one key a line, an array of scalars on one line.

    >>> print(laid_out({"a": [1, 2], "b": {}}))
    {
     "a": [1, 2],
     "b": {}
    }
    """
    inner = indent + " "
    if isinstance(value, str):
        return encode_basestring(value)
    if (type(value) is float and math.isfinite(value)) or type(value) is int:
        return repr(value)  # as the encoder does, which is made anew for each
    if isinstance(value, Mapping) and value:
        items = [f"{encode_basestring(key)}: {laid_out(item, inner)}" for key, item in value.items()]
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        items = [laid_out(item, inner) for item in value]
    else:
        return _ENCODER.encode(value)
    opening, closing = "{}" if isinstance(value, Mapping) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(items) + f"\n{indent}{closing}"


def plain(value: Json) -> Json:
    """`value` with every number that is not finite made a string."""
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(float(value))
    if isinstance(value, str) or value is None or isinstance(value, int):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return [plain(item) for item in value]


def rounded(value: float) -> float:
    """`value` to `DIGITS` significant digits, so that machines that differ in the last bit agree."""
    return float(f"{value:.{DIGITS}g}")


def optional(value: float | None) -> float | None:
    """A measured number, rounded, or None."""
    return None if value is None else rounded(float(value))


def shares(values: Floats) -> list[Json]:
    """Probabilities or decades to six decimals, which is what a plot of them needs."""
    return [round(float(value), 6) + 0.0 for value in values]


def by_verdict(values: Mapping[Verdict, float]) -> dict[str, Json]:
    """A mapping by verdict, in the order of the verdicts whatever the mapping's own."""
    return {verdict.value: rounded(values[verdict]) for verdict in Verdict if verdict in values}


def belief_json(belief: Belief) -> dict[str, Json]:
    """The distribution, as arrays of one length over `decades` = log10(candidate LR / this run's LR)."""
    return {
        "decades": shares(belief.decades),
        "in_band": shares(belief.in_band),
        "middle": shares(belief.middle),
        "prior_in_band": shares(belief.prior_in_band),
    }


def numbers(values: Floats) -> list[Json]:
    """Measured numbers, rounded."""
    return [rounded(float(value)) for value in values]


def member_json(one: SweepMember) -> dict[str, Json]:
    """Where a run of a sweep lies on the common LR axis."""
    return {
        "lr": rounded(one.lr),
        "cost": rounded(one.cost),
        "below": rounded(one.below),
        "inside": rounded(one.inside),
        "above": rounded(one.above),
        "diverged": one.diverged,
    }

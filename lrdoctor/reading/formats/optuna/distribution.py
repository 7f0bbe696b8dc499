"""What an Optuna parameter stands for: storages keep a number, and beside it the distribution it was drawn from.

    {"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam"]}}

The number is then the place among the choices.
"""

import json
import math

from lrdoctor.records.run import HParam

_MAX_TEXT = 100_000


def setting(stored: object, distribution: object) -> HParam:
    """The value that a stored parameter stands for; None where it cannot be told.

    >>> setting(1.0, '{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adam"]}}')
    'adam'
    >>> setting(32.0, '{"name": "IntDistribution", "attributes": {"low": 8, "high": 64}}')
    32
    """
    if isinstance(stored, bool) or not isinstance(stored, int | float) or not math.isfinite(stored):
        return None
    known = _parsed(distribution)
    name, attributes = str(known.get("name", "")), known.get("attributes")
    if name == "CategoricalDistribution":
        choices = attributes.get("choices") if isinstance(attributes, dict) else None
        if not isinstance(choices, list) or not 0 <= stored < len(choices):
            return None
        choice = choices[int(stored)]
        return choice if choice is None or isinstance(choice, str | int | float) else None
    return int(stored) if name.startswith("Int") else float(stored)


def _parsed(text: object) -> dict[str, object]:
    if not isinstance(text, str) or len(text) > _MAX_TEXT:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

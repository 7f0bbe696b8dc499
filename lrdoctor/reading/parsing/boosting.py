"""What XGBoost and LightGBM print: rounds of boosting, whose learning rate is no step size of gradient descent.

[10]    train-logloss:0.62011   eval-logloss:0.63245
[10]    training's binary_logloss: 0.62011      valid_1's binary_logloss: 0.63245
"""

import re

LEAST_ROUNDS = 3
_ROUND = re.compile(r"^\[\d{1,9}\]\t[^\n\t:]{1,60}(?:-[^\s:]{1,40}:|'s [^\s:]{1,40}: )[-+\d]", re.MULTILINE)


def is_boosting(text: str) -> bool:
    """Whether a text is a log of boosted trees, by several rounds."""
    return "]\t" in text and len(_ROUND.findall(text)) >= LEAST_ROUNDS

"""What libraries of boosted trees print: rounds of boosting, whose learning rate is no step size of gradient descent.

XGBoost, LightGBM, CatBoost, scikit-learn by histograms, NGBoost:

    [10]    train-logloss:0.62011   eval-logloss:0.63245
    [10]    training's binary_logloss: 0.62011      valid_1's binary_logloss: 0.63245
    10:     learn: 0.6201100        test: 0.6324500 best: 0.6324500 (10)  total: 9ms
    [10/100] 1 tree, 31 leaves, max depth = 12, train loss: 0.62011, in 0.011s
    [iter 100] loss=0.9 val_loss=0.0000 scale=1.0000 norm=0.7

scikit-learn's older gradient boosting prints a head and rows of bare numbers.
"""

import re

LEAST_ROUNDS = 3
_ROUND = re.compile(
    r"^\[\d{1,9}\](?:\t|#011)[^\n\t:]{1,60}(?:-[^\s:]{1,40}:|'s [^\s:]{1,40}: )[-+\d]"
    r"|^\d{1,9}:\tlearn: [-+\d]"
    r"|^\[\d{1,9}/\d{1,9}\] \d{1,5} trees?, \d"
    r"|^\[iter \d{1,9}\] loss=\S{1,40} val_loss=\S{1,40} scale=",
    re.MULTILINE,
)
_SIGNS = ("]\t", "]#011", ":\tlearn: ", " tree", "[iter ")  # one stands in each of them
# The head of what scikit-learn's gradient boosting prints, whose rows are bare numbers.
_HEAD = re.compile(r"^ {1,12}Iter {3,12}Train Loss {3,12}(?:OOB Improve {3,12})?Remaining Time", re.MULTILINE)


def is_boosting(text: str) -> bool:
    """Whether a text is a log of boosted trees, by several rounds."""
    if any(sign in text for sign in _SIGNS) and len(_ROUND.findall(text)) >= LEAST_ROUNDS:
        return True
    return "Train Loss" in text and _HEAD.search(text) is not None

"""Other well-kept ways to fit the same signs, judged on families they have not seen: why the tables are what they are.

Each says where a run lies (below, inside, above); divergence is observed by the same rule for all.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.baselines import blew_up
from benchmarks.metrics import WORDS, macro_f1, near_words
from benchmarks.rows import Row, unseen
from benchmarks.weights import weights
from lrdoctor.records.run import Floats


def _forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, min_samples_leaf=4, max_features=0.3, random_state=0, n_jobs=2)


def _extra_trees() -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(300, min_samples_leaf=4, max_features=0.4, random_state=0, n_jobs=2)


def _boosting(interactions: str | None) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=200, learning_rate=0.06, max_leaf_nodes=8, l2_regularization=5, interaction_cst=interactions
    )


def _splines() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import SplineTransformer, StandardScaler

    return make_pipeline(
        SplineTransformer(n_knots=6, degree=1, knots="quantile", extrapolation="constant"),
        StandardScaler(),
        LogisticRegression(C=0.02, max_iter=400),
    )


METHODS: Mapping[str, Callable[[], Any]] = {
    "random forest": _forest,
    "extremely randomised trees": _extra_trees,
    "gradient boosting": lambda: _boosting(None),
    "gradient boosting, additive": lambda: _boosting("no_interactions"),
    "GAM: splines + logistic": _splines,
}


def compare(
    rows: Sequence[Row], signs: Mapping[str, Floats], outside: frozenset[str], judged: frozenset[str]
) -> list[str]:
    """A line a method: F1, near and Brier on the families `judged`, fitted without the group they are in."""
    x = np.nan_to_num(np.column_stack([signs[name] for name in sorted(signs)]), nan=-9.0)
    place = np.array([0 if row.low > 0 else 2 if row.high < 0 else 1 for row in rows])
    of, weight = np.array([row.family for row in rows]), weights(rows, outside)
    ok = near_words(rows)
    tested = [i for i, row in enumerate(rows) if row.family in judged]
    truth = [rows[i].verdict for i in tested]
    lines = []
    for name, make in METHODS.items():
        chances = np.zeros((len(rows), 3))
        for group in unseen([rows[i] for i in tested]):
            test = np.isin(of, sorted(group))
            train = ~test
            model = make()
            key = f"{model.steps[-1][0]}__sample_weight" if hasattr(model, "steps") else "sample_weight"
            model.fit(x[train], place[train], **{key: weight[train] / weight[train].mean()})
            chances[test] = model.predict_proba(x[test])
        p = np.array([[0, 0, 0, 1] if blew_up(rows[i].loss) else [*chances[i], 0] for i in tested], dtype=float)
        said = [WORDS[k] for k in p.argmax(axis=1)]
        near = np.mean([word in ok[i] for word, i in zip(said, tested, strict=True)])
        brier = ((p - np.array([[word == t for word in WORDS] for t in truth])) ** 2).sum(axis=1).mean()
        lines.append(f"{name:30} F1 {macro_f1(truth, said):.3f}  near {near:.3f}  Brier {brier:.3f}")
    return lines

"""What kind of training a curve and its settings speak of, as far as a fit has to know it.

Small nets, vision from scratch and large language models come down in different ways at the same distance from their
best LR.  A fit on some of them holds for the others only as far as what is customary does.
"""

from enum import StrEnum

import numpy as np

from lrdoctor import limits
from lrdoctor.records.run import Run, Series
from lrdoctor.vocabulary.untrained import untrained_loss


class Kind(StrEnum):
    """Kinds of training that are told apart."""

    LANGUAGE_MODEL = "language-model"  # of a vocabulary of thousands
    OTHER = "other"


def kind_of(run: Run, loss: Series) -> Kind:
    """The kind of training; a language model is seen from its vocabulary, in the settings or in the first loss."""
    stated = untrained_loss(run.hparams)
    if stated is not None:
        return Kind.LANGUAGE_MODEL if stated >= limits.VOCABULARY else Kind.OTHER
    finite = loss.value[np.isfinite(loss.value)]
    # The first logged loss of a model that learns at once is a few steps' mean, a little below the untrained one's.
    untrained = len(finite) and limits.VOCABULARY <= finite[0] <= limits.VOCABULARY_MOST
    return Kind.LANGUAGE_MODEL if untrained and finite.min() > 1 else Kind.OTHER

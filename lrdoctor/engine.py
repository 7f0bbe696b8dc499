"""The name that `pipeline` had before 0.2, for those who import it: nothing of its own."""

from lrdoctor.pipeline import diagnose, diagnose_sweep

__all__ = ["diagnose", "diagnose_sweep"]

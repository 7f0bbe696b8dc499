"""The name that `reading.load` had before 0.2, for those who import it: nothing of its own."""

from lrdoctor.reading.load import load, read

__all__ = ["load", "read"]

"""Frozen values that flow through the house: what was read, measured, inferred and replayed."""

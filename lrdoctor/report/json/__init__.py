"""Report -> JSON."""

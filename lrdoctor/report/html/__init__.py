"""Report -> one HTML page."""

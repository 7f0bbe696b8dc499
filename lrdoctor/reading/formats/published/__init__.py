"""Published benchmarks' logs."""

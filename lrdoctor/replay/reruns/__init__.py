"""Short reruns at several LRs."""

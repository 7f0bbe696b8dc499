"""From a path to the logs in it."""

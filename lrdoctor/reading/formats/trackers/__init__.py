"""Experiment trackers: MLflow, ClearML, Comet, DVCLive, Ray Tune."""

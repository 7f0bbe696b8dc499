"""Run -> Case: roles, log quality, the loss curve and its signs; no inference."""

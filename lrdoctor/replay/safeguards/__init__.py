"""Nothing of the user's is harmed: budgets, devices, random state, weights, failures."""

"""Tables made from a seed: such as hold no training, and such as do."""

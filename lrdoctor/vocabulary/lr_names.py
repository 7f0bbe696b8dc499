"""What a learning rate is called: in logs, in settings, in modules.  Every room takes its names from here."""

# A logged series, as words.
SERIES = ("lr", "learning rate", "learningrate")
# Some letters of each of them: most tags are turned down by these alone.
LETTERS = ("lr", "rate")

# Settings of the peak of a schedule, the most explicit first: one-cycle schedules have both `lr` and `max_lr`.
PEAK_SETTINGS = (
    # MAE, DeiT and their heirs print a `base lr`, then what it comes to for their batch size.
    *("actual_lr", "effective_lr", "scaled_lr", "actual_learning_rate", "effective_learning_rate"),
    *("max_lr", "peak_lr", "lr_max", "lr_peak", "max_learning_rate", "peak_learning_rate"),
    *("lr", "learning_rate", "learningrate", "optimizer_lr", "optim_lr", "opt_lr", "opt_learning_rate"),
    *("base_lr", "base_learning_rate", "lr_base", "init_lr", "initial_lr", "lr_init", "initial_learning_rate", "lr0"),
)

# A setting with such a word is the LR or scales with it.
SCALING_WORDS = frozenset({"lr", "lrs", "learningrate", "lr0", "lrf", "eta"})

# A module's own attribute, or one of its hyper-parameters, as LR finders set it.
ATTRIBUTES = ("lr", "learning_rate")

"""The recipes of the samples, each with the ends of its sweep."""

from generation import tasks
from generation.training import Recipe

MOMENTUM = "SGD, momentum 0.9"

MLP = Recipe(tasks.digits_mlp, MOMENTUM, 64, 30, lowest=-4, highest=0.6)
MLP_ADAMW = Recipe(tasks.digits_mlp, "AdamW", 64, 30, weight_decay=0.01, lowest=-5, highest=0)
KERAS_MLP = Recipe(tasks.digits_mlp, "SGD", 32, 40, lowest=-3.4, highest=1)
CNN = Recipe(tasks.digits_cnn, MOMENTUM, 32, 24, "steps", weight_decay=5e-4, lowest=-4, highest=0.4)
# Its gradient norms lie around 1: the first clips nearly every step, the second the rare spike.
CNN_CLIPPED = Recipe(tasks.digits_cnn, MOMENTUM, 32, 16, "cosine", clip=0.25, lowest=-3, highest=1.4)
CNN_RARELY_CLIPPED = Recipe(tasks.digits_cnn, MOMENTUM, 32, 16, "cosine", clip=2.5, lowest=-4, highest=0.4)
CNN_NORM = Recipe(
    tasks.digits_cnn_norm, "AdamW", 32, 20, "cosine", warmup=80, weight_decay=0.05, lowest=-5, highest=0.2
)
WIDE = Recipe(tasks.digits_wide, "SGD", 64, 24, "cosine", lowest=-3.6, highest=0.4)
AUTOENCODER = Recipe(tasks.autoencoder, "Adam", 64, 40, lowest=-4, highest=0)
SPIRALS = Recipe(tasks.spirals, "Adam", 50, 50, "cosine", lowest=-5, highest=0)
REGRESSION_SGD = Recipe(tasks.friedman, "SGD", 32, 12, warmup=150, lowest=-3, highest=1)
REGRESSION_ADAM = Recipe(tasks.friedman, "Adam", 48, 16, lowest=-4, highest=1.0)
REGRESSION_LONG = Recipe(tasks.friedman, "Adam", 16, 30, "cosine", lowest=-4.4, highest=0)
REGRESSION_GAPS = Recipe(tasks.friedman_with_gaps, "Adam", 48, 16, quarantine=True, lowest=-4, highest=0)
CHARACTERS = Recipe(tasks.char_mlp, "Adam", 64, 4, lowest=-4.4, highest=0.4)
TRANSFORMER = Recipe(
    tasks.char_transformer, "AdamW", 16, 4, "linear", warmup=60, clip=1.0, weight_decay=0.01, lowest=-4, highest=0.2
)

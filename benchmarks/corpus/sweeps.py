"""The list.  Families take turns, so that the first sweeps made already cover all of them.

To add a sweep, add a row; `make` trains what has no file yet.  Those of `drawn.csv` come with them.
"""

from dataclasses import replace
from itertools import chain, zip_longest

from benchmarks.corpus.drawn import drawn
from benchmarks.corpus.other_domains import KINDS as OTHER_DOMAINS
from benchmarks.corpus.sweep import Sweep as S  # noqa: N817  a table, not prose

LINEAR = (
    S("linear/digits", "SGD", "constant", 32, 1700, 2, 50),
    S("linear/digits-255", "SGD-momentum", "constant", 16, 1360, 4, 20, logging="rounded-4"),
    S("linear/blobs", "Adam", "cosine", 128, 600, 1, 20),
    S("linear/patches-small", "Adam", "constant", 16, 13700, 25, 100),
    S("linear/cancer-raw", "RMSprop", "linear", 8, 2350, 10, 50),
    S("linear/digits-sum", "Lion", "onecycle", 64, 510, 1, 30),
    S("linear/cancer", "Adagrad", "constant", 32, 400, 10, 40, logs="none"),
    S("linear/patches-small", "SGD-nesterov", "step", 64, 1360, 5, 20, warmup=0.05),
    S("linear/wine", "SGD", "inverse-sqrt", 4, 1450, 29, 50),
)
MLP = (
    S("mlp/digits", "SGD-momentum", "constant", 32, 3400, 5, 100),
    S("mlp/blobs", "AdamW", "cosine", 64, 1400, 5, 30, warmup=0.1, weight_decay=0.1),
    S("mlp/spirals", "Adam", "constant", 128, 1650, 11, 50),
    S("mlp/blobs", "SGD", "constant", 16, 18700, 20, 100),
    S("mlp/digits-wide", "AdamW", "linear", 64, 1020, 3, 30, warmup=0.05, weight_decay=0.05),
    S("mlp/digits-deep-tanh", "SGD", "wsd", 16, 2700, 10, 40),
    S("mlp/digits-255", "Adam", "constant", 64, 1020, 1, 60, logging="smoothed"),
    S("mlp/digits-dropout", "RMSprop", "step-halves", 32, 1700, 10, 50, logging="window"),
    S("mlp/spirals-sum", "SGD-nesterov", "constant", 64, 2300, 23, 40, clip=1.0),
    S("mlp/blobs-sigmoid", "Adagrad", "linear", 256, 700, 1, 20),
    S("mlp/digits-few", "Adam", "constant", 16, 2700, 6, 75),
    S("mlp/patches", "SGD", "constant", 16, 4000, 8, 40, momentum=0.0),
    S("mlp/blobs-bn", "Lion", "cosine", 128, 920, 4, 40, weight_decay=0.3),
    S("mlp/digits-head", "SGD-momentum", "onecycle", 64, 850, 2, 25, logs="loss"),
    S("mlp/digits-wide", "SGD-momentum", "constant", 32, 1020, 4, 30),
    S("mlp/digits-big-init", "Adafactor", "inverse-sqrt", 32, 1360, 4, 20, warmup=0.1),
)
CNN = (
    S("cnn/digits", "Adam", "constant", 32, 1700, 5, 50),
    S("cnn/textures", "SGD-momentum", "cosine", 32, 1100, 4, 24),
    S("cnn/digits-augmented", "SGD", "constant", 16, 2000, 10, 30),
    S("cnn/digits", "SGD-momentum", "constant", 16, 5440, 5, 80),
    S("cnn/textures-sum", "AdamW", "constant", 64, 500, 1, 20, logging="rounded-3"),
    S("cnn/patches", "RMSprop", "constant", 32, 1360, 10, 20),
    S("cnn/digits-deep", "SGD-nesterov", "constant", 32, 1700, 17, 25),
    S("cnn/digits-255", "Adagrad", "wsd", 16, 1360, 8, 20),
    S("cnn/digits-255", "SGD-momentum", "step", 32, 1360, 4, 20),
)
CNN_BN = (
    S("cnn-bn/digits", "SGD-momentum", "constant", 32, 1700, 10, 50),
    S("cnn-bn/textures", "Adam", "onecycle", 64, 460, 1, 20),
    S("cnn-bn/patches", "SGD", "step", 32, 1360, 4, 20, weight_decay=5e-4),
    S("cnn-bn/digits", "Adam", "constant", 16, 4760, 7, 70),
    S("cnn-bn/textures-smooth", "Adagrad", "constant", 128, 300, 2, 20),
    S("cnn-bn/digits-augmented", "AdamW", "constant", 16, 1360, 8, 20, weight_decay=0.05, logging="running"),
)
RESNET = (
    S("resnet/blobs-mlp", "SGD", "constant", 32, 1860, 6, 40),
    S("resnet/digits", "Adam", "cosine", 32, 680, 2, 20),
    S("resnet/textures", "SGD-momentum", "linear", 64, 700, 5, 20, warmup=0.1),
    S("resnet/digits-mlp-ln", "Lion", "constant", 64, 1360, 8, 40),
    S("resnet/patches", "SGD-nesterov", "step-halves", 32, 600, 4, 20, weight_decay=1e-3),
    S("resnet/digits-mlp-ln", "Adafactor", "constant", 16, 1360, 20, 20, logs="none"),
)
PATCH_TRANSFORMER = (
    S("patch-transformer/digits", "AdamW", "cosine", 32, 510, 2, 15, warmup=0.1, weight_decay=0.05),
    S("patch-transformer/textures", "Adam", "constant", 32, 930, 3, 20),
    S("patch-transformer/digits-post", "SGD-momentum", "linear", 16, 1000, 10, 20, warmup=0.2, clip=1.0),
    S("patch-transformer/patches", "Lion", "wsd", 32, 680, 17, 15, weight_decay=0.1),
    S("patch-transformer/digits", "SGD", "constant", 16, 1020, 2, 15, logs="loss"),
)
CHAR_LM = (
    S("char-lm/code", "AdamW", "cosine-tenth", 16, 900, 5, 18, warmup=0.05, weight_decay=0.1, clip=1.0, beta2=0.95),
    S("char-lm/licences", "Adam", "constant", 8, 1200, 10, 24),
    S("char-lm/licences-few", "SGD-momentum", "constant", 30, 1500, 10, 50, clip=1.0),
    S("char-lm/code-sum", "Adafactor", "inverse-sqrt", 16, 600, 20, 16, warmup=0.1, logs="none", logging="window"),
    S("char-lm/code-post", "Adam", "linear", 8, 700, 10, 14, warmup=0.1, logging="window"),
    S("char-lm/reverse", "RMSprop", "constant", 16, 1000, 4, 20),
    S("char-lm/licences", "Lion", "wsd", 8, 700, 1, 14, clip=1.0),
)
RECURRENT = (
    S("recurrent/digit-rows-rnn", "Adam", "constant", 32, 1700, 10, 50),
    S("recurrent/code-gru", "SGD", "linear", 16, 700, 7, 14, clip=1.0),
    S("recurrent/adding-gru", "RMSprop", "constant", 32, 620, 2, 20),
    S("recurrent/licences-lstm", "AdamW", "cosine", 16, 400, 10, 10, clip=0.5, logs="none"),
    S("recurrent/waves-gru", "SGD-nesterov", "constant", 32, 620, 1, 20),
    S("recurrent/digit-rows-lstm", "Adagrad", "step", 32, 1020, 3, 30),
    S("recurrent/adding-lstm", "Adam", "onecycle", 32, 1240, 31, 20),
    S("recurrent/licences-rnn-sum", "SGD-momentum", "exponential", 16, 600, 3, 20),
)
AUTOENCODER = (
    S("autoencoder/digits-sum", "Adam", "constant", 32, 2380, 7, 70),
    S("autoencoder/colour-sum", "SGD-momentum", "cosine", 64, 1360, 4, 20),
    S("autoencoder/digits-mean", "SGD", "constant", 16, 3400, 17, 50),
    S("autoencoder/digits-sum", "SGD-momentum", "constant", 16, 6800, 10, 100),
    S("autoencoder/denoise", "AdamW", "onecycle", 64, 850, 5, 25, logging="running"),
    S("autoencoder/digits-sum", "Lion", "step", 16, 1360, 8, 20),
    S("autoencoder/denoise", "SGD-momentum", "linear", 32, 1020, 3, 30),
    S("autoencoder/colour-sum", "Adagrad", "constant", 32, 1360, 4, 20),
)
VAE = (
    S("vae/digits", "SGD", "constant", 32, 3400, 10, 100),
    S("vae/digits12", "Adam", "constant", 64, 1700, 5, 100),
    S("vae/colour-gauss", "RMSprop", "exponential", 32, 1360, 4, 20, clip=5.0),
    S("vae/digits12", "Adam", "constant", 16, 6800, 8, 100),
    S("vae/digits-wide", "Adam", "constant", 64, 1360, 4, 40),
    S("vae/digits-mean", "SGD-momentum", "constant", 16, 2700, 9, 40),
    S("vae/grey-beta", "AdamW", "cosine", 128, 850, 1, 50, warmup=0.05),
    S("vae/digits12", "SGD-momentum", "constant", 64, 1700, 4, 50, logs="none"),
    S("vae/digits", "RMSprop", "constant", 16, 2040, 8, 30),
    S("vae/grey-beta", "SGD-nesterov", "step", 32, 1360, 4, 20),
)
REGRESSION = (
    S("regression/friedman", "Adam", "constant", 32, 2300, 5, 50),
    S("regression/collinear", "SGD-momentum", "constant", 64, 1200, 3, 50),
    S("regression/diabetes", "SGD", "cosine", 16, 900, 2, 50),
    S("regression/teacher", "SGD", "constant", 32, 9300, 15, 100),
    S("regression/friedman-wide", "Adam", "step", 64, 1150, 5, 40),
    S("regression/friedman-big", "RMSprop", "constant", 64, 1150, 23, 50, logging="rounded-3"),
    S("regression/teacher", "AdamW", "wsd", 128, 1150, 5, 25, warmup=0.05, weight_decay=0.01),
    S("regression/teacher-sum", "SGD-nesterov", "inverse-sqrt", 32, 1550, 5, 25),
    S("regression/friedman-huber", "Adagrad", "constant", 16, 1860, 20, 30, logs="none"),
    S("regression/collinear-steep", "Lion", "linear", 32, 900, 3, 30),
    S("regression/diabetes", "Adafactor", "constant", 32, 900, 9, 50),
    S("regression/friedman-big", "SGD", "cosine", 32, 1380, 6, 30),
)
FACTORISATION = (
    S("factorisation/small-init", "SGD", "constant", 64, 1800, 6, 50),
    S("factorisation/large-init", "Adam", "cosine", 128, 1200, 4, 24),
    S("factorisation/ratings", "SGD-momentum", "step", 32, 2200, 11, 30, weight_decay=1e-3),
    S("factorisation/large-init", "Adagrad", "constant", 256, 600, 1, 24, weight_decay=1e-4),
    S("factorisation/ratings", "RMSprop", "onecycle", 128, 900, 3, 20),
)
WORD_VECTORS = (
    S("word-vectors/narrow", "Adam", "linear", 128, 1500, 10, 15),
    S("word-vectors/wide", "SGD", "constant", 64, 2000, 10, 20),
    S("word-vectors/sum", "Adagrad", "constant", 256, 800, 4, 16, logging="running"),
    S("word-vectors/sum", "SGD-momentum", "linear", 32, 1500, 50, 15, logs="none"),
    S("word-vectors/narrow", "AdamW", "constant", 512, 500, 2, 20, weight_decay=0.1),
)
CONTRASTIVE = (
    S("contrastive/digits", "Adam", "cosine", 128, 800, 2, 40, warmup=0.1),
    S("contrastive/patches", "SGD-momentum", "constant", 64, 1360, 4, 20),
    S("contrastive/digits-cold", "RMSprop", "constant", 64, 1020, 3, 30),
    S("contrastive/digits", "SGD", "linear", 256, 600, 4, 30),
    S("contrastive/patches", "Lion", "restarts", 128, 850, 17, 25),
)
QUADRATIC = (
    S("quadratic/two-clusters", "SGD", "constant", 128, 700, 1, 100),
    S("quadratic/deep-linear", "Adam", "constant", 64, 900, 3, 30),
    S("quadratic/power-law", "SGD-momentum", "cosine", 32, 1500, 5, 30),
    S("quadratic/two-clusters-rotated", "SGD-momentum", "constant", 64, 6000, 12, 100),
    S("quadratic/two-clusters-rotated", "Adagrad", "constant", 16, 3000, 15, 50),
    S("quadratic/power-law-steep", "RMSprop", "inverse-sqrt", 8, 2500, 25, 20),
    S("quadratic/rosenbrock", "Adam", "constant", 16, 3000, 10, 50),
    S("quadratic/deep-linear-small", "SGD-nesterov", "constant", 32, 1550, 5, 50),
    S("quadratic/two-clusters", "Lion", "linear", 64, 1500, 15, 20),
)
NOISY = (
    S("noisy-labels/digits-20", "Adam", "constant", 32, 3400, 10, 100),
    S("noisy-labels/blobs", "SGD-momentum", "step", 64, 1550, 5, 50, weight_decay=1e-3),
    S("noisy-labels/digits-50", "SGD", "constant", 32, 2720, 8, 40),
    S("noisy-labels/digits-20", "SGD-momentum", "cosine", 16, 6800, 10, 100, weight_decay=5e-4),
    S("noisy-labels/digits-linear", "Adafactor", "linear", 32, 1020, 6, 30),
    S("noisy-labels/patches", "AdamW", "triangle", 128, 850, 5, 50, weight_decay=0.1),
)
DIFFUSION = (
    S("diffusion/rings", "Adam", "constant", 64, 2000, 5, 20),
    S("diffusion/patches-sum", "SGD", "cosine", 32, 1200, 4, 15),
    S("diffusion/patches", "AdamW", "constant", 64, 900, 1, 18, warmup=0.1),
    S("diffusion/denoise-cnn", "SGD-momentum", "constant", 16, 1370, 10, 20),
    S("diffusion/rings", "Lion", "wsd", 256, 700, 7, 20),
)
DISTILLATION = (
    S("distillation/digits-kl", "SGD-momentum", "constant", 32, 1360, 4, 40),
    S("distillation/patches-logits", "Adam", "step", 64, 1020, 3, 30),
    S("distillation/digits-kl", "RMSprop", "cosine", 128, 800, 8, 40),
    S("distillation/patches-logits", "SGD", "constant", 16, 2050, 41, 30, logging="window"),
)
ALGORITHMIC = (
    S("algorithmic/parity", "SGD", "constant", 32, 3600, 10, 60),
    S("algorithmic/modular", "AdamW", "constant", 64, 2000, 5, 50, weight_decay=1.0),
    S("algorithmic/parity-deep", "Adam", "cosine", 16, 1680, 8, 30, warmup=0.05),
)
PHYSICS = (
    S("physics/poisson", "Adam", "constant", 64, 2000, 5, 40),
    S("physics/poisson-scaled", "RMSprop", "exponential", 32, 1500, 10, 30),
    S("physics/poisson", "SGD-momentum", "cosine", 128, 1200, 4, 24, clip=10.0),
)

# So long that they come last.
LONG = (
    S("mlp/digits", "Adam", "constant", 8, 10960, 10, 80),
    S("vae/colour-gauss", "SGD", "constant", 16, 13700, 20, 100),
    S("resnet/blobs-mlp", "Adam", "step", 32, 7440, 8, 80),
    S("algorithmic/modular", "SGD-nesterov", "linear", 32, 2400, 12, 40),
)

# Long runs of wider nets on raw inputs, many of which overfit: their good LRs lie nearer to the customary ones, as in
# most published sweeps.  Two turns of the usual optimizers first.
EPOCHS = (
    S("mlp/textures-few", "SGD-momentum", "constant", 32, 18700, 10, 100),
    S("cnn/textures-few", "Adam", "constant", 32, 11200, 10, 80),
    S("vae/digits12-raw", "SGD", "constant", 32, 13600, 10, 100),
    S("mlp/digits12-raw", "Adam", "constant", 64, 17000, 10, 100),
    S("cnn/textures-few", "SGD-momentum", "constant", 32, 11200, 10, 80),
    S("mlp/textures-few", "SGD", "constant", 32, 18700, 10, 100),
    S("autoencoder/digits12-raw", "SGD-momentum", "constant", 64, 13600, 10, 100),
    S("quadratic/two-clusters-steep", "Adam", "constant", 128, 9000, 10, 90),
    S("vae/digits12-raw", "Adam", "constant", 64, 13600, 10, 80),
    S("noisy-labels/patches-raw", "SGD-momentum", "constant", 64, 13600, 10, 80),
    S("linear/textures-raw", "Adam", "constant", 32, 14000, 10, 100),
    S("regression/teacher-raw", "SGD-momentum", "cosine", 32, 12500, 10, 100),
    S("mlp/digits12-raw", "SGD-momentum", "step", 32, 17000, 10, 100),
    S("cnn-bn/textures-few", "SGD-momentum", "cosine", 32, 9300, 10, 60, weight_decay=5e-4),
    S("mlp/textures-few", "AdamW", "cosine", 32, 14000, 10, 100, warmup=0.05, weight_decay=0.1),
    S("quadratic/two-clusters-steep", "SGD-momentum", "constant", 128, 9000, 10, 90),
    S("char-lm/code-wide", "AdamW", "cosine", 16, 6000, 10, 60, warmup=0.05, weight_decay=0.1, clip=1.0),
    S("recurrent/licences-gru-wide", "Adam", "constant", 16, 5000, 10, 50),
    S("regression/teacher-raw", "Adam", "linear", 32, 12500, 10, 100),
    S("mlp/digits12-raw", "RMSprop", "constant", 32, 13600, 10, 80),
    S("vae/digits12-raw", "SGD-momentum", "linear", 64, 10200, 10, 60, warmup=0.05),
    S("autoencoder/digits12-raw", "Adam", "step", 64, 13600, 10, 80),
    S("linear/textures-raw", "SGD-momentum", "cosine", 32, 14000, 10, 100),
    S("patch-transformer/textures-few", "AdamW", "cosine", 32, 4600, 10, 50, warmup=0.1, weight_decay=0.05),
    S("noisy-labels/patches-raw", "Adam", "cosine", 64, 10200, 10, 60),
    S("resnet/textures-few", "SGD-momentum", "onecycle", 32, 5600, 10, 50, weight_decay=5e-4),
    S("factorisation/ratings", "Adam", "constant", 32, 15000, 10, 100),
    S("cnn/textures-few", "SGD", "wsd", 32, 9300, 10, 60, warmup=0.05),
    S("char-lm/code-wide", "SGD-momentum", "linear", 16, 5000, 10, 50, clip=1.0),
    S("contrastive/patches", "Adam", "constant", 128, 6800, 10, 60),
)

FAMILIES = (
    MLP, QUADRATIC, VAE, CNN, CHAR_LM, REGRESSION, LINEAR, CNN_BN, RECURRENT, FACTORISATION,
    PATCH_TRANSFORMER, NOISY, AUTOENCODER, CONTRASTIVE, RESNET, DIFFUSION, WORD_VECTORS, DISTILLATION, ALGORITHMIC,
    PHYSICS,
)  # fmt: skip

# The first two turns came out with few divergent runs (12 %; DeepOBS has 40 %), so the others reach further up.
TURNS = [*([s for s in turn if s is not None] for turn in zip_longest(*FAMILIES)), [*LONG]]
LISTED = (
    *chain.from_iterable([replace(s, reach=3) for s in turn] if k >= 2 else turn for k, turn in enumerate(TURNS)),
)
DRAWN = tuple(s for s in drawn() if s.name not in {t.name for t in (*LISTED, *EPOCHS)})
# One long sweep takes as long as nine drawn ones.
SWEEPS: tuple[S, ...] = (
    *LISTED,
    *(s for k, long in enumerate(EPOCHS) for s in (long, *DRAWN[9 * k : 9 * k + 9])),
    *DRAWN[9 * len(EPOCHS) :],
    *(sweep for turn in zip_longest(*OTHER_DOMAINS) for sweep in turn if sweep is not None),
)

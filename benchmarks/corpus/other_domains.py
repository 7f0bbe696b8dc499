"""The rows of the list that stand for other domains than small nets from scratch.

Language models of a vocabulary of thousands with long decays and almost noiseless validation, fine-tunings, classifiers
that die at chance, Muon and Signum, and losses on an offset.
"""

from functools import partial

from benchmarks.corpus.sweep import Sweep as S  # noqa: N817  a table, not prose

_lm = partial(S, warmup=0.05, weight_decay=0.1, clip=1.0, beta2=0.95)  # as language models are trained
LANGUAGE = (
    _lm("lm-decay/zipf-2k", "AdamW", "cosine", 32, 1600, 4, 16),
    _lm("lm-decay/zipf-2k", "AdamW", "linear", 16, 2000, 10, 10, logs="none"),
    _lm("lm-decay/zipf-2k-deep", "AdamW", "cosine", 32, 1400, 3, 10, logs="none"),
    S("lm-decay/zipf-2k", "Signum", "cosine", 32, 1500, 5, 10, warmup=0.05, logs="none"),
    S("lm-decay/zipf-2k", "SGD-momentum", "cosine", 32, 1500, 3, 10, warmup=0.05, clip=1.0, logs="none"),
    S("lm-decay/zipf-2k", "RMSprop", "cosine", 32, 1500, 15, 10, warmup=0.05, logs="none"),
    S("lm-decay/zipf-2k", "Adam", "cosine", 64, 1000, 2, 12, warmup=0.02, clip=1.0),
    _lm("lm-decay/zipf-2k", "AdamW", "wsd", 16, 1800, 6, 12, logs="none"),
    S("lm-decay/zipf-2k", "Lion", "cosine", 32, 1500, 3, 10, warmup=0.05, weight_decay=0.3, logs="none"),
    _lm("lm-decay/zipf-2k", "AdamW", "cosine-tenth", 64, 1000, 2, 10),
)
FINE_TUNING = (
    S("finetune-full/digits", "AdamW", "linear", 16, 240, 2, 6, weight_decay=0.01, warmup=0.1),
    S("finetune-full/digits", "SGD-momentum", "cosine", 32, 200, 2, 10),
    S("finetune-full/textures", "Adam", "linear", 16, 300, 5, 6),
    S("finetune-full/textures", "AdamW", "cosine", 32, 400, 10, 10, weight_decay=0.01, warmup=0.1),
    S("finetune-full/digits", "Adam", "constant", 8, 600, 10, 12),
    S("finetune-full/textures", "SGD", "constant", 16, 500, 5, 10),
    S("finetune-head/digits", "AdamW", "cosine", 32, 300, 5, 10, weight_decay=0.01),
    S("finetune-head/textures", "SGD-momentum", "constant", 32, 400, 5, 10),
    S("finetune-head/digits", "Adam", "constant", 16, 500, 10, 10),
    S("finetune-head/textures", "Adam", "linear", 16, 300, 5, 6),
    S("finetune-lora/digits", "AdamW", "cosine", 32, 300, 5, 10, warmup=0.05),
    S("finetune-lora/textures", "AdamW", "linear", 16, 400, 10, 8, warmup=0.1),
    S("finetune-lora/digits", "Adam", "constant", 16, 400, 4, 10),
    S("finetune-lora/textures", "SGD-momentum", "cosine", 32, 400, 5, 10),
    S("finetune-full/textures", "AdamW", "linear", 64, 800, 10, 10, weight_decay=0.01, warmup=0.1),
    S("finetune-full/textures", "SGD-momentum", "linear", 32, 900, 5, 10),
    S("finetune-full/digits", "AdamW", "cosine", 64, 800, 4, 10, weight_decay=0.01, warmup=0.05),
    S("finetune-full/digits", "RMSprop", "constant", 32, 900, 5, 10),
    S("finetune-full/textures", "Lion", "cosine", 32, 800, 8, 10, weight_decay=0.1, warmup=0.1),
    S("finetune-full/digits", "SGD", "linear", 16, 1200, 6, 12),
    S("finetune-head/textures", "AdamW", "cosine", 64, 1000, 10, 10, weight_decay=0.01),
    S("finetune-head/digits", "SGD", "constant", 32, 1200, 5, 12),
    S("finetune-head/textures", "RMSprop", "linear", 32, 900, 9, 10),
    S("finetune-head/digits", "Lion", "cosine", 32, 900, 3, 10),
    S("finetune-lora/digits", "AdamW", "linear", 64, 900, 3, 10, warmup=0.05),
    S("finetune-lora/textures", "Adam", "constant", 64, 1000, 10, 10),
    S("finetune-lora/digits", "SGD-momentum", "constant", 32, 1000, 5, 10),
    S("finetune-lora/textures", "AdamW", "cosine", 32, 1200, 24, 12, warmup=0.1),
    S("finetune-lora/digits", "Lion", "linear", 32, 900, 9, 10, warmup=0.1),
)
CHANCE = (
    S("chance/digits", "Adam", "constant", 32, 1200, 4, 30, reach=3),
    S("chance/digits", "SGD-momentum", "constant", 32, 1200, 4, 30, reach=3),
    S("chance/blobs-4", "Adam", "cosine", 64, 900, 5, 20, reach=3),
    S("chance/blobs-4", "SGD", "constant", 32, 1200, 40, 30, reach=3),
    S("chance/blobs-32", "AdamW", "linear", 64, 900, 3, 20, reach=3),
    S("chance/textures", "Adam", "constant", 32, 940, 47, 20, reach=3),
    S("chance/textures", "SGD-momentum", "step", 32, 940, 5, 20, reach=3),
    S("chance/digits", "AdamW", "cosine", 64, 2000, 8, 20, reach=3),
    S("chance/blobs-4", "RMSprop", "linear", 64, 1400, 7, 20, reach=3),
    S("chance/textures", "RMSprop", "cosine", 64, 1400, 7, 20, reach=3),
    S("chance/blobs-32", "SGD-momentum", "cosine", 32, 1800, 6, 20, reach=3),
    S("chance/blobs-32", "Adam", "constant", 64, 1600, 8, 20, reach=3),
)
SIGNS_AND_MATRICES = (
    S("mlp/digits", "Muon", "constant", 32, 1000, 4, 30),
    S("mlp/blobs", "Muon", "cosine", 64, 900, 3, 20, weight_decay=0.01),
    S("mlp/digits-wide", "Signum", "cosine", 64, 700, 3, 20),
    S("mlp/spirals", "Signum", "constant", 128, 1500, 5, 30),
    S("resnet/blobs-mlp", "Muon", "linear", 32, 900, 5, 20, warmup=0.05),
    S("resnet/digits-mlp-ln", "Signum", "linear", 32, 900, 5, 20, warmup=0.05),
    S("cnn/digits", "Signum", "constant", 32, 700, 5, 20),
    S("char-lm/code", "Muon", "cosine-tenth", 16, 500, 5, 12, warmup=0.05),
    S("char-lm/licences", "Signum", "linear", 16, 500, 5, 12, warmup=0.05),
    S("regression/friedman", "Signum", "constant", 32, 1400, 5, 30),
    S("regression/teacher", "Muon", "cosine", 32, 1200, 5, 30),
    S("linear/digits", "Signum", "constant", 32, 1200, 5, 30),
    S("mlp/digits-wide", "Muon", "cosine", 32, 1500, 5, 20, warmup=0.05),
    S("mlp/blobs", "Signum", "linear", 64, 1400, 7, 20),
    S("noisy-labels/digits-20", "Muon", "cosine", 32, 1000, 5, 20),
    S("noisy-labels/blobs", "Signum", "constant", 64, 1200, 4, 20),
    S("autoencoder/digits-mean", "Muon", "constant", 32, 1000, 5, 20),
    S("vae/digits-mean", "Signum", "cosine", 32, 1000, 5, 20),
    S("resnet/digits-mlp-ln", "Muon", "cosine", 32, 1200, 5, 20),
    S("linear/blobs", "Signum", "linear", 64, 900, 3, 20),
    S("contrastive/patches", "Muon", "constant", 64, 700, 5, 20),
    S("factorisation/ratings", "Signum", "constant", 64, 1500, 10, 20),
)
OFFSET = (
    S("offset/digits-floor", "Adam", "constant", 32, 1000, 4, 30),
    S("offset/digits-floor", "SGD-momentum", "cosine", 32, 1000, 5, 30),
    S("offset/textures-floor", "AdamW", "cosine", 32, 1000, 10, 20, warmup=0.05, weight_decay=0.1),
    S("offset/textures-floor", "SGD", "constant", 32, 1200, 5, 30),
    S("offset/digits-sum", "Adam", "linear", 32, 900, 4, 20),
    S("offset/digits-sum", "SGD-momentum", "constant", 32, 900, 4, 20),
    S("offset/friedman-30", "Adam", "constant", 32, 1400, 5, 30),
    S("offset/friedman-30", "SGD-momentum", "cosine", 32, 1400, 5, 30, clip=10.0),
    S("offset/friedman-30", "AdamW", "linear", 64, 1500, 5, 20, weight_decay=0.01),
    S("offset/textures-floor", "RMSprop", "linear", 32, 1500, 5, 20),
    S("offset/digits-floor", "SGD", "linear", 64, 1700, 5, 20),
    S("offset/textures-floor", "Lion", "cosine", 64, 1200, 4, 20),
)
# Kinds take turns, so that whoever stops early has some of each.
KINDS = (LANGUAGE, FINE_TUNING, SIGNS_AND_MATRICES, CHANCE, OFFSET)

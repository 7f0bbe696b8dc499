"""Limits of replay: what short reruns show."""

from lrdoctor.limits.limit import Limit

REPLAY_DOUBT = Limit(
    0.03,
    "probability",
    "what a replay begins from may be wrong altogether: so much is spread over all learning rates",
    "provisional",
)

REPLAY_CUSTOM = Limit(
    0.5,
    "exponent",
    "what is customary counts for so much of what the tables say where short reruns are to come",
    "provisional: chosen so that what the studies found before stays found",
)
REPLAY_NEAR = Limit(
    0.05,
    "regret",
    "arms this much worse than the best weigh 1/e in where the best LR is taken to lie",
    "provisional",
)

REPLAY_EDGE = Limit(
    0.2,
    "decades",
    "one sigma of an edge that a round shows, at its own horizon",
    "`python -m benchmarks.replay_fit replays`: regrets are level from 0.15 to 0.25, worse from 0.35",
)

REPLAY_LEARNED = Limit(
    0.0005,
    "share of the untrained loss",
    "arms share their batches, so even a small gain is one; below it nothing was learned",
    "provisional",
)

REPLAY_HARM = Limit(
    0.01,
    "share of the untrained loss",
    "an arm that ends this far above it did harm, whatever its noise",
    "provisional",
)

REPLAY_SLOW = Limit(
    0.05,
    "share of the untrained loss",
    "where even the longest reruns gain less, the report asks for more steps; the fit of the drift leaves them out",
    "provisional",
)

REPLAY_BARELY = Limit(
    0.02,
    "share of the untrained loss",
    "reruns that gain less stand before their progress, and what orders them there may not be what orders whole runs",
    "provisional: of the studies' replays two gained less; they erred by 0.6 and 0.7 decades",
)

REPLAY_UNSURE = Limit(
    3.0,
    "times",
    "by so much more are log-probabilities divided for the interval where even the longest reruns have hardly gained",
    "provisional: the interval then reaches 1.2 decades from the answer; two studies erred by 0.6 and 0.7",
)

REPLAY_STRETCH = Limit(
    0.5,
    "decades of LR a decade of steps",
    "one sigma of how far the drift beyond the longest reruns lies from the one measured among them",
    "`python -m benchmarks.replay_fit`",
)

REPLAY_JUDGED = Limit(
    60,
    "steps",
    "a round of shorter arms is not judged as a sweep: the tables know no logs so short",
    "the shortest logs of the corpus, cut to a fifth",
)

REPLAY_FAR_UP = Limit(
    1.0,
    "share of the untrained loss",
    "an arm that ends this far above it blew up, whatever else it met",
    "provisional",
)

REPLAY_BLOW_UP = Limit(
    0.5,
    "decades",
    "one sigma of how far the band may reach above an LR from which on every short rerun blew up",
    "`python -m benchmarks.replay_fit replays`: regrets are level from 0.25 on; without it chances err, not answers",
)

REPLAY_SHARED = Limit(
    0.5,
    "exponent",
    "a round counts as its horizon over the longest one's, to this power: rounds share a task, and short ones mislead",
    "`python -m benchmarks.replay_fit replays`",
)

REPLAY_TEMPERATURE = Limit(
    1.8,
    "times",
    "log-probabilities are divided by it for the interval, band and chances: rounds share what is peculiar to a task",
    "so that the 80 % interval holds 0.8 of the middles of studies that nothing else was chosen on: "
    "`python -m benchmarks.replay_fit replays`",
)

REPLAY_GIVE_UP = Limit(
    6.0,
    "standard errors",
    "an arm this far above the best one, beyond twice what its last doubling gained, is ended: it cannot catch up",
    "of 200 arms that are all the same, fifty side by side, 23 are ended at 3 errors, 5 at 4, 2 at 5, none at 6",
)

REPLAY_BEYOND_NOISE = Limit(
    4.0,
    "standard errors",
    "a function's arms come down by more than that, or have learned nothing; above by more, they did harm",
    "one-sided p = 3e-5: an arm is looked at many times",
)

REPLAY_FLAT = Limit(
    0.001,
    "probability",
    "where arms differ as much as theirs by chance more often than that, the learning rate made no difference",
    "Welch's test on the arms' last quarters; a replay has several rounds, each extended a few times",
)

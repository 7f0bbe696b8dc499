"""Limits of what is seen on a log before anything is inferred: points, ends, levels, beginnings, kinds."""

from lrdoctor.limits.limit import Limit

DIVERGED_TAIL = Limit(
    0.02,
    "share of the logged losses",
    "the part that must be bad at the end; five points at least",
    "the README's definition",
)

DIVERGED_TAIL_POINTS = Limit(5, "points", "fewer say nothing about an end", "the README's definition")

DIVERGED_RISE = Limit(
    1.05,
    "end over start",
    "an end this far above the untrained loss is no slow start",
    "the README's definition",
)

DIVERGED_SURE = Limit(
    1.15,
    "end over start",
    "above it an end that is not seen as divergent is more likely so than not",
    "the benchmark's tolerance for borderline ends",
)

DIVERGED_BORDER = Limit(
    0.25,
    "share of the runs whose LR is too high",
    "so many of those that end above their start within the noise have diverged all the same, at most",
    "provisional",
)

DIVERGED_NOISE = Limit(
    3.4,
    "standard errors",
    "a rise inside the noise of the first and the last points is not a rise",
    "at most 1 % of stationary series: python -m benchmarks divergence",
)

DIVERGED_WILD = Limit(
    5.0, "highest loss over the median", "noise of half the level about it stays below 3", "five sigma of it: 3.5"
)

DIVERGED_ALONE = Limit(
    3.2, "standard deviations", "a first value so far below the later ones is none of their noise", "Student's t of six"
)

DIVERGED_ALONE_LOG = Limit(
    5.0, "standard deviations of the logarithm", "the same where noise grows with the level", "provisional"
)

DIVERGED_SEPARATE = Limit(
    16, "points", "from here on every last loss must lie above every first one; fewer are too few to ask", "provisional"
)

DIVERGED_PEAK = Limit(
    30.0,
    "highest loss over the first",
    "noise of half the level about it reaches a thirtieth of its peak in fewer than one of a hundred logs",
    "python -m benchmarks divergence",
)

AT_CHANCE = Limit(
    0.05,
    "share of 1 / classes",
    "an accuracy that never leaves one over a whole number by more is that of a model that has learned nothing",
    "provisional",
)

MOST_CLASSES = Limit(1000, "classes", "one over a larger number is near to one over any other", "ImageNet")

DIVERGED_UNSEEN = Limit(
    0.27,
    "share of the runs whose LR is too high",
    "so many have diverged to finite losses, which a log without its beginning cannot show",
    "DeepOBS and the corpus",
)

VOCABULARY = Limit(
    7.5, "nats", "a first loss from here on is that of a choice among thousands of tokens", "the log of 1,800"
)

VOCABULARY_SURE = Limit(
    9.2, "nats", "a first loss from here on is that of an untrained language model and no other", "the log of 10,000"
)
VOCABULARY_MOST = Limit(12.8, "nats", "no vocabulary is so large", "the log of 360,000")

AT_CHANCE_LEVEL = Limit(
    0.012,
    "share of the level",
    "a loss this near to the log of the number of classes has learned nothing",
    "provisional",
)

CHANCE_NOISE = Limit(
    0.06, "share of the level", "with more noise a level is near to the log of many numbers", "provisional"
)

CHANCE_START = Limit(
    0.25, "share of the level", "a loss that begins farther from chance came there from elsewhere", "provisional"
)

GUESSED_NOISE = Limit(
    0.02,
    "share of the level",
    "where nothing names the classes, more noise leaves too many to choose from",
    "provisional",
)
BELOW_CHANCE = Limit(
    0.003,
    "share of the level",
    "a loss below chance by more has learned; above it, a large LR holds it up",
    "provisional",
)
CHANGED = Limit(
    4.0,
    "standard errors",
    "a loss that changed by less shows noise about a level, which names no direction",
    "noise about a level passes it in fewer than 1 of 500 logs: python -m benchmarks noise",
)

NEAR_ZERO = Limit(
    0.3, "share of the median loss", "a loss that had come so far down may be printed as 0", "provisional"
)

BELOW_ZERO = Limit(
    20.0, "times the first loss", "no bounded loss runs so far below zero, faster and faster", "provisional"
)

ROUNDING = Limit(1e-6, "share of the loss", "single precision has seven digits", "IEEE 754")

CALM = Limit(
    1.5, "last losses over their level", "losses that had not grown by more were calm when the end came", "provisional"
)

SHIFT_SIGMA = Limit(8.0, "sigma", "a level that jumps by so much at once did not drift there", "provisional")

PERIODIC_SPIKES = Limit(4, "spikes", "fewer have even distances by chance", "provisional")

SHIFT_LOST = Limit(
    0.25, "share of the progress", "a jump that gives back more may be training that was lost", "public LM sweeps"
)
SPIKE_GONE = Limit(0.3, "share of a spike's height", "so little is left of a spike three losses later", "provisional")
SCALE_LOW = Limit(128.0, "loss scale", "fp16 gradients of 1e-7 are kept by scales above it", "torch.amp; provisional")
SCALE_HALVINGS = Limit(
    10.0, "halvings", "GradScaler begins at 65,536: so many leave 64, and gradients underflow", "torch.amp; provisional"
)

NORM_GROWTH = Limit(10.0, "norm over its early level", "a norm grows less in a healthy run", "provisional")

TARGET_SCALE = Limit(1e4, "first loss", "a mean loss this large is of targets in a large unit, or a sum", "provisional")

LATE_START = Limit(
    2.5,
    "logging intervals",
    "a log that begins at a later step lacks the beginning; a first line after one or two intervals is usual",
    "Lightning logs first after 50 steps of 50; provisional",
)

PAST_PEAK = Limit(
    0.8, "LR over the configured peak", "an LR that only falls from below it has left its peak behind", "provisional"
)

TRAINED_ALREADY = Limit(
    0.6, "first loss over the untrained model's", "no first lines of a training from scratch lie as low", "provisional"
)

FAR_BELOW = Limit(
    0.25,
    "first loss over the untrained model's",
    "a first loss farther below is in another unit, or of a model that was trained before",
    "provisional",
)

FIRST_STEPS = Limit(40, "steps", "so few batches show no run", "provisional")

EXCERPT_LINES = Limit(
    60, "lines", "as many people paste; a longer log without steps is mostly a whole one", "provisional"
)

STARTS = Limit(
    0.25,
    "fall over the first loss",
    "lines that come down less, or not mostly at first, do not look like a run's beginning",
    "provisional",
)

FEW_POINTS = Limit(
    8,
    "finite losses",
    "below it neither a slope nor a noise level can be estimated",
    "a slope with HAC error needs 3, noise 4, each at both ends of the run",
)

THIN_POINTS = Limit(30, "finite losses", "below it slopes have intervals too wide to separate verdicts", "provisional")

BLOW_UP = Limit(
    1.5,
    "loss over start",
    "higher than any catapult or batch noise on small models",
    "Lewkowycz et al. 2020 (arXiv:2003.02218) report catapults of this size; provisional",
)

DECAYED = Limit(
    0.2, "last LR over its peak", "from here the end of the loss curve is shaped by the schedule", "provisional"
)

RANGE_TEST = Limit(
    1.5,
    "decades",
    "an LR that rises at every step over so many, by one factor, is a range test's ramp and no schedule",
    "fastai's and Lightning's finders ramp over seven; a warm-up rises on a straight line",
)

RANGE_TEST_EVEN = Limit(
    0.1,
    "share of the median rise",
    "the rises of log LR differ by no more along a ramp by one factor",
    "a ramp's own are equal but for the digits it was printed with",
)

FROM_SCRATCH = Limit(
    1e-3,
    "LR",
    "a trainer made for fine-tuning that ran with a higher one trained from scratch: pretrained weights rarely bear it",
    "provisional: chosen, not measured; Hugging Face's own default is 5e-5",
)

FINE_TUNING_LR = Limit(
    3e-4,
    "LR of an Adam-like optimizer",
    "fewer people train from scratch at it than tune pretrained weights",
    "BERT, LoRA",
)

TINY_LR = Limit(3e-5, "LR of an Adam-like optimizer", "hardly anyone trains from scratch at it", "provisional")

FEW_EPOCHS = Limit(20.0, "epochs", "pretrained weights need no more", "BERT: 2 to 4; provisional")

LIKELY_TUNED = Limit(0.5, "probability", "from here a run is spoken of as a fine-tuning", "more likely than not")

SMOOTHED_POINTS = Limit(40, "points", "fewer do not tell a moving average from chance", "provisional")

SMOOTHED_LEVEL = Limit(
    0.85,
    "autocorrelation",
    "neighbouring losses of raw logs are less alike than this",
    "3 of 4,614 plain runs of the corpus",
)

SMOOTHED_CHANGE = Limit(
    0.25,
    "autocorrelation",
    "the steps of a moving average of noise are independent; those of a run without noise are not",
    "corpus",
)

WRONG_SIGN = Limit(0.8, "rank correlation", "loss and accuracy that rise together this steadily", "provisional")

FILTERED_POINTS = Limit(3, "points", "fewer non-finite values at the end can be one bad batch", "provisional")

"""Every threshold of the analysis, once: its value, unit, reason, source and doubt."""

from typing import Self


class Limit(float):
    """A threshold that a finding quotes and a decision uses: the same number for both.

    Args:
        value: the number.
        unit: what it counts.
        reason: why it is there.
        source: where it comes from, or `provisional`.

    >>> limit = Limit(5, "points", "fewer say nothing about an end", "the README's definition")
    >>> 4 < limit, limit.unit
    (True, 'points')
    """

    unit: str
    reason: str
    source: str

    def __new__(cls, value: float, unit: str, reason: str, source: str) -> Self:
        """A float that knows its unit, reason and source."""
        made = super().__new__(cls, value)
        made.unit, made.reason, made.source = unit, reason, source
        return made

    def __getnewargs__(self) -> tuple[float, str, str, str]:  # type: ignore[override] # a float has one
        return float(self), self.unit, self.reason, self.source


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
    "share of the runs above the band",
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
    "share of the runs above the band",
    "so many have diverged to finite losses, which a log without its beginning cannot show",
    "DeepOBS and the corpus",
)
VOCABULARY = Limit(
    7.5, "nats", "a first loss from here on is that of a choice among thousands of tokens", "the log of 1,800"
)
VOCABULARY_MOST = Limit(12.8, "nats", "no vocabulary is so large", "the log of 360,000")
UNFAMILIAR = Limit(
    0.45,
    "exponent",
    "where a fit has seen no training of its kind, this is left of what a curve says",
    "the benchmark, whole domains left out: temperatures of 2 to 3 for 1.37; see benchmarks/README.md",
)
UNFAMILIAR_CUSTOM = Limit(
    2.0,
    "exponent",
    "and what is customary, which holds everywhere, counts for as much more",
    "the benchmark, whole domains left out; see benchmarks/README.md",
)
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
CHANGED = Limit(
    4.0,
    "standard errors",
    "a loss that changed by less shows noise about a level, which names no direction",
    "noise about a level passes it in fewer than 1 of 500 logs: python -m benchmarks noise",
)
CONFIDENT_FLAT = Limit(
    0.75,
    "probability",
    "below it no verdict is given where the curve shows a level alone: the setting has to name it",
    "provisional",
)
LEARNED_NOTHING = Limit(0.05, "share", "a run that stands at chance to its end is in the band so rarely", "provisional")
NEAR_ZERO = Limit(
    0.01, "share of the median loss", "a loss that had come so far down may be printed as 0", "provisional"
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
CONFIDENT = Limit(
    0.42,
    "probability",
    "below it the two best verdicts are too close to name one",
    "provisional: chosen so that a uniform guess over three verdicts is refused",
)
CONFIDENT_LATE = Limit(
    0.65,
    "probability",
    "the same for a log without its beginning: half of what tells an LR is not in it",
    "the benchmark's resumed and excerpt, unseen families; see benchmarks/README.md",
)
SWEEP_STAY = Limit(
    0.98,
    "probability",
    "a run of a sweep this likely in the band is the answer; below it a likelier LR is worth one more run",
    "chosen on the benchmark's visits, unseen families; see benchmarks/README.md",
)
SWEEP_REACH = Limit(
    8, "decades", "runs farther from a sweep's median LR take no part: no optimizer's LRs span so much", "bounds memory"
)
TRIED = Limit(0.1, "decades", "an LR this near to one that was run teaches little new", "half a step of a usual grid")
EXPLORE = Limit(
    0.7,
    "share",
    "after two runs an untried LR is worth a run at this share of the best run's chance of being in the band",
    "chosen on the benchmark's visits, unseen families; see benchmarks/README.md",
)
INTERVAL = Limit(0.8, "probability", "mass of the stated interval", "what the README promises")

EARLY = Limit(0.2, "share of the run", "a blow-up after it is not early", "provisional")
BLOW_UP = Limit(
    1.5,
    "loss over start",
    "higher than any catapult or batch noise on small models",
    "Lewkowycz et al. 2020 (arXiv:2003.02218) report catapults of this size; provisional",
)
RECOVERED = Limit(0.9, "end over start", "a run that ends below has trained after all", "provisional")
DECAYED = Limit(
    0.2, "last LR over its peak", "from here the end of the loss curve is shaped by the schedule", "provisional"
)
FLAT = Limit(2.0, "standard errors", "a slope inside its 95 % interval around zero is flat", "two-sided 95 %")
FLAT_GAIN = Limit(
    0.01,
    "share of the descent per e-fold of time",
    "less than this is no progress worth waiting for",
    "half the band's tolerance on accuracy",
)
FALLING_GAIN = Limit(
    0.03,
    "share of the descent per e-fold of time",
    "as much as the band's whole tolerance",
    "the band's regret of 0.03 on accuracy (README)",
)
DIVERGED_BELOW = Limit(
    0.05,
    "probability",
    "a run below the band whose loss rises is rare: on the benchmark, fewer than one in twenty",
    "DeepOBS's published baselines",
)
DIVERGED_UNSURE = Limit(
    0.95,
    "end over start",
    "below it the end is clearly better than the start",
    "the benchmark's tolerance for borderline ends",
)
ABOVE_COSTS = Limit(
    0.15,
    "share of a hit",
    "what a candidate above the band costs beyond missing it",
    "regret is steeper above the band than below it; provisional",
)
WORTH_MOVING = Limit(
    0.03,
    "expected regret",
    "a smaller gain does not pay for a changed recipe",
    "the benchmark, unseen families and domains; see benchmarks/README.md",
)
MISSES = Limit(
    0.3,
    "regret",
    "what an LR outside the band costs beyond its regret: the next run, too, is then one more to make",
    "the benchmark's visits and regrets, unseen families; see benchmarks/README.md",
)
HARM = Limit(
    0.2,
    "probability",
    "advice that makes the run worse more often is not given: a nearer LR is",
    "the benchmark, unseen families and domains; see benchmarks/README.md",
)
VERY_LIKELY = Limit(
    0.9, "probability", "only so likely a verdict, on a whole log, leads further than ten times", "issue: do no harm"
)
LIKELY = Limit(0.7, "probability", "a less likely verdict leads no further than three times", "issue: do no harm")
FIRST_STEP = Limit(1.0, "decades", "what an expert would dare in one run", "issue: do no harm")
CAREFUL_STEP = Limit(0.5, "decades", "what one dares on a verdict that is not likely", "issue: do no harm")
BAND_ACCURACY = Limit(0.03, "regret", "results this close to the best are as good as it", "the README's band")
BAND_LOSS = Limit(
    0.01, "regret", "results this close to the best are as good as it", "the README's band, on validation loss"
)
SHARED_EVIDENCE = Limit(
    0.8,
    "exponent",
    "each of n runs counts n**-0.8: little more than one witness, for runs of one task share what is peculiar to it",
    "chosen on drawn sweeps, unseen families: python -m benchmarks draws",
)
PAIR_EVIDENCE = Limit(
    1.0,
    "share",
    "what compared pairs of runs count, all together as much as the n - 1 differences that n runs hold",
    "python -m benchmarks draws: at 0.6 the best of three neighbouring runs was in the band in 0.89, and said to be in"
    " 0.82 (at 1.0: 0.86); drawn sweeps of public language models 0.88 to 0.90 in the band, the corpus's as before",
)
CARRIED_REACH = Limit(
    2,
    "decades",
    "farther than 100 times the steps or the batch no LR is carried over",
    "the studies in inference/transfer.py",
)
NORMAL_80 = Limit(1.2816, "standard deviations", "half of the interval that holds 80 % of a normal", "its quantile")
VALUES_COMPARED = Limit(
    3,
    "different values",
    "fewer do not tell by themselves whether a setting follows the LR",
    "as many LRs make a sweep",
)
SAME_RESULT = Limit(1e-4, "share", "a setting this near a logged extreme is that value, rounded", "provisional")
CHOSEN_DIGITS = Limit(
    3,
    "significant digits",
    "people choose settings with up to so many; numbers with two more in every run were measured",
    "the settings of ../shared/samples",
)
DOUBT = Limit(
    0.7,
    "exponent",
    "each doubt about the log (a sample, a window, a moving average, a restart) takes this from its curve's evidence",
    "provisional: chosen, not measured; the fit knows rarely logged curves, not these",
)
MOVING_TARGET = Limit(
    0.2,
    "exponent",
    "reinforcement learning takes this from the loss's evidence: its target moves with the policy",
    "provisional: chosen, not measured; the fit knows no such run",
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
MAYBE_TUNED = Limit(
    0.15,
    "probability",
    "from here advice leads no further than ten times: pretrained weights may be lost",
    "provisional",
)
TUNED_TRUST = Limit(
    0.4,
    "exponent",
    "this is left of what a curve says where pretrained weights are tuned: the fit knows few such trainings",
    "provisional",
)
PRETRAINED_REACH = Limit(
    1.0,
    "decades",
    "advice on a fine-tuning leads no further at once: the tables are made from training from scratch",
    "provisional: chosen, not measured",
)
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

SPIKE_SIGMA = Limit(
    6, "sigma", "a loss this far above its local level is no noise", "OLMo's StabilityMonitor: 6 sigma over 128 steps"
)
SPIKE_HEIGHT = Limit(
    0.1, "share of the descent", "smaller rises cost nothing, however far beyond the noise", "provisional"
)
SPIKE_RATE = Limit(
    1.0,
    "spikes a thousand points",
    "rarer ones are single bad batches",
    "3 % of well-tuned runs and 19 % of too-high ones have more: python -m benchmarks findings",
)
DEAD = Limit(
    0.02, "descent over the start", "99 % of well-tuned runs take off 24 % or more", "python -m benchmarks findings"
)
OSCILLATION = Limit(
    -0.25, "correlation of neighbours", "below it the loss alternates beyond chance", "4 standard errors at 250 points"
)
OSCILLATION_POINTS = Limit(64, "points in the last third", "two standard errors are then 0.25", "1 / sqrt(n)")
SHALLOW = Limit(
    0.1,
    "exponent of the loss in time",
    "nine in ten well-tuned runs that still fall are steeper",
    "corpus and DeepOBS; python -m benchmarks findings",
)
ATTAINABLE = Limit(
    0.6,
    "exponent of the loss in time",
    "the median of well-tuned runs that still fall at their end",
    "corpus and DeepOBS, quartiles 0.21 and 1.2: python -m benchmarks findings",
)
EARLY_PLATEAU = Limit(
    0.05, "share of the run", "done this early, nineteen twentieths of the steps bought nothing", "provisional"
)
POOR = Limit(
    0.6,
    "descent over the start",
    "about nine in ten well-tuned runs take off more",
    "corpus and DeepOBS, 10 % quantile 0.55: python -m benchmarks findings",
)
NOISE_FLOOR = Limit(
    0.1, "noise over the descent", "2 % of well-tuned runs end flat on more", "python -m benchmarks findings"
)
NOISY_END = Limit(0.02, "noise over the descent", "less is not worth a schedule", "provisional")
NOT_DECAYED = Limit(0.5, "last LR over its peak", "above it no decay worth the name took place", "provisional")
FAR_FROM_CUSTOM = Limit(
    2.0,
    "decades over the customary LR",
    "one in six well-tuned runs of small tasks lies farther, more than half of those too high",
    "python -m benchmarks findings; provisional for large nets",
)
FULL_AT_ONCE = Limit(0.5, "first LR over its peak", "a warm-up starts lower", "provisional")
EARLY_RISE = Limit(1.2, "highest early loss over the start", "batch noise alone does not reach it", "provisional")
TURNED = Limit(
    0.1,
    "share of validation's gain",
    "less may be the noise of a small validation set",
    "provisional; 8 % of well-tuned runs give back more: python -m benchmarks findings",
)
TURNED_BEFORE = Limit(
    0.8,
    "share of the run",
    "a minimum later than this is the end",
    "provisional; the Tuning Playbook calls the last quarter late",
)
CLIPPED = Limit(0.5, "share of the logged steps", "more makes the threshold the step length", "Tuning Playbook: > 50 %")
CLIPPED_POINTS = Limit(20, "gradient norms", "fewer do not show a share", "provisional")
ROUNDED = Limit(
    0.1, "share of equal neighbours", "raw losses of mini-batches are hardly ever exactly equal", "provisional"
)
STAYS = Limit(
    0.02, "decades", "no reader would tell a factor this near to 1 from staying", "factors are shown with two digits"
)
WORTH_SPAN = Limit(2.0, "high over low", "a wider interval of the next loss says nothing", "issue: worth")
WORTH_GAIN = Limit(0.99, "next loss over this one", "an expected loss above is no gain worth a number", "provisional")
WORTH_REACHING = Limit(
    0.05,
    "descent over the start",
    "what came down less is reached in a few steps by any run",
    "provisional",
)
MOVED = Limit(
    0.03, "share of the descent", "as much as the band's whole tolerance", "the README's band: regret 0.03 on accuracy"
)
ISOLATED = Limit(3, "points in a row", "fewer non-finite losses are single bad batches", "provisional")

REPLAY_DOUBT = Limit(
    0.03,
    "probability",
    "what a replay begins from may be wrong altogether: so much is spread over all learning rates",
    "provisional",
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
    "reruns that gain less stand before their descent, and what orders them there may not be what orders whole runs",
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

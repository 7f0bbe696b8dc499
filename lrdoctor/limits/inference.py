"""Limits of verdicts, advice and sweeps: how sure, how far, what a curve counts."""

from lrdoctor.limits.limit import Limit

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

CONFIDENT_FLAT = Limit(
    0.75,
    "probability",
    "below it no verdict is given where the curve shows a level alone: the setting has to name it",
    "provisional",
)

LEARNED_NOTHING = Limit(0.05, "share", "a run that stands at chance to its end is in the band so rarely", "provisional")

CONFIDENT = Limit(
    0.42,
    "probability",
    "below it the two best verdicts are too close to name one",
    "provisional: chosen so that a uniform guess over three verdicts is refused",
)

CLOSE = Limit(
    0.03, "probability", "two verdicts nearer to each other are a draw, and a draw names nothing", "provisional"
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

STAYS = Limit(
    0.02, "decades", "no reader would tell a factor this near to 1 from staying", "factors are shown with two digits"
)

WORTH_SPAN = Limit(2.0, "high over low", "a wider interval of the next loss says nothing", "issue: worth")

WORTH_GAIN = Limit(0.99, "next loss over this one", "an expected loss above is no gain worth a number", "provisional")

WORTH_REACHING = Limit(
    0.05,
    "progress over the start",
    "what came down less is reached in a few steps by any run",
    "provisional",
)
NORMAL_80 = Limit(1.2816, "standard deviations", "half of the interval that holds 80 % of a normal", "its quantile")

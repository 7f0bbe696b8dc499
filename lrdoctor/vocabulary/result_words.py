"""The words of tables that hold results, measurements or money, and of the counters that only a training has.

Nothing here says that a table is no training: `reading/parsing/result_tables.py` weighs the names against each other.
"""

from lrdoctor.vocabulary.tags import TRAIN_WORDS, word_sets, words

# A counter with such a word counts what a training does, whatever stands beside it: `n_iter`, `batches_done`.
EPOCH_WORDS, STEP_WORDS, SEEN_WORDS = word_sets(
    "epoch epochs ep epoche epoca época époque эпоха 轮次 轮数 エポック",
    "step steps iter iters iteration iterations itr it update updates batches timestep timesteps kimg seen"
    " consumed processed episode episodes round rounds globalstep generation nfe pass passes sweep sweeps"
    " schritt paso étape шаг 步数 迭代 ステップ",
    "frame frames sample samples token tokens batch minibatch examples images sequences sentences checkpoint"
    " ckpt cycle games elapsed time",
)
# With one of these it does not count, but is a result, a setting or a lead.
(NO_COUNTER_WORDS,) = word_sets(
    "best max min size per lead ahead forecast horizon inference sampling denoising warmup patience stopped"
    " early trained prediction pred ms length len future rollout seed fold"
)
(NUMBER_OF_WORDS,) = word_sets("num n nb no number")  # `n_epochs` is a setting, `epoch_no` counts
# They only number: such a column counts a training's steps where the loss behaves so.
(NUMBER_NAMES,) = word_sets("k t n i j x no nr num number count counter row line point idx s")

# What evaluations, searches and measurements go by: `lead_days`, `site`, `image_id`, `noise_level`, `hidden_dim`.
AXIS_WORDS = frozenset().union(
    *word_sets(
        # Forecasts
        "horizon lead leadtime ahead day days week weeks month months year years hour hours quarter season"
        " lag pred date len length development",
        # Places and things
        "site sites station basin gauge location region country city catchment well plant lat lon latitude"
        " longitude image img file filename path slice patient subject case object item video scene clip"
        " participant user customer client id ids uid uuid key code query question prompt doc document"
        " sentence utt utterance word token example instance molecule protein gene species compound",
        # What is compared
        "model method algorithm architecture arch config configuration variant name system dataset task"
        " benchmark fold folds seed trial run repeat bootstrap experiment simulation scenario rank class"
        " category label layer block module feature attribute language corruption severity channel head bin group"
        " cluster decile quantile percentile position team player",
        # What is varied
        "dose concentration conc depth distance angle frequency freq wavelength threshold noise snr epsilon"
        " eps alpha beta gamma lambda sigma tau degree order size width dim dims dimension dimensions hidden"
        " latent layers components clusters bits estimators trees neighbors neighbours window sparsity ratio"
        " rate fraction percent level temperature params parameters flops threads workers cores nodes"
        " resolution decay dropout momentum budget age power load voltage speed strength radius units kernel"
        " filters heads scale shots crop quality compression rho theta",
        # Money
        "policy claim contract account trade order ticker symbol asset portfolio fund premium strike maturity"
        " invoice transaction deal",
    )
)
# One each, where they are numbered from row to row; in the plural, they count what a training saw.
(EXAMPLE_WORDS,) = word_sets("sample example image frame token sequence sentence game checkpoint")
# Steps that change an input to fool a model, and train nothing.
(ATTACK_WORDS,) = word_sets("pgd apgd fgsm bim mim attack attacks adversarial deepfool perturbation")
# Settings that stay while a run lasts, and sizes that may differ from batch to batch, as of graphs, images and texts.
SETTING_WORDS, SETTING_NAMES = word_sets(
    "dropout layers hidden units optimizer wd embedding activation epochs estimators",
    "weight_decay n_layers num_layers n_epochs num_epochs max_depth hidden_size hidden_dim warmup_steps"
    " model_size scheduler kernel_size n_heads num_heads neurons n_neurons num_neurons",
)
SIZE_WORDS, SIZE_NAMES = word_sets(
    "width height depth dim nodes filters kernel heads", "batch_size batchsize bs seq_len window_size"
)
# What sensors, markets and registers give, and a training does not; under whole names what only lists of games do.
QUANTITY_WORDS, QUANTITY_NAMES = word_sets(
    "latency jitter temperature humidity pressure voltage rainfall precipitation wind co2 pm25 pm10 rssi"
    " viability inhibition strain stress velocity acceleration inlet outlet lat lon price close open high low"
    " volume bid ask profit pnl revenue sales premium income balance exposure equity turnover salary bmi age"
    " transmission consumption height deaths population vehicle claims kinetic",
    "temp temps flow entry exit gain win draw cases weight response area depth demand",
)
# What machines and solvers give, beside a loss too: a training's log may say how fast it was.
MACHINE_WORDS, MACHINE_NAMES = word_sets(
    "throughput gflops fps duration memory mem residual ms mb rtt bandwidth iops qps cpu potential press temp",
    "x y z vx vy vz",
)
# Before or behind "loss": of money, matter, signals and health.
(EVERYDAY_LOSS_WORDS,) = word_sets(
    "stop profit net gross realized realised unrealized capital incurred paid expected credit operating"
    " insured economic annual trading amount ratio given default tax heat water soil forest tree crop yield"
    " blood bone hair hearing weight cell mass path insertion return packet packets signal transmission power"
    " energy head pressure friction core copper iron line max maximum drawdown job life ice biodiversity"
    " habitat vision memory user customer churn db usd eur pct id code type date year number"
)

# A pair of these beside each other is a table of predictions.
_TRUTHS, _GUESSES = word_sets(
    "y_true ytrue true target targets actual label labels truth ground_truth gt y observed obs true_label"
    " actual_value y_test true_value answer reference measured",
    "y_pred ypred pred prediction predictions predicted forecast y_hat yhat output prob pred_label"
    " predicted_value predicted_label simulated sim estimate proba probability y_prob y_score hypothesis"
    " modelled fitted logit confidence",
)


def counts_epochs(name: str) -> bool:
    """Whether a column of that name, where it rises, counts epochs.

    >>> counts_epochs("Epoch #"), counts_epochs("best_epoch")
    (True, False)
    """
    return _counts(name, EPOCH_WORDS) and words(name)[0] not in NUMBER_OF_WORDS


def counts_steps(name: str) -> bool:
    """Whether a column of that name, where it rises, counts steps of a training, or of something else that has steps.

    >>> counts_steps("n_iter"), counts_steps("step_ahead")
    (True, False)
    """
    return _counts(name, STEP_WORDS)


def counts_what_was_seen(name: str) -> bool:
    """Whether a column of that name may count the examples that a training saw, or be the name of an example."""
    return _counts(name, SEEN_WORDS)


def _counts(name: str, those: frozenset[str]) -> bool:
    own = words(name)
    return bool(those.intersection(own)) and not NO_COUNTER_WORDS.intersection(own)


def is_axis(name: str) -> bool:
    """Whether results are listed by columns of such a name: `lead_days`, `site`, `image_id`, `hidden_dim`."""
    own = words(name)
    return bool(AXIS_WORDS & set(own)) or any(word.endswith("id") and len(word) > 3 for word in own[-1:])


def is_example(name: str) -> bool:
    """Whether a number behind such a name is an example's: `sample 3`."""
    return bool(EXAMPLE_WORDS.intersection(words(name)[-1:]))


def is_attack(name: str) -> bool:
    """Whether a counter of that name counts the steps of an attack on a model: `PGD step`.

    >>> is_attack("PGD step"), is_attack("adversarial training step")
    (True, False)
    """
    own = set(words(name))
    return bool(ATTACK_WORDS & own) and not TRAIN_WORDS & own and bool(STEP_WORDS & own)


def is_setting(name: str) -> bool:
    """Whether a column of such a name holds a setting that stays while a run lasts."""
    own = words(name)
    return "_".join(own) in SETTING_NAMES or bool(SETTING_WORDS & set(own))


def is_size(name: str) -> bool:
    """Whether a column of such a name holds a size that is a setting, or differs from batch to batch."""
    own = words(name)
    return "_".join(own) in SIZE_NAMES or bool(SIZE_WORDS & set(own))


def is_quantity(name: str) -> bool:
    """Whether a column of such a name holds what sensors, markets or registers give."""
    own = words(name)
    return "_".join(own) in QUANTITY_NAMES or bool(QUANTITY_WORDS & set(own))


def is_of_machines(name: str) -> bool:
    """Whether a column of such a name holds what machines and solvers give."""
    own = words(name)
    return "_".join(own) in MACHINE_NAMES or bool(MACHINE_WORDS & set(own))


def is_everyday_loss(name: str) -> bool:
    """Whether the loss of that name is one of money, matter or signals: `stop_loss`, `packet_loss`."""
    own = set(words(name))
    return bool(own & {"loss", "losses", "stoploss"}) and bool(own & (EVERYDAY_LOSS_WORDS | {"stoploss"}))


def prediction_pair(names: list[str]) -> tuple[str, str] | None:
    """The columns of what is true and what was predicted, where there are both."""
    spelled = {"_".join(words(name)): name for name in names}
    truth = next((spelled[key] for key in spelled if key in _TRUTHS), None)
    guess = next((spelled[key] for key in spelled if key in _GUESSES), None)
    return (truth, guess) if truth is not None and guess is not None else None

"""Tables of results, features, predictions, measurements and money: what holds a loss or an error and no training.

`no_trainings(seed, count)` makes them: every kind in turn; names, sizes, spellings, separators and files are drawn.
"""

import random
from collections.abc import Callable, Iterator, Sequence

from tests.reading.made_tables.writing import Cell, MadeTable, as_json, as_text, one_of, spelled, table, with_index

FILE_NAMES = (
    *("results.csv", "metrics.csv", "history.csv", "log.csv", "progress.csv", "scores.csv", "eval.csv", "test.csv"),
    *("summary.csv", "data.csv", "errors.csv", "losses.csv", "table.csv", "output.csv", "report.csv", "stats.csv"),
)
SITES = (
    *("Basel", "Chur", "Thun", "Sion", "Bern", "Brig", "Visp"),
    *("Aarau", "Olten", "Zug", "Arth", "Wil", "Uster", "Davos"),
)
MODELS = (
    *("resnet18", "resnet50", "vit_s", "convnext", "mlp", "unet"),
    *("lstm", "gru", "xgboost", "ridge", "tcn", "nbeats"),
)
ERRORS = ("mse", "mae", "rmse", "loss", "test_loss", "nll", "mape", "error", "squared_error", "huber_loss", "val_loss")
SCORES = ("r2", "nse", "accuracy", "f1_score", "iou", "dice", "psnr", "ssim", "score", "auc")


def no_trainings(seed: int, count: int) -> Iterator[tuple[str, str, str]]:
    """Kind, file name and text of so many tables."""
    random_ = random.Random(seed)  # noqa: S311 - no secret
    kinds = list(KINDS)
    for i in range(count):
        made = kinds[i % len(kinds)](random_)
        name, text = _written(random_, made)
        yield made.kind, name, text


def _written(r: random.Random, made: MadeTable) -> tuple[str, str]:
    made = MadeTable(made.kind, spelled(r, made.names), made.rows)
    if r.random() < 0.15 and made.names[0]:
        made = with_index(made)
    how = r.random()
    if how < 0.12:
        return one_of(r, "results.json|metrics.json|eval.json|scores.json"), as_json(made, lines=False)
    if how < 0.22:
        return one_of(r, "results.jsonl|metrics.jsonl|log.jsonl|scores.jsonl"), as_json(made, lines=True)
    name = r.choice(FILE_NAMES)
    if how < 0.32:
        return name.replace(".csv", ".tsv"), as_text(made, "\t")
    if how < 0.42:
        return name, as_text(made, ";")
    if how < 0.48 and not any(" " in str(cell) for row in (made.names, *made.rows) for cell in row) and made.names[0]:
        return name.replace(".csv", ".txt"), as_text(made, " ")
    return name, as_text(made, digits=r.choice((4, 5, 8)))


def _errors(r: random.Random) -> list[str]:
    """One to four names of errors and scores, a loss or an MSE among them."""
    names = [one_of(r, "loss|mse|test_loss|nll|MSE|val_loss|l1_loss")]
    names += [name for name in r.sample((*ERRORS, *SCORES), r.randrange(1, 4)) if name not in names]
    r.shuffle(names)
    return names


def _spread(r: random.Random, names: Sequence[str], level: float = 0.0) -> list[Cell]:
    """A value for each, in no order, about as wide as errors by item are."""
    low = {"r2", "nse", "accuracy", "f1_score", "iou", "dice", "ssim", "score", "auc"}
    return [round(r.random(), 5) if n.lower() in low else r.lognormvariate(level, 0.7) for n in names]


def by_horizon(r: random.Random) -> MadeTable:
    axis = one_of(r, "lead_days|horizon|lead_time|forecast_hour|step_ahead|days_ahead|lead|Horizon (h)|lead_h")
    names, every = _errors(r), r.choice((1, 1, 1, 3, 6, 12, 24))
    slope, noise = r.choice((0.0, 0.05, 0.2, 0.5)), r.choice((0.0, 0.02))
    rows = [
        [every * (i + 1), *(0.3 + slope * (i + 1) + k + r.gauss(0, noise) for k in range(len(names)))]
        for i in range(r.randrange(5, 40))
    ]
    return table("horizon", [axis, *names], rows)


def by_site_and_horizon(r: random.Random) -> MadeTable:
    axis, site = (
        one_of(r, "lead_days|horizon|lead"),
        one_of(r, "site|station|basin|gauge_id|region"),
    )
    names = _errors(r)
    places = r.sample(SITES, 6) if site != "gauge_id" else [f"{r.randrange(10**7, 10**8)}" for _ in range(6)]
    rows = [[place, lead, *_spread(r, names)] for place in places for lead in range(1, r.randrange(4, 8))]
    return table("site and horizon", [site, axis, *names], rows)


def by_site(r: random.Random) -> MadeTable:
    site, names = one_of(r, "site|city|basin|country|location|catchment|well"), _errors(r)
    extra = r.random() < 0.4
    rows = [[place, *([r.uniform(45, 48), r.uniform(6, 10)] if extra else []), *_spread(r, names)] for place in SITES]
    return table("site", [site, *(("lat", "lon") if extra else ()), *names], rows)


def by_file(r: random.Random) -> MadeTable:
    item = one_of(r, "image|image_id|file|filename|patient|subject|case|slice|path|video")
    suffix, names = one_of(r, ".png|.nii.gz|.jpg||.wav"), _errors(r)
    rows = [[f"{item[:4]}_{i:04d}{suffix}", *_spread(r, names)] for i in range(r.randrange(12, 150))]
    return table("file", [item, *names], rows)


def by_number(r: random.Random) -> MadeTable:
    item = one_of(r, "id|idx|sample|image_id|sample_id|patient_id|object_id|example|query_id|row")
    names, first = _errors(r), r.choice((0, 1, 1403))
    rows = [[first + i, *_spread(r, names)] for i in range(r.randrange(20, 200))]
    return table("number", [item, *names], rows)


def by_model(r: random.Random) -> MadeTable:
    item, names = one_of(r, "model|method|architecture|algorithm|name|config|variant"), _errors(r)
    rank = r.random() < 0.5
    rows = [
        [*([i + 1] if rank else []), model, r.randrange(1, 90), *_spread(r, names)] for i, model in enumerate(MODELS)
    ]
    size = one_of(r, "params_m|flops|epochs|best_epoch|size_mb|train_time_s|seed")
    return table("model", [*(("rank",) if rank else ()), item, size, *names], rows)


def by_fold(r: random.Random) -> MadeTable:
    item, names = one_of(r, "fold|seed|split|trial|run|cv_fold|repeat|bootstrap"), _errors(r)
    rows = [[i, *_spread(r, names)] for i in range(r.choice((5, 10, 20)))]
    return table("fold", [item, *names], rows)


def by_seed_and_method(r: random.Random) -> MadeTable:
    names = _errors(r)
    order = r.random() < 0.5
    pairs = [(seed, model) for seed in (0, 1, 2) for model in MODELS[:6]]
    rows = [[*(pair if order else pair[::-1]), *_spread(r, names)] for pair in pairs]
    return table("seed and method", [*(("seed", "method") if order else ("method", "seed")), *names], rows)


def by_dataset(r: random.Random) -> MadeTable:
    names, sets = _errors(r), ("ETTh1", "ETTm2", "Weather", "Traffic", "ILI", "Exchange")
    rows = [[name, horizon, *_spread(r, names)] for name in sets for horizon in (96, 192, 336, 720)]
    return table("data set", ["dataset", one_of(r, "pred_len|horizon|len"), *names], rows)


def predictions(r: random.Random) -> MadeTable:
    truth, guess = r.choice(
        (("y_true", "y_pred"), ("target", "prediction"), ("actual", "predicted"), ("label", "pred"), ("true", "pred"))
    )
    loss = one_of(r, "loss|squared_error|mse|nll|log_loss|cross_entropy|bce_loss")
    first = r.choice(("id", "index", "", "sample_id", None, "timestamp", "t"))
    rows: list[list[Cell]] = []
    for i in range(r.randrange(20, 120)):
        y, p = r.gauss(0, 1), r.gauss(0, 1)
        start: list[Cell] = [] if first is None else [f"2023-01-{1 + i % 28:02d} 00:00" if first == "timestamp" else i]
        rows.append([*start, y, p, (y - p) ** 2])
    return table("predictions", [*([] if first is None else [first]), truth, guess, loss], rows)


def confusion(r: random.Random) -> MadeTable:
    classes = r.choice((("win", "draw", "loss"), ("profit", "loss", "even"), ("gain", "loss", "neutral", "unknown")))
    rows: list[list[Cell]] = [[one, *(r.randrange(0, 90) for _ in classes)] for one in classes]
    return table("confusion", [one_of(r, "|true|actual|label"), *classes], rows)


def importances(r: random.Random) -> MadeTable:
    names = one_of(r, "importance,loss_increase|delta_mse,delta_loss|loss,std|mse,gain|perm_loss,p_value")
    rows = [[f"feat_{i}", r.random(), r.random()] for i in range(r.randrange(8, 60))]
    return table("importances", ["feature", *names.split(",")], rows)


def search(r: random.Random) -> MadeTable:
    first = r.choice(("trial", "trial_id", "iteration", "number", "iter", "config_id", None))
    result = one_of(r, "val_loss|loss|mse|objective|best_val_loss")
    rows: list[list[Cell]] = []
    for i in range(r.randrange(8, 80)):
        start: list[Cell] = [] if first is None else [i]
        rows.append(
            [
                *(*start, 10 ** r.uniform(-5, -1), r.choice((16, 32, 64, 128)), round(r.uniform(0, 0.5), 3)),
                *(r.choice((1, 2, 3, 4)), r.choice((10, 20, 50)), r.lognormvariate(-1, 0.5)),
            ]
        )
    names = [
        one_of(r, "lr|learning_rate"),
        "batch_size",
        "dropout",
        one_of(r, "num_layers|n_layers"),
        "epochs",
    ]
    return table("search", [*([] if first is None else [first]), *names, result], rows)


def grid(r: random.Random) -> MadeTable:
    sizes, tens, counts = [2**i for i in range(1, 8)], [10.0**i for i in range(-5, 0)], list(range(1, 9))
    key, values = r.choice(
        (
            *(("hidden_dim", sizes), ("n_estimators", [10, 50, 100, 200, 400, 800]), ("alpha", tens), ("lr", tens)),
            *(
                ("degree", counts),
                ("train_size", [100 * n for n in sizes]),
                ("n_components", sizes),
                ("latent_dim", sizes),
            ),
            *(("max_depth", counts), ("num_samples", [500, 1000, 2000, 5000]), ("k", [1, 3, 5, 7, 9, 11])),
            *(("window", [3, 5, 10, 20, 30]), ("weight_decay", tens), ("batch_size", sizes)),
        )
    )
    names = r.choice((["train_mse", "test_mse"], ["train_loss", "val_loss"], ["mse", "mae"], ["test_loss", "accuracy"]))
    rows = [
        [v, *(1 / (1 + i) + 0.1 * i**1.5 * k + 0.2 + r.gauss(0, 0.02) for k in range(2))] for i, v in enumerate(values)
    ]
    return table("grid", [key, *names], rows)


def sensors(r: random.Random) -> MadeTable:
    names = one_of(
        r,
        "temperature,humidity,packet_loss|voltage,current,power_loss|flow,pressure,head_loss|rssi,snr,packet_loss|"
        "inlet_temp,outlet_temp,heat_loss|co2,pm25,mse|rainfall,soil_loss,level|throughput,latency_ms,loss|"
        "depth,temperature,signal_loss",
    ).split(",")
    first, rows = one_of(r, "timestamp|time|Time (s)|datetime|elapsed_s|step"), []
    for i in range(r.randrange(30, 200)):
        at: Cell = (
            i * 0.5 if first in {"time", "Time (s)", "elapsed_s"} else f"2024-03-{1 + i // 24:02d} {i % 24:02d}:00"
        )
        rows.append([i if first == "step" else at, *(20 + k + r.gauss(0, 1) for k in range(3))])
    return table("sensors", [first, *names], rows)


def series(r: random.Random) -> MadeTable:
    when, names = one_of(
        r,
        "date:sales,cost|month:revenue,loss|year:gain,loss|date:cases,mse|week:loss|Date:profit,loss|date:loss,error|"
        "year:forest_loss,area|date:pnl,max_loss|day:weight,weight_loss|quarter:net_loss,revenue|date:loss",
    ).split(":")
    rows: list[list[Cell]] = []
    for i in range(r.randrange(12, 90)):
        at: Cell = {"year": 1990 + i, "week": i + 1, "day": i + 1, "quarter": f"{2000 + i // 4}Q{1 + i % 4}"}.get(
            when, f"{2015 + i // 12}-{1 + i % 12:02d}-{'01' if when == 'month' else '15'}"
        )
        rows.append([at, *(100 * r.lognormvariate(0, 0.6) for _ in names.split(","))])
    return table("series", [when, *names.split(",")], rows)


def market(r: random.Random) -> MadeTable:
    price, rows = 100.0, []
    tail = one_of(r, "stop_loss|max_loss|loss|profit_loss|mse")
    for i in range(r.randrange(30, 150)):
        price *= 1 + r.gauss(0, 0.01)
        day = f"2022-{1 + i // 28:02d}-{1 + i % 28:02d}"
        rows.append([day, price, price * 1.01, price * 0.99, price * 1.001, r.randrange(10**5, 10**6), price * 0.95])
    return table("market", f"date,open,high,low,close,volume,{tail}", rows)


def trades(r: random.Random) -> MadeTable:
    loss = one_of(r, "loss|stop_loss|realized_loss|net_loss|max_loss")
    rows = [[1 + i, r.uniform(90, 110), r.uniform(90, 110), r.uniform(85, 95), r.gauss(0, 5)] for i in range(60)]
    return table("trades", f"{r.choice(('trade_id', 'order_id', 'trade'))},entry,exit,{loss},pnl", rows)


def timings(r: random.Random) -> MadeTable:
    sizes, counts = [2**i for i in range(3, 9)], list(range(1, r.randrange(10, 60)))
    names, values = r.choice(
        (
            *(("batch_size,latency_ms,error", sizes), ("iterations,time_ms,rel_error", [10, 100, 1000, 10000])),
            *(("n,seconds,mse", sizes), ("iteration,latency_ms,memory_mb", counts), ("threads,time_s,loss", sizes)),
            *(("size,gflops,max_error", sizes), ("iter,duration_ms,throughput", counts), ("run,time_ms,loss", counts)),
        )
    )
    return table("timings", names, [[v, r.lognormvariate(2, 0.3), r.lognormvariate(-3, 0.3)] for v in values])


def doses(r: random.Random) -> MadeTable:
    axis = one_of(r, "dose|concentration_um|Dose (mg)|log_dose|conc")
    names = one_of(r, "viability,cell_loss|response,loss|viability,mse|effect,weight_loss|inhibition,loss")
    values = [0.01 * 3**i for i in range(r.randrange(6, 12))]
    rows = [[v, 1 / (1 + v), 1 - 1 / (1 + v) + r.gauss(0, 0.02)] for v in values]
    return table("doses", [axis, *names.split(",")], rows)


def insurance(r: random.Random) -> MadeTable:
    names = one_of(
        r,
        "policy_id,age,premium,loss|claim_id,vehicle_age,loss|policy,exposure,loss_amount|customer_id,income,loss|"
        "id,age,bmi,loss|contract,limit,expected_loss|account_id,balance,credit_loss|cat1,cont1,loss",
    )
    rows = [
        [10_000 + i, r.randrange(18, 80), *([r.uniform(200, 900)] * (names.count(",") - 2)), r.lognormvariate(7, 1.2)]
        for i in range(120)
    ]
    return table("insurance", names, rows)


def triangle(r: random.Random) -> MadeTable:
    rows = [
        [1990 + y, d, 1000 * (1 - 0.6**d) * r.uniform(0.9, 1.1), 700 * (1 - 0.5**d)]
        for y in range(8)
        for d in range(1, 8)
    ]
    return table("triangle", "accident_year,development,incurred_loss,paid_loss", rows)


def physics(r: random.Random) -> MadeTable:
    names = one_of(
        r,
        "frequency_ghz,return_loss,insertion_loss|distance_m,path_loss,rssi|angle,signal_loss,mse|"
        "wavelength_nm,transmission,loss|depth,strain,energy_loss|temperature,pressure,heat_loss",
    )
    rows = [[round(1 + 0.1 * i, 3), -20 + 3 * r.random() + 0.1 * i, 1 + 0.02 * i + r.gauss(0, 0.1)] for i in range(50)]
    return table("physics", names, rows)


def simulation(r: random.Random) -> MadeTable:
    names = one_of(
        r, "step,x,y,z|timestep,temperature,pressure,energy|iteration,residual,time_s,velocity|frame,x,y,mse"
    )
    walk, rows = [0.0] * 3, []
    for i in range(r.randrange(30, 200)):
        walk = [v + r.gauss(0, 1) for v in walk]
        rows.append([i, *walk])
    return table("simulation", names, rows)


def by_class(r: random.Random) -> MadeTable:
    item, names = one_of(r, "class|category|label|layer|module|attribute|language"), _errors(r)
    rows = [[f"{item}_{chr(97 + i)}", r.randrange(10, 500), *_spread(r, names)] for i in range(r.randrange(6, 26))]
    return table("class", [item, one_of(r, "support|count|n"), *names], rows)


def robustness(r: random.Random) -> MadeTable:
    shares, counts = [0.1, 0.2, 0.3, 0.5, 0.7, 0.9], list(range(1, 7))
    axis, values = r.choice(
        (
            *(
                ("epsilon", shares),
                ("noise_level", shares),
                ("severity", counts),
                ("bits", counts),
                ("sparsity", shares),
            ),
            *(
                ("snr_db", [0, 5, 10, 15, 20, 25]),
                ("sparsity", shares),
                ("threshold", shares),
                ("position", list(range(64))),
            ),
            *(("quantile", shares), ("missing_rate", shares), ("age", list(range(20, 70, 5))), ("temperature", shares)),
        )
    )
    names = r.choice(
        (["adv_loss", "accuracy"], ["nll", "ece"], ["mse", "mae"], ["test_loss", "f1_score"], ["loss"], ["mse"])
    )
    way = r.choice((-0.1, 0.1))
    rows = [[v, *(2 + way * i + r.gauss(0, 0.05) for _ in names)] for i, v in enumerate(values)]
    return table("robustness", [axis, *names], rows)


def statistics(r: random.Random) -> MadeTable:
    names = one_of(r, "loss,mae|train_loss,val_loss|loss,accuracy|mse,rmse,r2").split(",")
    kinds = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
    return table("statistics", ["", *names], [[kind, *(r.random() for _ in names)] for kind in kinds])


def texts(r: random.Random) -> MadeTable:
    item = one_of(r, "prompt|sentence|doc_id|question|utt_id|token|word")
    rows = [[f"w{r.randrange(10**6)}", r.lognormvariate(1, 0.5), r.lognormvariate(3, 1)] for _ in range(70)]
    return table("texts", [item, one_of(r, "nll|loss|ce_loss|cross_entropy"), "ppl"], rows)


def ablation(r: random.Random) -> MadeTable:
    names = ("full", "no_aug", "no_dropout", "no_bn", "small", "no_pretrain", "no_skip", "frozen")
    rows = [[name, r.uniform(0.3, 0.6), r.gauss(0, 0.1), r.choice((10, 20, 30))] for name in names]
    return table("ablation", [one_of(r, "setting|variant|experiment|run_name"), "val_loss", "delta", "epoch"], rows)


def losses_alone(r: random.Random) -> MadeTable:
    names = r.choice(
        (["mse", "mae"], ["loss", "dice"], ["loss", "iou", "dice"], ["mse", "psnr", "ssim"], ["nll", "acc"])
    )
    rows = [[r.lognormvariate(-1, 0.9), *(r.random() for _ in names[1:])] for _ in range(r.randrange(30, 200))]
    return table("losses alone", names, rows)


KINDS: tuple[Callable[[random.Random], MadeTable], ...] = (
    *(by_horizon, by_site_and_horizon, by_site, by_file, by_number, by_model, by_fold, by_seed_and_method, by_dataset),
    *(predictions, confusion, importances, search, grid, sensors, series, market, trades, timings, doses, insurance),
    *(triangle, physics, simulation, by_class, robustness, statistics, texts, ablation, losses_alone),
)

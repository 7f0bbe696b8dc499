"""Lines that tell where training is without a `key: value`, put into such pairs before anything else looks at them.

    Loss after epoch 3: 0.5
    [0/25][100/1583] Loss: 2.3                                         PyTorch's DCGAN example
    INFO Train: [0/300][100/2502]   eta 0:20:11 lr 0.000001 ...        Swin and its heirs
    Train: 0 [ 100/5004 (  2%)]  Loss: 6.95 (6.95)  ...                timm
    Epoch[1] Iteration[10/100] Loss: 0.69                              ignite, MXNet
    12epoch:train:1-100batch: ... loss=60.1                            ESPnet
    DEBUG TRAIN Batch 0/100 loss 78.9 ...                              WeNet: epoch and batch
    [100] learning_rate=0.01, loss=2.3                                 CLU: T5X, Flax, scenic
    Train loss 100 0.456 Grad Norm 1.2                                 Tacotron 2
    100: 345.6, 340.2 avg loss, 0.001 rate, 3.3 seconds                Darknet
    200 step: loss = 5.8                                               the number before its word
    | epoch 1 |   200/ 2983 batches | lr 20.00 | loss  7.63            PyTorch's word language model
    Epoch  3,    50/ 2400; ppl: 221.4                                  OpenNMT-py, the first one
    Epoch(train) [2][  50/900]  lr: 2.0e-03  loss: 1.9                 mmengine at a terminal
    Training  [    10/20000]  eta: 2:10:37  loss: 12.8                 DINOv2's MetricLogger
    Loss is nanxxx  |  -nan(ind)  |  1.#QNAN                           what is no number, glued to something
    loss=2.9342acc=0.10                                                a number glued to the next name
    Train net output #0: head_a = 2.16 (* 1 = 2.16 loss)               Caffe: the loss of a head, with its weight
    Progress on:train 100it/10.0kit ... postfix:loss=3.9               Levanter
    Saving dict for global step 1900: accuracy = 0.9, loss = 1.17      TensorFlow's Estimator: an evaluation
    Train 0, loss: 2.9, train acc: 0.5                                 DGCNN
    Adjusting learning rate of group 0 to 1.0000e-02.                  torch's verbose schedulers
    | learning_rate | 0.0003 |                                         a table of settings

Each of them is a format of its own by its counters alone; the rest of such a line is pairs.
"""

import re
from functools import lru_cache

MAX_SHAPES = 2_048  # remembered

_COUNT = r"(\d{1,12})"
_COUNTED = "[Ss]tep|[Ii]teration|[Ii]ter|[Ee]poch|[Bb]atch"
_FEW = r"[^:=\d|]{0,40}"
_FRACTION = r"(?=[-+]?(?:\d{1,20}\.\d|nan|inf))"
_PLAIN = r"([-+]?(?:\d{1,20}(?:\.\d{1,20})?|nan|inf))"

# What a line of such a wording looks like, and how it is told.
# What stands in `[valid]` or before a semicolon is in no pair, and so says which split the line is about.
_WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"(?<=[=:])(\s?[-+]?\d{1,20}\.\d{1,20}(?:[eE][-+]\d{1,3})?)(?=[A-Za-z_]{2,20}\s?[=:]\s?[-+.\dniNI])", r"\1 "),
        (r"(?i)(?<=[=:])(\s?[-+]?(?:nan|inf))(?=[a-z_]{2,20}\s?[=:]\s?[-+.\dni])", r"\1 "),
        (r"(?i)(?<=[\s:=(,])(-?nan)\(\w{1,10}\)", r"\1"),
        (r"(?i)(?<=[\s:=(,])(-?nan)(?!o|mean|sum|std|min|max)[a-z]{1,12}\b", r"\1"),
        (r"(?i)(?<=[\s:=(,])([-+]?(?:nan|inf(?:inity)?))\.(?=\s|$)", r"\1 "),
        (r"-?\d\.#(?:QNAN|SNAN|IND)\w{0,4}", "nan"),
        (r"(-?)\d\.#INF\w{0,4}", r"\1inf"),
        (
            rf"^([^\w]{{0,40}}|.{{0,80}}[\]>|-] {{0,3}})\[?{_COUNT} ({_COUNTED})(?:e?s)?\]?(?= {{0,2}}[:,|-])",
            r"\1\3 \2",
        ),
        (rf"(?<=[|>\]]) {{1,10}}{_COUNT}/ {{0,8}}{_COUNT} ({_COUNTED})(?:e?s)?(?= {{0,4}}[:,|-])", r" \3: \1/\2"),
        (rf"\b([Ee]poch) {{1,4}}{_COUNT}, {{1,10}}{_COUNT}/ {{0,10}}{_COUNT}(?=[;,: ])", r"\1: [\2][\3/\4]"),
        (r"\b(Epoch|Iter)\((?:train|TRAIN)\) {0,4}(?=\[)", r"\1 "),
        (r"\b(Epoch|Iter)\((val|test)\) {0,4}(?=\[)", r"[\2]; \1 "),
        (rf"\b([Ll]oss)\b{_FEW}? (?:at|after) ({_COUNTED}) {_COUNT}\s?[:=]", r"\2 \3 \1:"),
        (rf"\b([Ll]oss)\b{_FEW}? after {_COUNT} ({_COUNTED})e?s\s?[:=]", r"\3 \2 \1:"),
        (rf"^ {{0,8}}\[ {{0,4}}{_COUNT}/\d{{1,12}}\]\[ {{0,8}}{_COUNT}/{_COUNT}\]", r"Epoch: [\1][\2/\3]"),
        (rf"^ {{0,8}}[\[(] {{0,4}}{_COUNT}/{_COUNT}[\])]:? ", r"step: \1/\2, "),
        (rf"\bTrain: {{1,8}}\[ {{0,8}}{_COUNT}/\d{{1,12}}\] ?\[", r"Train Epoch: [\1]["),
        (rf"\bTrain: {{1,8}}{_COUNT} \[ {{0,8}}{_COUNT}/{_COUNT} \( {{0,3}}\d{{1,3}}%\)\]", r"Train Epoch: \1 [\2/\3]"),
        (
            rf"\b((?:[Pp]re)?[Tt]rain(?:ing)?):? {{1,4}}\[ {{0,10}}{_COUNT}/ {{0,10}}{_COUNT}\](?! ?\[)",
            r"\1; step: \2/\3, ",
        ),
        (r"\b(Epoch|Iteration|Iter|Batch|Step)\[(?=\d)", r"\1 ["),
        (rf"\b{_COUNT}epoch:train:\d{{1,12}}-{_COUNT}batch:", r"epoch: \1, batch: \2,"),
        (rf"\b{_COUNT}epoch results: .{{0,3000}}?\[valid\]", r"[valid] epoch: \1,"),
        (rf"\bTRAIN\b.{{0,40}}?\bBatch {_COUNT}/{_COUNT} ", r"epoch: \1, batch: \2, "),
        (rf"\bCV\b.{{0,40}}?\bBatch {_COUNT}/{_COUNT} ", r"[valid] epoch: \1, batch: \2, "),
        (rf"(?<![^\s\]])\[{_COUNT}\] (?=[A-Za-z_][\w/.-]{{0,80}}=[-+.\dni])", r"step: \1, "),
        (r"\bSaving dict (?:for )?", "[eval] "),
        (
            rf"^(.{{0,80}}[\]>:-] {{1,3}})?((?i:train|test|val|valid|validation|eval)) {_COUNT}(?= ?[,:|] )",
            r"\1\2; step: \3",
        ),
        (rf"(?i: ?\b(loss) {_COUNT} ){_FRACTION}", r"; step: \2, \1: "),
        (rf"\b([Vv]alidation) loss {_COUNT}: {{1,4}}{_FRACTION}", r"\1; step: \2, loss: "),
        (
            rf"^ {{0,8}}{_COUNT}: {_PLAIN}, {_PLAIN} avg(?: loss)?, {_PLAIN} rate, ",
            r"step: \1, loss: \2, avg loss: \3, lr: \4, ",
        ),
        (r"\bTrain net output #\d{1,3}: (\w{1,60}) = ", r"\1 = "),
        (r"\bTest net output #\d{1,3}: (\w{1,60}) = ", r"[test] \1 = "),
        (r" \(\* [\d.e+-]{1,20} = [\d.e+-]{1,20} loss\)", ""),
        (rf"\bProgress on:train {_COUNT}it/", r"step: \1, "),
        (r"\b[Aa]djusting learning rate of group (\d{1,3}) to (?=\d)", r"lr-group\1: "),
        # The LR before the first of these is printed nowhere, so they would say that it was lower than it was.
        (r"\b[Rr]educing learning rate of group \d{1,3} to \d\S{0,30}", "less"),
        (
            r"^ {0,8}[|│┃] {0,40}(lr|learning[ _]rate|batch[ _]size) {1,40}[|│] {0,40}(?=\d\S{0,40} {0,40}[|│┃])",
            r"\1: ",
        ),
    )
)


def in_pairs(text: str, shape: bytes) -> str:
    """The line with its wordings, where it has any of them, told as pairs.

    Args:
        text: the line.
        shape: it with each digit a zero: no wording tells one digit from another, and lines differ in little else.

    >>> in_pairs("Train loss 100 0.456", b"Train loss 000 0.000")
    'Train; step: 100, loss: 0.456'
    """
    for pattern, told in _wordings_in(shape):
        text = pattern.sub(told, text)
    return text


@lru_cache(maxsize=MAX_SHAPES)
def _wordings_in(shape: bytes) -> tuple[tuple[re.Pattern[str], str], ...]:
    text = shape.decode("utf-8", "surrogatepass")
    return tuple((pattern, told) for pattern, told in _WORDINGS if pattern.search(text))

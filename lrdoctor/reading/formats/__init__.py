"""Every log format lrdoctor knows.  To add one: a module with a `READER`, and its line below."""

from lrdoctor.reading.formats.frameworks import caffe, chainer, mxnet
from lrdoctor.reading.formats.generic import console, json_rows, notebook, table
from lrdoctor.reading.formats.hugging_face import llamafactory
from lrdoctor.reading.formats.hugging_face import results as hf_results
from lrdoctor.reading.formats.hugging_face import trainer_state as hf_trainer
from lrdoctor.reading.formats.keras import history as keras_history
from lrdoctor.reading.formats.keras import pickled_history as keras_pickle
from lrdoctor.reading.formats.language_models import (
    allennlp,
    build_nanogpt,
    composer,
    fairseq,
    flair,
    litgpt,
    llmc,
    maxtext,
    megatron,
    modded_nanogpt,
    nanochat,
    nanogpt,
    olmo,
    torchtune,
)
from lrdoctor.reading.formats.optuna import storage as optuna_storage
from lrdoctor.reading.formats.published import algoperf, deepobs
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.formats.reinforcement import stable_baselines
from lrdoctor.reading.formats.tensorboard import downloads as tb_ui
from lrdoctor.reading.formats.tensorboard import event_runs as tensorboard
from lrdoctor.reading.formats.trackers import (
    aim_repository,
    clearml,
    comet,
    dvclive,
    mlflow_files,
    neptune,
    ray_tune,
    sacred,
    swanlab,
    trackio,
    trackio_parquet,
    visualdl,
)
from lrdoctor.reading.formats.trackers import mlflow_database as mlflow_sqlite
from lrdoctor.reading.formats.vision import (
    cyclegan,
    darknet,
    detectron2,
    epoch_json,
    nnunet,
    openmmlab,
    openmmlab_text,
    timm,
    ultralytics,
    yolo_text,
)
from lrdoctor.reading.formats.wandb import chart as wandb_chart
from lrdoctor.reading.formats.wandb import history as wandb_history
from lrdoctor.reading.formats.wandb import offline as wandb_offline
from lrdoctor.reading.formats.wandb import table as wandb_table

# From the most specific to the least: the first that recognises a file reads it.
READERS: tuple[Reader, ...] = (
    tensorboard.READER,
    wandb_offline.READER,
    tb_ui.READER,
    wandb_chart.READER,
    wandb_history.READER,
    wandb_table.READER,
    swanlab.READER,
    aim_repository.READER,
    trackio.READER,
    trackio_parquet.READER,
    neptune.READER,
    mlflow_sqlite.READER,
    mlflow_files.READER,
    optuna_storage.READER,
    deepobs.READER,
    clearml.READER,
    comet.READER,
    visualdl.READER,
    sacred.READER,
    ray_tune.READER,
    allennlp.READER,
    megatron.READER,
    nanochat.READER,
    litgpt.READER,
    maxtext.READER,
    composer.READER,
    nanogpt.READER,
    build_nanogpt.READER,
    llmc.READER,
    modded_nanogpt.READER,
    torchtune.READER,
    olmo.READER,
    ultralytics.READER,
    yolo_text.READER,
    timm.READER,
    algoperf.READER,
    dvclive.READER,
    stable_baselines.READER,
    hf_trainer.READER,
    hf_results.READER,
    llamafactory.READER,
    keras_history.READER,
    keras_pickle.READER,
    cyclegan.READER,
    darknet.READER,
    caffe.READER,
    chainer.READER,
    mxnet.READER,
    nnunet.READER,
    detectron2.READER,
    openmmlab.READER,
    openmmlab_text.READER,
    epoch_json.READER,
    fairseq.READER,
    notebook.READER,
    flair.READER,
    json_rows.READER,
    table.READER,
    console.READER,
)

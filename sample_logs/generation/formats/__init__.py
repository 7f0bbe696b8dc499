"""One log in every format lrdoctor reads: the trainings of the other samples, told again."""

from generation.formats import (
    epoch_files,
    exports,
    framework_logs,
    gans,
    hand_made,
    hugging_face,
    keras_history,
    line_logs,
    llm_consoles,
    local_trackers,
    notebooks,
    parquet_exports,
    pretraining,
    reinforcement,
    table_dialects,
    trackers,
)
from generation.formats.form import Form, Own

# Each module below this package has its own `FORMS`; to add a format, add it there.
FORMS: tuple[Form | Own, ...] = (
    *epoch_files.FORMS,
    *exports.FORMS,
    *framework_logs.FORMS,
    *gans.FORMS,
    *hand_made.FORMS,
    *hugging_face.FORMS,
    *keras_history.FORMS,
    *line_logs.FORMS,
    *local_trackers.FORMS,
    *llm_consoles.FORMS,
    *notebooks.FORMS,
    *parquet_exports.FORMS,
    *pretraining.FORMS,
    *reinforcement.FORMS,
    *table_dialects.FORMS,
    *trackers.FORMS,
)

"""One log in every format lrdoctor reads: the trainings of the other samples, told again."""

from generation.formats.form import Form

# Each module below this package has its own `FORMS`; to add a format, add it there.
FORMS: tuple[Form, ...] = ()

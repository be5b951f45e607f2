"""Files: what was found, kept for later and for other tools, with nothing in them that runs."""

from sos_bayes.saving.draws_table import to_parquet as to_parquet
from sos_bayes.saving.files import load as load
from sos_bayes.saving.files import save as save

__all__ = ["load", "save", "to_parquet"]

"""Many exports as one."""

from apig_nb.export_set.export_set import ExportSet
from apig_nb.export_set.key import KEY_COLUMNS, ExportKey, key_of
from apig_nb.export_set.loading import load_many

__all__ = ["KEY_COLUMNS", "ExportKey", "ExportSet", "key_of", "load_many"]

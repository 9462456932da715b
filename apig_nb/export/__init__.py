"""One exported document, and loading it from a file."""

from apig_nb.export.export import Export
from apig_nb.export.loading import Comparable, as_export, load, names_in_file_name

__all__ = ["Comparable", "Export", "as_export", "load", "names_in_file_name"]

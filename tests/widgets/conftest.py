import pytest

from apig_nb.widgets.table import table_view


@pytest.fixture(autouse=True)
def no_columns_chosen_before() -> None:
    """Tables keep the columns that the user chose for the next table of their label; each test begins without."""
    table_view._choices.clear()

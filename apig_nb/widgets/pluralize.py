"""How many there are of something, in words."""


def counted(number: int, noun: str) -> str:
    """`1 path`, `2,000 paths`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def rows_counted(number: int, label: str) -> str:
    """Rows of a table whose label is a plural: `19 operations`; a single one is `1 row`."""
    return "1 row" if number == 1 else f"{number:,} {label}"

"""The oldest versions that pyproject.toml allows, as constraints for pip: `python tests/oldest_constraints.py`.

pip install --constraint <(python tests/oldest_constraints.py) --editable '.[all]' --group dev

Of what a user installs, that is the library and the extras `sandbox`, `lab` and `archive`; tests and checks are as they
are.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
EXTRAS = ("sandbox", "lab", "archive")


def oldest() -> Iterator[str]:
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    for text in [
        *project["dependencies"],
        *(line for extra in EXTRAS for line in project["optional-dependencies"][extra]),
    ]:
        requirement = Requirement(text)
        (bound,) = requirement.specifier
        assert bound.operator == ">=", f"{text} has no lower bound alone"
        yield f"{requirement.name}=={bound.version}"


if __name__ == "__main__":
    print("\n".join(oldest()))

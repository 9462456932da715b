"""Views of a cell that is run again, in front-ends that do not say which cell it is."""

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.slow

SETUP = """
import ipywidgets
import apig_nb as apig
export = apig.load('{"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {}}}}')
"""

INTERRUPTED = """
class Interrupted(apig.Explorer):
    @property
    def static(self):
        raise KeyboardInterrupt
Interrupted(export)
"""


def test_views_of_former_runs_of_the_same_code_are_closed():
    manager, client = start_new_kernel(kernel_name="python3")
    texts: list[str] = []

    def record(message: dict) -> None:  # type: ignore[type-arg]
        if message["msg_type"] == "stream":
            texts.append(message["content"]["text"].strip())

    def run(code: str, status: str = "ok") -> None:
        reply = client.execute_interactive(code, timeout=60, output_hook=record)
        assert reply["content"]["status"] == status, reply["content"]

    count = "print(len(ipywidgets.widgets.widget._instances))"
    try:
        run(SETUP)
        for _ in range(8):
            run("apig.Explorer(export)")
            run(count)
        # Other code does not close them; the views of two cells are independent.
        run("first = apig.Explorer(export)\nfirst")
        run(count)
        for _ in range(5):
            run(INTERRUPTED, "error")
        run(count)
        numbers = [int(text) for text in texts]
        assert numbers[0] > 10
        assert numbers[2] == 3 * numbers[0]
        assert numbers[3:8] == [numbers[2]] * 5
        assert numbers[8] > numbers[7]
        assert numbers[9] - numbers[8] == 3 * numbers[0]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

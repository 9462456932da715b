"""Processor time of a call, for tests of how it grows with the input."""

import gc
import time
from collections.abc import Callable


def least_seconds(call: Callable[[], object], tries: int = 5) -> float:
    """Return the least processor time of several calls in this thread.

    The garbage collector rests: its time depends on the objects of all tests before.
    """
    seconds = []
    for _ in range(tries):
        gc.disable()
        try:
            start = time.thread_time()
            call()
            seconds.append(time.thread_time() - start)
        finally:
            gc.enable()
    return min(seconds)

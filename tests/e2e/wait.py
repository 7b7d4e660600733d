"""Waiting for a condition with a deadline; no test sleeps to wait."""

import time

POLL_SECONDS = 0.02


class TimedOut(AssertionError):
    """What was waited for did not happen."""


def wait_for(condition, what, seconds=10.0, poll=POLL_SECONDS):
    """Calls `condition` until it returns something true, which is returned."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimedOut(f"{what}: not within {seconds:g} s (last value: {value!r})")
        time.sleep(poll)

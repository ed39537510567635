"""The reasons why an attempt ends without a result, and their consequences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

DAY_SECONDS = 24 * 60 * 60
YEAR_SECONDS = 366 * DAY_SECONDS


class TaskError(Exception):
    """The base of the errors that say what happens to the job."""


class Retryable(TaskError):
    """Retry after the host's backoff. Every exception that is not a TaskError has this consequence too."""


class Permanent(TaskError):
    """Do not retry: another attempt would fail the same way."""


class Cancelled(TaskError):
    """The task saw that its job was cancelled, and stopped."""


class RetryAfter(TaskError):
    """Retry after a delay: seconds or a timedelta. The host allows at most a day."""

    def __init__(self, delay: float | timedelta, message: str = "") -> None:
        """Keep the delay in seconds as `delay`."""
        super().__init__(message)
        self.delay = seconds(delay)

    @property
    def delay_ms(self) -> int:
        """The delay in whole milliseconds, at most a day."""
        return milliseconds(self.delay)


class Snooze(TaskError):
    """Not yet: run the job again after a delay, without counting an attempt. A second to a day."""

    def __init__(self, delay: float | timedelta) -> None:
        """Keep the delay in seconds as `delay`."""
        super().__init__(f"not yet (again in {seconds(delay):g} s)")
        self.delay = seconds(delay)

    @property
    def delay_ms(self) -> int:
        """The delay in whole milliseconds, at most a day."""
        return milliseconds(self.delay)


class WaitForEvent(TaskError):
    """Run the job again when an event is there or this time is over: what `job.wait_for` raises."""

    def __init__(self, name: str, timeout: float | timedelta) -> None:
        """Keep the timeout in seconds as `timeout`."""
        super().__init__(f"waits for {name}")
        self.name = name
        self.timeout = seconds(timeout)

    @property
    def timeout_ms(self) -> int:
        """The timeout in whole milliseconds, at most a year."""
        return milliseconds(self.timeout, YEAR_SECONDS)


class WaitForJobs(WaitForEvent):
    """The same for jobs that this one submitted: what `job.wait_for_jobs` raises."""

    def __init__(self, name: str, steps: Sequence[str], timeout: float | timedelta) -> None:
        """Keep the steps of the jobs."""
        super().__init__(name, timeout)
        self.steps = list(steps)


def seconds(delay: float | timedelta) -> float:
    """Return a delay in seconds."""
    return delay.total_seconds() if isinstance(delay, timedelta) else float(delay)


def milliseconds(delay: float, longest: float = DAY_SECONDS) -> int:
    """Return seconds as whole milliseconds, from 0 to the longest, whatever the float is."""
    return round(1000 * min(max(delay, 0.0), longest))

"""Write a Taskbox plugin in Python: README.md has a whole one."""

from .errors import Cancelled, Permanent, Retryable, RetryAfter, Snooze, TaskError, WaitForEvent
from .http import HttpError, Request, Response, Timeouts
from .job import Job, Parent
from .schema import Schema
from .task import Task, task
from .testing import TIMED_OUT, FakeJob, Reply

__all__ = [
    "TIMED_OUT",
    "Cancelled",
    "FakeJob",
    "HttpError",
    "Job",
    "Parent",
    "Permanent",
    "Reply",
    "Request",
    "Response",
    "RetryAfter",
    "Retryable",
    "Schema",
    "Snooze",
    "Task",
    "TaskError",
    "Timeouts",
    "WaitForEvent",
    "task",
]

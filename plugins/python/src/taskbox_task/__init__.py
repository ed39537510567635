"""Write a Taskbox plugin in Python: README.md has a whole one."""

from .errors import Cancelled, Permanent, Retryable, RetryAfter, Snooze, TaskError, WaitForEvent, WaitForJobs
from .http import HttpError, Request, Response, Timeouts
from .job import Job, JobResult
from .schema import Schema
from .task import Task, task
from .testing import TIMED_OUT, FakeJob, Reply

__all__ = [
    "TIMED_OUT",
    "Cancelled",
    "FakeJob",
    "HttpError",
    "Job",
    "JobResult",
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
    "WaitForJobs",
    "task",
]

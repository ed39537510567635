"""The binding to wit/task.wit: alone it knows the modules of the contract. Only inside a component."""

from __future__ import annotations

import linecache  # noqa: F401 a component has only the modules of its build, and `traceback` imports these two late
import random
import tokenize  # noqa: F401
from typing import Any

from componentize_py_types import Err
from wit_world.imports import events, job, jobs, parents, store
from wit_world.imports import taskbox_task_types as types

from . import exchange
from .errors import Cancelled, Permanent, Retryable, RetryAfter, Snooze, TaskError, WaitForEvent, WaitForJobs
from .host import Event, Level, ResultFields
from .http import Request, Response
from .job import Job
from .task import TASKS, Spec, run_one_of


class Imports:
    """The host of the running component."""

    def log(self, level: Level, message: str) -> None:
        """Call the host."""
        job.log(job.Level[level.upper()], message)

    def report_progress(self, done: int, total: int, message: str) -> None:
        """Call the host."""
        job.report_progress(done, total, message)

    def is_cancelled(self) -> bool:
        """Call the host."""
        return bool(job.is_cancelled())

    def get_checkpoint(self, name: str) -> str | None:
        """Call the host."""
        return _text(job.get_checkpoint(name))

    def set_checkpoint(self, name: str, value: str) -> None:
        """Call the host."""
        try:
            job.set_checkpoint(name, value)
        except Err as error:
            raise Retryable(f"the result of step {name!r} was not stored: {error.value}") from None

    def parent_count(self) -> int:
        """Call the host."""
        return int(parents.count())

    def parent(self, index: int) -> ResultFields | None:
        """Call the host."""
        return _result(parents.get(index))

    def submit(self, step: str, task: str, text: str, options: str | None) -> str:
        """Call the host."""
        try:
            return str(jobs.submit(step, task, text, options))
        except Err as error:
            refused = isinstance(error.value, jobs.SubmitError_Refused)
            raise (Permanent if refused else Retryable)(error.value.value) from None

    def submitted(self, step: str) -> ResultFields | None:
        """Call the host."""
        return _result(jobs.get(step))

    def event(self, name: str) -> Event | None:
        """Call the host."""
        found = events.get(name)
        if found is None:
            return None
        return Event(found.value if isinstance(found, events.Event_Value) else None)

    def event_url(self, name: str, valid_ms: int) -> str:
        """Call the host."""
        try:
            return str(events.url(name, valid_ms))
        except Err as error:
            raise Retryable(f"the event {name!r} has no URL: {error.value}") from None

    def config(self, key: str) -> str | None:
        """Call the host."""
        try:
            return _text(store.get(key))
        except Err as error:
            raise Retryable(f"the configuration could not be read: {error.value}") from None

    def send(self, request: Request) -> Response:
        """Call the host."""
        return exchange.send(request)


_IMPORTS = Imports()

# The state of the shared generator is that of the build, and every attempt would draw the same numbers. This is the
# part in C of random.seed().
_seed = super(random.Random, random.random.__self__).seed  # type: ignore[attr-defined]


class Task:
    """The exported interface `task`."""

    def describe(self) -> list[Any]:
        """Return the tasks of this plugin."""
        return [_spec(task.spec) for task in TASKS.values()]

    def run(self, context: Any, text: str) -> str:
        """Run one attempt of one job."""
        _seed()
        try:
            return run_one_of(TASKS, Job(context, _IMPORTS), text)
        except TaskError as error:
            raise Err(_error(error)) from None


def _spec(spec: Spec) -> Any:
    return types.TaskSpec(
        spec.name,
        spec.description,
        spec.input_schema,
        spec.output_schema,
        spec.max_attempts,
        spec.timeout_ms,
        spec.queue,
    )


def _error(error: TaskError) -> Any:
    message = str(error)
    if isinstance(error, Permanent):
        return types.TaskError_Permanent(message)
    if isinstance(error, RetryAfter):
        return types.TaskError_RetryAfter((error.delay_ms, message))
    if isinstance(error, Snooze):
        return types.TaskError_Snooze(error.delay_ms)
    if isinstance(error, WaitForJobs):
        return types.TaskError_WaitForJobs((error.name, error.steps, error.timeout_ms))
    if isinstance(error, WaitForEvent):
        return types.TaskError_WaitForEvent((error.name, error.timeout_ms))
    if isinstance(error, Cancelled):
        return types.TaskError_Cancelled()
    return types.TaskError_Retryable(message)


def _result(found: Any) -> ResultFields | None:
    if found is None:
        return None
    return ResultFields(found.job_id, found.task, found.state, found.output, found.error)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

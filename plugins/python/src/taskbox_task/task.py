"""Tasks: name, defaults for jobs, and the function that runs them."""

from __future__ import annotations

import inspect
import traceback
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from . import jsontext
from .errors import Permanent, Retryable, TaskError, milliseconds, seconds
from .http import HttpError
from .job import Job
from .schema import schema_of

MESSAGE_BYTES_MAX = 4096


@dataclass(frozen=True)
class Spec:
    """A task as the host lists it."""

    name: str
    description: str
    input_schema: str | None
    output_schema: str | None
    max_attempts: int | None
    timeout_ms: int | None
    queue: str | None


class Task:
    """A function that is a task. Calling it calls the function."""

    def __init__(self, run: Callable[..., Any], spec: Spec, input_kind: Any, takes_input: bool) -> None:
        """Join the function, its spec, and the type of its input."""
        self.spec = spec
        self._run = run
        self._input_kind = input_kind
        self._takes_input = takes_input
        self.__doc__ = run.__doc__
        self.__name__ = run.__name__

    def __call__(self, *arguments: Any) -> Any:
        """Call the function with a job and its input."""
        return self._run(*arguments)

    def run_json(self, job: Job, text: str) -> str:
        """Run an attempt from JSON text to JSON text, as the host does. Every error is a TaskError."""
        try:
            return self._answer(job, text)
        except TaskError:
            raise
        except HttpError as error:
            kind = Retryable if error.retryable else Permanent
            raise kind(report(str(error), error)) from error
        except Exception as error:
            name = "".join(traceback.format_exception_only(error)).strip()
            raise Retryable(report(name, error)) from error

    def _input(self, text: str) -> Any:
        try:
            return jsontext.loads(text, self._input_kind)
        except ValueError as error:
            raise Permanent(f"the input of this job does not fit: {error}") from error

    def _answer(self, job: Job, text: str) -> str:
        output = self._run(job, self._input(text)) if self._takes_input else self._run(job)
        try:
            return jsontext.dumps(output)
        except (TypeError, ValueError) as error:
            raise Permanent(f"the output of this job is not JSON: {error}") from error


def report(what: str, error: BaseException) -> str:
    """Return what happened, which the host shows, and below it a traceback from the task's function on, which it folds.

    What does not fit is the beginning of the traceback: its end has the exception.
    """
    what = what.encode()[: MESSAGE_BYTES_MAX // 4].decode("utf-8", "ignore")
    frames = error.__traceback__
    while frames is not None and frames.tb_next is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames)).strip()
    tail = text.encode()[-(MESSAGE_BYTES_MAX - len(what.encode()) - 1) :]
    return f"{what}\n{tail.decode('utf-8', 'ignore')}"


TASKS: dict[str, Task] = {}
"""All tasks of the plugin by name, in the order of their definition."""


@typing.overload
def task(run: Callable[..., Any], /) -> Task: ...
@typing.overload
def task(
    *,
    name: str | None = None,
    max_attempts: int | None = None,
    timeout: float | timedelta | None = None,
    queue: str | None = None,
) -> Callable[[Callable[..., Any]], Task]: ...
def task(
    run: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    max_attempts: int | None = None,
    timeout: float | timedelta | None = None,
    queue: str | None = None,
) -> Any:
    """Make a function `(job, input) -> output` a task of this plugin.

    The name is that of the function with `-` for `_`, unless it is given. The description is the first paragraph of
    the docstring, and the JSON Schemas are those of the annotated types. `timeout` is the wall time of one attempt, in
    seconds or as a timedelta; `max_attempts`, `timeout` and `queue` are defaults that a job can change.
    """

    def define(run: Callable[..., Any]) -> Task:
        hints = typing.get_type_hints(run, include_extras=True)
        parameters = list(inspect.signature(run).parameters)
        if len(parameters) not in (1, 2):
            raise TypeError(f"a task takes a job and an input: {run.__name__} takes {len(parameters)} arguments")
        takes_input = len(parameters) == 2
        input_kind = hints.get(parameters[1], Any) if takes_input else Any
        spec = Spec(
            name=run.__name__.replace("_", "-") if name is None else name,
            description=" ".join((inspect.getdoc(run) or "").split("\n\n")[0].split()),
            input_schema=_schema(input_kind),
            output_schema=_schema(hints.get("return", Any)),
            max_attempts=max_attempts,
            timeout_ms=None if timeout is None else milliseconds(seconds(timeout)),
            queue=queue,
        )
        if spec.name in TASKS:
            raise ValueError(f"two tasks are named {spec.name!r}")
        TASKS[spec.name] = Task(run, spec, input_kind, takes_input)
        return TASKS[spec.name]

    return define if run is None else define(run)


def _schema(kind: Any) -> str | None:
    return None if kind is Any else jsontext.dumps(schema_of(kind))


def run_one_of(tasks: dict[str, Task], job: Job, text: str) -> str:
    """Run the task that the job names."""
    if job.task not in tasks:
        raise Permanent(f"this plugin offers no task named {job.task!r}")
    return tasks[job.task].run_json(job, text)

"""The running job, as a task sees it."""

from __future__ import annotations

import time
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from . import jsontext
from .errors import YEAR_SECONDS, Cancelled, Permanent, WaitForEvent, WaitForJobs, milliseconds, seconds
from .host import Context, Host, Level, ResultFields
from .http import Client

if TYPE_CHECKING:
    from .testing import FakeJob, Reply

T = TypeVar("T")


class _Required:
    """The default of a value that must be granted."""


@dataclass(frozen=True)
class JobResult:
    """The result of another job."""

    job_id: str
    task: str | None
    """None if it was deleted."""
    state: str
    """`completed`, `discarded`, `cancelled` or `deleted`, or that of a job that is not final."""
    output: str | None
    """Its result as JSON text, if it completed."""
    error: str | None
    """The error of its last failed attempt, if it did not complete."""

    def result(self, kind: Any = Any) -> Any:
        """Return its result, of this type. Permanent: it has none, or the result does not fit."""
        if self.output is None:
            raise Permanent(f"the job {self.job_id} is {self.state} and has no result")
        try:
            return jsontext.loads(self.output, kind)
        except ValueError as error:
            raise Permanent(f"the result of the job {self.job_id} does not fit: {error}") from error


class Job:
    """The running job: its context, its checkpoints, and what the host does for it."""

    def __init__(self, context: Context, host: Host) -> None:
        """Join an attempt and its host."""
        self._context = context
        self._host = host

    @cached_property
    def http(self) -> Client:
        """Sends requests."""
        return Client(self._host.send)

    @property
    def id(self) -> str:
        """The id of the job."""
        return self._context.job_id

    @property
    def task(self) -> str:
        """The name of its task."""
        return self._context.task

    @property
    def attempt(self) -> int:
        """The number of the attempt, from 1."""
        return self._context.attempt

    @property
    def max_attempts(self) -> int:
        """The most attempts of the job."""
        return self._context.max_attempts

    @property
    def idempotency_key(self) -> str:
        """The same on every attempt of the job."""
        return self._context.idempotency_key

    def idempotency_key_of(self, step: str) -> str:
        """Return the key of one step, because a third party answers a key with its first response, whatever it was."""
        return f"{self.idempotency_key}:{step}"

    @property
    def tags(self) -> list[str]:
        """The tags of the job."""
        return self._context.tags

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """The submitter's own data."""
        return typing.cast(dict[str, Any], jsontext.loads(self._context.metadata))

    @property
    def traceparent(self) -> str | None:
        """The trace that the job belongs to: pass it on with requests (W3C Trace Context)."""
        return self._context.traceparent

    def time_left(self) -> float:
        """Return the seconds until the host stops this attempt."""
        return max(0.0, self._context.deadline_ms / 1000 - time.time())

    def step(self, name: str, run: Callable[[], T], kind: Any = None) -> T:
        """Run a step once in the life of the job, and return its result on every attempt.

        The result is stored durably as JSON before it is returned; an exception is not stored. It is read back as
        `kind`, or else as the return type that `run` declares: a lambda that returns a dataclass needs `kind`. An
        attempt can still be cut off between the work and its checkpoint, so also send third parties
        `idempotency_key_of(name)`.
        """
        kind = _result_of(run) if kind is None else kind
        stored = self._host.get_checkpoint(name)
        if stored is None:
            result = run()
            try:
                stored = jsontext.dumps(result)
            except (TypeError, ValueError) as error:
                raise Permanent(f"the result of step {name!r} is not JSON: {error}") from error
            self._host.set_checkpoint(name, stored)
        try:
            return typing.cast(T, jsontext.loads(stored, kind))
        except ValueError as error:
            raise Permanent(
                f"step {name!r} is done, but this version of the plugin cannot read its result: {error}"
            ) from error

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Report progress to watchers. Cheap; only the latest call counts."""
        self._host.report_progress(done, total, message)

    def log(self, level: Level, message: str) -> None:
        """Add a line to the log of the attempt. Warnings and errors are also shown with its failure."""
        self._host.log(level, message)

    def is_cancelled(self) -> bool:
        """Return whether the job is cancelled. The task should then stop."""
        return self._host.is_cancelled()

    def stop_if_cancelled(self) -> None:
        """End the attempt if the job is cancelled. Call it before a step that is hard to undo."""
        if self.is_cancelled():
            raise Cancelled("the job was cancelled")

    @typing.overload
    def config(self, key: str) -> str: ...
    @typing.overload
    def config(self, key: str, default: T) -> str | T: ...
    def config(self, key: str, default: Any = _Required) -> Any:
        """Return a value of the grant. Without it and without a default the job fails: only an operator can add it."""
        return self._granted("configuration value", key, default, "config")

    @typing.overload
    def secret(self, name: str) -> str: ...
    @typing.overload
    def secret(self, name: str, default: T) -> str | T: ...
    def secret(self, name: str, default: Any = _Required) -> Any:
        """Return the placeholder of a secret. Send it in a header: the host puts the secret in its place there."""
        return self._granted("secret", name, default, "secrets")

    def _granted(self, what: str, key: str, default: Any, field: str) -> Any:
        value = self._host.config(key)
        if value is not None:
            return value
        if default is not _Required:
            return default
        raise Permanent(
            f"this plugin needs the {what} {key!r}: add it to `{field}` of the plugin's grant, then retry the job"
        )

    def parents(self) -> Iterator[JobResult]:
        """Return the jobs that this one waited for, each read when the iterator reaches it."""
        for index in range(self._host.parent_count()):
            parent = self._host.parent(index)
            if parent is not None:
                yield _result(parent)

    def submit(self, step: str, task: str, value: Any, **options: Any) -> str:
        """Submit a job in a step, and return its id. The same step submits once, however often it is tried.

        The options are fields of a submission over HTTP, such as `queue="mail"`.
        """
        fields = jsontext.dumps(options) if options else None
        return self._host.submit(step, task, jsontext.dumps(value), fields)

    def submitted(self, step: str) -> JobResult | None:
        """Return the job of a step as it is now; None if there is no such step."""
        found = self._host.submitted(step)
        return None if found is None else _result(found)

    def wait_for_jobs(self, name: str, steps: Sequence[str], timeout: float | timedelta) -> bool:
        """Wait until the jobs of these steps are final; False if the time was over before.

        If they are not final, the attempt ends, as with `wait_for`. The name is that of an event, of this wait alone.
        """
        if not steps:
            return True
        event = self._host.event(name)
        if event is None:
            raise WaitForJobs(name, steps, timeout)
        return event.value is not None

    def wait_for(self, name: str, timeout: float | timedelta, kind: Any = Any) -> Any:
        """Return the value of an external event, of this type; None if the job waited for it in vain.

        If it is not there, the attempt ends, and the task runs again from its beginning when it is, or when the timeout
        is over. That costs no attempt, but repeats what the task did before: keep that in steps.
        """
        event = self._host.event(name)
        if event is None:
            raise WaitForEvent(name, timeout)
        if event.value is None:
            return None
        try:
            return jsontext.loads(event.value, kind)
        except ValueError as error:
            raise Permanent(f"the value of the event {name!r} does not fit: {error}") from error

    def event_url(self, name: str, valid_for: float | timedelta) -> str:
        """Return a URL to which a third party can POST the value of the event, as JSON, once and for this time."""
        return self._host.event_url(name, milliseconds(seconds(valid_for), YEAR_SECONDS))

    @staticmethod
    def for_test(  # noqa: PLR0913 the parts of a script, by name
        *,
        http: Sequence[Reply] = (),
        config: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        checkpoints: Mapping[str, Any] | None = None,
        parents: Sequence[JobResult] = (),
        events: Mapping[str, Any] | None = None,
        cancelled: bool = False,
        **context: Any,
    ) -> FakeJob:
        """Return a job without a host, for tests in plain Python.

        `http` has the replies in the order of the requests, `checkpoints` the results of finished steps, `events` the
        values of events (`TIMED_OUT` for one that did not come), `context` fields of the attempt, such as `attempt=2`.
        The fake records `requests`, `checkpoints`, `reports` and `lines`.
        """
        from .testing import FakeJob, Script  # noqa: PLC0415 testing imports this module

        granted = {**(config or {}), **(secrets or {})}
        script = Script(
            replies=list(http),
            granted=granted,
            checkpoints=dict(checkpoints or {}),
            parents=list(parents),
            events=dict(events or {}),
            cancelled=cancelled,
        )
        return FakeJob(script, context)


def _result(fields: ResultFields) -> JobResult:
    return JobResult(fields.job_id, fields.task, fields.state, fields.output, fields.error)


def _result_of(run: Callable[[], Any]) -> Any:
    """Return the type that a function declares to return; Any if it declares none."""
    try:
        return typing.get_type_hints(run, include_extras=True).get("return", Any)
    except (TypeError, NameError):
        return Any

"""A job without a host, for tests in plain Python. `Job.for_test` makes one."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from . import jsontext
from .errors import Retryable
from .host import Context, Event, Level, ResultFields
from .http import HttpError, Request, Response
from .job import Job, JobResult

TIMED_OUT = object()
"""The event that the job waited for in vain."""


@dataclass(frozen=True)
class Reply:
    """A scripted reply to the next request, which must have this method and URL."""

    method: str
    url: str
    status: int = 200
    json: Any = None
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    error: HttpError | None = None
    """Instead of a response."""

    def response(self) -> Response:
        """Return the response, or raise the error."""
        if self.error is not None:
            raise self.error
        body = self.body if self.json is None else jsontext.dumps(self.json)
        return Response(self.status, list(self.headers.items()), body.encode())


@dataclass(frozen=True)
class Submission:
    """A job that the task submitted."""

    step: str
    task: str
    input: Any
    options: dict[str, Any]


@dataclass
class Script:
    """A host that follows a script, and records what it is asked."""

    replies: list[Reply] = field(default_factory=list)
    granted: dict[str, str] = field(default_factory=dict)
    checkpoints: dict[str, Any] = field(default_factory=dict)
    parents: list[JobResult] = field(default_factory=list)
    events: dict[str, Any] = field(default_factory=dict)
    submissions: list[Submission] = field(default_factory=list)
    cancelled: bool = False
    storage_fails: bool = False
    requests: list[Request] = field(default_factory=list)
    reports: list[tuple[int, int, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)

    def log(self, level: Level, message: str) -> None:
        """Record a line."""
        self.lines.append((level, message))

    def report_progress(self, done: int, total: int, message: str) -> None:
        """Record a report."""
        self.reports.append((done, total, message))

    def is_cancelled(self) -> bool:
        """Return what the script says."""
        return self.cancelled

    def get_checkpoint(self, name: str) -> str | None:
        """Return a checkpoint as JSON text."""
        return jsontext.dumps(self.checkpoints[name]) if name in self.checkpoints else None

    def set_checkpoint(self, name: str, value: str) -> None:
        """Keep a checkpoint."""
        if self.storage_fails:
            raise Retryable(f"the result of step {name!r} was not stored: disk full")
        self.checkpoints[name] = jsontext.loads(value)

    def parent_count(self) -> int:
        """Return the number of parents."""
        return len(self.parents)

    def parent(self, index: int) -> ResultFields | None:
        """Return a parent."""
        parent = self.parents[index]
        return ResultFields(parent.job_id, parent.task, parent.state, parent.output, parent.error)

    def submit(self, step: str, task: str, text: str, options: str | None) -> str:
        """Record a job, once for each step."""
        if all(step != one.step for one in self.submissions):
            fields = jsontext.loads(options or "{}")
            self.submissions.append(Submission(step, task, jsontext.loads(text), fields))
        return f"job-of-{step}"

    def submitted(self, step: str) -> ResultFields | None:
        """Return a job that waits to run."""
        found = next((one for one in self.submissions if one.step == step), None)
        return None if found is None else ResultFields(f"job-of-{step}", found.task, "available", None, None)

    def event(self, name: str) -> Event | None:
        """Return an event of the script."""
        if name not in self.events:
            return None
        value = self.events[name]
        return Event(None if value is TIMED_OUT else jsontext.dumps(value))

    def event_url(self, name: str, valid_ms: int) -> str:
        """Return a URL that leads nowhere."""
        return f"https://taskbox.test/events/{name}?valid_ms={valid_ms}"

    def config(self, key: str) -> str | None:
        """Return a granted value."""
        return self.granted.get(key)

    def send(self, request: Request) -> Response:
        """Record a request, and answer it by the next reply."""
        self.requests.append(request)
        if not self.replies:
            raise AssertionError(f"no reply is left for {request.method} {request.url}")
        reply = self.replies.pop(0)
        if (reply.method, reply.url) != (request.method, request.url):
            raise AssertionError(f"{reply.method} {reply.url} was expected, not {request.method} {request.url}")
        return reply.response()


class FakeJob(Job):
    """A job by a script. `script` has the rest of it; change it to fail or cancel on the way."""

    def __init__(self, script: Script, context: dict[str, Any]) -> None:
        """Fill in the fields of the context that the test does not care about."""
        usual = {
            "job_id": "job-1",
            "task": "task",
            "attempt": 1,
            "max_attempts": 3,
            "idempotency_key": "key-1",
            "deadline_ms": round(time.time() * 1000) + 60_000,
        }
        text = {"metadata": jsontext.dumps(context.get("metadata", {}))}
        super().__init__(Context(**{**usual, **context, **text}), script)
        self.script = script

    @property
    def requests(self) -> list[Request]:
        """The requests so far."""
        return self.script.requests

    @property
    def checkpoints(self) -> dict[str, Any]:
        """The checkpoints so far, as the parts of JSON."""
        return self.script.checkpoints

    @property
    def reports(self) -> list[tuple[int, int, str]]:
        """The reports of progress so far."""
        return self.script.reports

    @property
    def submissions(self) -> list[Submission]:
        """The jobs that the task submitted so far."""
        return self.script.submissions

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The lines of the log so far, with their levels."""
        return self.script.lines

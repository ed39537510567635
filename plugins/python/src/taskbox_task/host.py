"""The contract with the host in terms of Python: `wasm` implements it by the bindings, `testing` by a script.

A new function of the contract is a method here, in both of them, and in `Job`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from .http import Request, Response

Level = Literal["trace", "debug", "info", "warn", "error"]


@dataclass(frozen=True)
class Context:
    """The attempt that runs. The record of the bindings has the same fields, and is used in its place."""

    job_id: str
    task: str
    attempt: int
    max_attempts: int
    idempotency_key: str
    deadline_ms: int
    tags: list[str] = field(default_factory=list)
    metadata: str = "{}"
    """JSON text."""
    traceparent: str | None = None


@dataclass(frozen=True)
class ResultFields:
    """The result of another job, with its output as JSON text."""

    job_id: str
    task: str | None
    state: str
    output: str | None
    error: str | None


@dataclass(frozen=True)
class Event:
    """An event that arrived with a value (JSON text), or None if the job waited for it in vain."""

    value: str | None


class Host(Protocol):
    """What the host does for the running job."""

    def log(self, level: Level, message: str) -> None:
        """Add a line to the log of the attempt."""

    def report_progress(self, done: int, total: int, message: str) -> None:
        """Report progress to watchers."""

    def is_cancelled(self) -> bool:
        """Return whether the job is cancelled."""
        ...

    def get_checkpoint(self, name: str) -> str | None:
        """Return the JSON text of a checkpoint."""
        ...

    def set_checkpoint(self, name: str, value: str) -> None:
        """Store a checkpoint durably. Retryable: it was not stored."""

    def parent_count(self) -> int:
        """Return the number of parents."""
        ...

    def parent(self, index: int) -> ResultFields | None:
        """Return the parent at this index."""
        ...

    def submit(self, step: str, task: str, text: str, options: str | None) -> str:
        """Submit a job and return its id. Permanent: it is refused; Retryable: it was not stored."""
        ...

    def submitted(self, step: str) -> ResultFields | None:
        """Return the job of a step as it is now."""
        ...

    def event(self, name: str) -> Event | None:
        """Return an event; None if it is still awaited."""
        ...

    def event_url(self, name: str, valid_ms: int) -> str:
        """Return a URL for the event. Retryable: there is none."""
        ...

    def config(self, key: str) -> str | None:
        """Return a granted value: of the config, or the placeholder of a secret."""
        ...

    def send(self, request: Request) -> Response:
        """Send a request and return the whole response. HttpError: there is none."""
        ...

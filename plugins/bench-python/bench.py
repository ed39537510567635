"""The tasks of the bench in Python."""

from dataclasses import dataclass

from taskbox_task import Job, task

PATIENCE = 240


@dataclass
class Server:
    """What to ask."""

    url: str


@task(name="noop")
def noop(job: Job) -> None:
    """Does nothing."""


@task(name="wait")
def wait(job: Job, server: Server) -> int:
    """Waits for a server to answer."""
    return job.http.get(server.url, timeout=PATIENCE).status

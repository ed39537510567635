"""The plugin my-plugin: one task, which greets a person."""

from dataclasses import dataclass

from taskbox_task import Job, Permanent, task


@dataclass
class Person:
    """The input of a job."""

    name: str


@dataclass
class Greeting:
    """Its output."""

    text: str


@task(name="my-plugin", max_attempts=5, timeout=60)
def greet(job: Job, person: Person) -> Greeting:
    """Greets a person by name."""
    if not person.name:
        raise Permanent("a greeting needs a name")
    # A step runs once in the life of a job, however often the job is tried.
    text = job.step("greeting", lambda: f"Hello, {person.name}!", str)
    job.progress(1, 1, "The greeting is written")
    return Greeting(text)

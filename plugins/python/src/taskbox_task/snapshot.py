"""The end of a build.

Every attempt begins with the memory of the interpreter as it is then, and shares the pages that it does not write.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

from . import jsontext
from .host import Context
from .task import TASKS, task

_NAME = "taskbox.warm-up"

# The interpreter adapts code to what it meets in some ten calls, and after some fifty gives up on what it cannot adapt.
# It notes both in the code.
_ROUNDS = 64


@dataclass
class _Record:
    name: str
    number: int | None = None


def prepare(entry: Any) -> None:
    """Do now what every attempt would do anew, and write. `entry` is the exported interface `task`."""
    _warm_up(entry)
    gc.collect()
    # A collection writes to every object that it looks at, and it never looks at these again.
    gc.freeze()


def _warm_up(entry: Any) -> None:
    """Run a task of no plugin, so that the code around a task is adapted."""

    @task(name=_NAME)
    def repeat(_: Any, record: _Record) -> _Record:
        return record

    context = Context("job", _NAME, 1, 1, "key", 0)
    text = jsontext.dumps(_Record("x", 1))
    for _ in range(_ROUNDS):
        entry().run(context, text)
    del TASKS[_NAME]

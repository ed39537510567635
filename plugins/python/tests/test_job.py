"""The running job, its errors, and the values of its types."""

from __future__ import annotations

import json
import unittest
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from taskbox_task import (
    TIMED_OUT,
    HttpError,
    Job,
    JobResult,
    Permanent,
    Reply,
    Response,
    Retryable,
    RetryAfter,
    Schema,
    Snooze,
    TaskError,
    Timeouts,
    WaitForEvent,
    WaitForJobs,
    task,
)
from taskbox_task.codes import _CODES, error_of
from taskbox_task.http import Request, split, wire_headers
from taskbox_task.jsontext import dumps, loads
from taskbox_task.schema import schema_of
from taskbox_task.task import TASKS, Task


class Color(Enum):
    RED = "red"


class Box(TypedDict):
    width: int


@dataclass
class Everything:
    text: Annotated[str, Schema(minLength=1)]
    price: Decimal
    at: datetime
    color: Color
    kind: Literal["a", "b"]
    box: Box
    names: list[str] = field(default_factory=list)
    pairs: tuple[int, ...] = ()
    by_name: dict[str, float] = field(default_factory=dict)
    inner: Everything | None = None


VALUE = Everything("é", Decimal("1.50"), datetime(2026, 1, 2, tzinfo=timezone.utc), Color.RED, "a", {"width": 3})


class Values(unittest.TestCase):
    def test_a_value_survives_json(self) -> None:
        value = Everything(**{**VALUE.__dict__, "names": ["x"], "pairs": (1, 2), "by_name": {"a": 1.5}, "inner": VALUE})
        self.assertEqual(loads(dumps(value), Everything), value)
        self.assertIn('"price":"1.50"', dumps(value))

    def test_a_schema_has_every_field(self) -> None:
        schema = schema_of(Everything)
        record = schema["$defs"]["Everything"]
        self.assertEqual(record["required"], ["text", "price", "at", "color", "kind", "box"])
        self.assertEqual(record["properties"]["text"], {"type": "string", "minLength": 1})
        self.assertEqual(record["properties"]["color"], {"enum": ["red"]})
        self.assertEqual(record["properties"]["inner"], {"anyOf": [{"$ref": "#/$defs/Everything"}, {"type": "null"}]})
        self.assertEqual(schema["$ref"], "#/$defs/Everything")
        self.assertNotIn("$defs", schema_of(Box))

    def test_a_misfit_names_its_place(self) -> None:
        good = json.loads(dumps(VALUE))
        for change, words in (
            ({"text": 1}, r"\$\.text: a text"),
            ({"price": "x"}, r"\$\.price"),
            ({"pairs": [1, True]}, r"\$\.pairs\[1\]: an integer"),
            ({"box": {}}, r"\$\.box: 'width' is missing"),
            ({"inner": 3}, r"\$\.inner: an object"),
            ({"kind": "c"}, r"\$\.kind"),
            ({"color": "blue"}, r"\$\.color"),
        ):
            with self.assertRaisesRegex(ValueError, words):
                loads(json.dumps({**good, **change}), Everything)
        with self.assertRaises(ValueError):
            loads("NaN")
        for value in (float("nan"), object(), {1: 2}, Decimal("NaN")):
            with self.assertRaises((TypeError, ValueError)):
                dumps(value)


class Steps(unittest.TestCase):
    def test_a_finished_step_is_not_run_again(self) -> None:
        job = Job.for_test()
        calls: list[int] = []

        def pay() -> Everything:
            calls.append(1)
            return VALUE

        self.assertEqual(job.step("pay", pay), VALUE)
        self.assertEqual(job.step("pay", pay), VALUE)
        self.assertEqual(job.step("pay", lambda: VALUE, Everything), VALUE)
        self.assertEqual(len(calls), 1)

    def test_a_failed_step_is_run_again(self) -> None:
        job = Job.for_test()
        with self.assertRaises(ZeroDivisionError):
            job.step("pay", lambda: 1 // 0)
        self.assertEqual(job.step("pay", lambda: 7), 7)

    def test_a_result_that_cannot_be_read_is_permanent(self) -> None:
        job = Job.for_test(checkpoints={"pay": "seven"})
        with self.assertRaisesRegex(Permanent, "is done, but"):
            job.step("pay", lambda: 7, int)
        with self.assertRaisesRegex(Permanent, "not JSON"):
            job.step("other", object)

    def test_a_result_that_was_not_stored_is_retryable(self) -> None:
        job = Job.for_test()
        job.script.storage_fails = True
        with self.assertRaises(Retryable):
            job.step("pay", lambda: 7)


class Errors(unittest.TestCase):
    def setUp(self) -> None:
        TASKS.clear()

    def error_of(self, run: Callable[[], Any]) -> TaskError:
        @task
        def fails(job: Job) -> None:
            run()

        TASKS.clear()
        with self.assertRaises(TaskError) as caught:
            fails.run_json(Job.for_test(), "{}")
        return caught.exception

    def test_an_exception_is_retryable_with_its_traceback_below_it(self) -> None:
        error = self.error_of(lambda: dict[str, int]()["missing"])
        self.assertIsInstance(error, Retryable)
        text = str(error)
        self.assertTrue(text.startswith("KeyError: 'missing'\nTraceback"), text)
        self.assertTrue(text.endswith("KeyError: 'missing'"), text)
        self.assertNotIn("run_json", text)

    def test_a_long_traceback_keeps_its_end(self) -> None:
        def deep(level: int) -> None:
            if level == 0:
                raise ValueError("é" * 3_000)
            deep(level - 1)

        text = str(self.error_of(lambda: deep(50)))
        self.assertLessEqual(len(text.encode()), 4096)
        self.assertTrue(text.endswith("é"))

    def test_http_errors_have_their_consequence(self) -> None:
        for kind, consequence in (("connect", Retryable), ("denied", Permanent)):
            reply = Reply("GET", "http://a/", error=HttpError(kind, "why"))  # type: ignore[arg-type]
            error = self.error_of(lambda reply=reply: Job.for_test(http=[reply]).http.get("http://a/"))  # type: ignore[misc]
            self.assertIsInstance(error, consequence)
            first, second = str(error).splitlines()[:2]
            self.assertTrue(first.endswith(": why") and second.startswith("Traceback"), str(error))

    def test_delays_have_bounds(self) -> None:
        self.assertEqual(RetryAfter(timedelta(seconds=2), "busy").delay_ms, 2_000)
        self.assertEqual(Snooze(float("inf")).delay_ms, 86_400_000)
        self.assertEqual(RetryAfter(-1).delay_ms, 0)

    def test_a_wrong_input_is_permanent(self) -> None:
        @task(name="other", timeout=1.5, max_attempts=3, queue="mail")
        def double(job: Job, value: int) -> int:
            """Doubles
            a number.

            More of it.
            """
            return 2 * value

        self.assertIsInstance(double, Task)
        self.assertEqual(double.run_json(Job.for_test(), "21"), "42")
        with self.assertRaisesRegex(Permanent, "does not fit"):
            double.run_json(Job.for_test(), '"x"')
        spec = double.spec
        self.assertEqual((spec.name, spec.description), ("other", "Doubles a number."))
        self.assertEqual((spec.timeout_ms, spec.max_attempts, spec.queue), (1_500, 3, "mail"))
        self.assertEqual(json.loads(spec.input_schema or "")["type"], "integer")


class Host(unittest.TestCase):
    def test_what_is_not_granted_fails_the_job_and_names_the_field(self) -> None:
        job = Job.for_test(config={"a": "1"}, secrets={"key": "<key>"})
        self.assertEqual((job.config("a"), job.secret("key"), job.config("b", None)), ("1", "<key>", None))
        with self.assertRaisesRegex(Permanent, "`secrets`"):
            job.secret("other")

    def test_parents_and_submitted_jobs(self) -> None:
        parents = [JobResult("a", "t", "completed", "7", None), JobResult("b", None, "discarded", None, "bad")]
        job = Job.for_test(parents=parents)
        self.assertEqual(list(job.parents()), parents)
        self.assertEqual(parents[0].result(int), 7)
        for kind, parent, words in ((str, parents[0], "does not fit"), (int, parents[1], "is discarded")):
            with self.assertRaisesRegex(Permanent, words):
                parent.result(kind)
        self.assertEqual(job.submit("a", "resize", {"w": 2}, queue="q"), job.submit("a", "resize", {"w": 2}, queue="q"))
        self.assertEqual([one.options for one in job.submissions], [{"queue": "q"}])
        self.assertEqual(job.submitted("b"), None)

    def test_a_task_waits_for_events_and_jobs(self) -> None:
        job = Job.for_test(events={"yes": {"width": 2}, "late": TIMED_OUT, "done": None})
        self.assertEqual(job.wait_for("yes", 1, Box), {"width": 2})
        self.assertIsNone(job.wait_for("late", 1))
        self.assertTrue(job.wait_for_jobs("done", ["a"], 1))
        self.assertFalse(job.wait_for_jobs("late", ["a"], 1))
        self.assertTrue(job.wait_for_jobs("none", [], 1))
        with self.assertRaises(WaitForEvent):
            job.wait_for("other", 1)
        with self.assertRaises(WaitForJobs):
            job.wait_for_jobs("other", ["a"], 1)


class Http(unittest.TestCase):
    def test_a_request_has_its_parts(self) -> None:
        job = Job.for_test(http=[Reply("POST", "http://a/b", 201, json=[1])])
        response = job.http.post("http://a/b", json={"é": 1}, bearer="<key>", timeout=3)
        self.assertEqual((response.status, response.ok, response.json(list[int])), (201, True, [1]))
        (request,) = job.requests
        self.assertEqual(request.header("Authorization"), "Bearer <key>")
        self.assertEqual(request.timeouts, Timeouts(3, 3, 3))
        self.assertIn(("content-length", "8"), wire_headers(request))
        self.assertEqual(wire_headers(Request("GET", "http://a/")), [])

    def test_an_address_is_taken_apart(self) -> None:
        url = split("HTTP://[::1]:80?b#c")
        self.assertEqual((url.secure, url.authority, url.path_and_query), (False, "[::1]:80", "/?b"))
        for bad in ("", "a/b", "ftp://a/", "http:///b", "http://me:pw@a/", "http://a/b c", "http://a/\n"):
            with self.assertRaises(HttpError):
                split(bad)

    def test_retry_after_is_seconds_or_a_date(self) -> None:
        def wait(value: str) -> float | None:
            return Response(429, [("Retry-After", value)]).retry_after(784111777 - 30)

        self.assertEqual(wait("7"), 7)
        self.assertEqual(wait("9" * 1_000), 1e15)
        for date in (
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ):
            self.assertEqual(wait(date), 30)
        self.assertEqual(wait("Sun, 06 Nov 1994 08:00:00 GMT"), 0)
        for value in ("", "soon", "-1", "+1", "1.5", "Sun, 32 Nov 1994 08:49:37 GMT"):
            self.assertIsNone(wait(value))

    def test_every_code_of_wasi_http_has_an_error(self) -> None:
        wit = (Path(__file__).parents[2] / "wit/deps/http/http.wit").read_text()
        variant = wit[wit.index("variant error-code") : wit.index("variant header-error")]
        lines = [line.strip() for line in variant.splitlines() if line.startswith("    ") and line.endswith(",")]
        names = {"".join(part.capitalize() for part in line.rstrip(",").split("(")[0].split("-")) for line in lines}
        self.assertEqual(names, set(_CODES))
        self.assertEqual(error_of(type("ErrorCode_Future", (), {})()).kind, "broken")


if __name__ == "__main__":
    unittest.main()

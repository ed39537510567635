"""The task without a host: `python3 -m unittest`."""

import unittest

from app import Greeting, Person, greet
from taskbox_task import Job, Permanent


class TestGreet(unittest.TestCase):
    """What the task does with its input."""

    def test_a_person_is_greeted_by_name(self) -> None:
        """The greeting is a step, which later attempts find done."""
        job = Job.for_test()
        self.assertEqual(greet(job, Person("Ada")), Greeting("Hello, Ada!"))
        self.assertEqual(job.checkpoints, {"greeting": "Hello, Ada!"})

    def test_a_greeting_needs_a_name(self) -> None:
        """Trying again would not help."""
        with self.assertRaises(Permanent):
            greet(Job.for_test(), Person(""))

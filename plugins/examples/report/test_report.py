"""The report, at a scripted API: `python3 -m unittest`."""

import unittest
from decimal import Decimal

from report import Input, Output, sales_report
from taskbox_task import Job, Permanent, Reply, RetryAfter

URL = "https://api.test/sales?month=2026-11&page="
NOVEMBER = Input("2026-11")
FIRST = Reply("GET", f"{URL}1", json={"sales": [{"amount": "10.50"}, {"amount": "4.50"}], "next_page": 2})
LAST = Reply("GET", f"{URL}2", json={"sales": [{"amount": "0.10"}]})
BUSY = Reply("GET", f"{URL}2", 429, headers={"retry-after": "7"})


def job_of(*replies: Reply, **script):
    """Return a job with the grant of the plugin."""
    return Job.for_test(
        http=list(replies), config={"api-url": "https://api.test"}, secrets={"api-key": "<key>"}, **script
    )


class SalesReport(unittest.TestCase):
    def test_all_pages_are_added_up(self):
        job = job_of(FIRST, LAST)
        self.assertEqual(sales_report(job, NOVEMBER), Output("2026-11", 3, Decimal("15.10")))
        self.assertEqual(job.requests[0].header("authorization"), "Bearer <key>")

    def test_a_rate_limit_costs_no_page_twice(self):
        job = job_of(FIRST, BUSY)
        with self.assertRaises(RetryAfter) as raised:
            sales_report(job, NOVEMBER)
        self.assertEqual(raised.exception.delay_ms, 7_000)

        again = job_of(LAST, checkpoints=job.checkpoints)
        self.assertEqual(sales_report(again, NOVEMBER).sales, 3)

    def test_a_refusal_ends_the_report(self):
        with self.assertRaises(Permanent):
            sales_report(job_of(Reply("GET", f"{URL}1", 403, body="no")), NOVEMBER)


if __name__ == "__main__":
    unittest.main()

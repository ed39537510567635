"""A report from an API with pages and a rate limit.

Each page is a step: an attempt that is cut off, or that the API asks to come back later, goes on at the page where it
stopped. A step keeps the sums so far, not the page, so that its checkpoint stays small.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from taskbox_task import Job, Permanent, Retryable, RetryAfter, Schema, task

PAGES_MAX = 500
"""More than a month has; it keeps an API that never ends from running up checkpoints."""

PAUSE_SECONDS = 30
"""The pause when the API asks for one without a time."""


@dataclass(frozen=True)
class Input:
    """The report to make."""

    month: Annotated[str, Schema(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$")]


@dataclass(frozen=True)
class Sums:
    """The sums up to a page, and the number of the page after it."""

    sales: int
    total: Decimal
    next_page: int | None


@dataclass(frozen=True)
class Output:
    """The report."""

    month: str
    sales: int
    total: Decimal


@task(name="sales-report", max_attempts=20, timeout=300)
def sales_report(job: Job, report: Input) -> Output:
    """Adds up the sales of a month, page by page."""
    sums = Sums(0, Decimal("0.00"), 1)
    while sums.next_page is not None:
        page = sums.next_page
        if page > PAGES_MAX:
            raise Permanent(f"the API has more than {PAGES_MAX} pages for {report.month}")
        job.stop_if_cancelled()
        job.progress(page, page, f"Page {page}")
        before = sums
        sums = job.step(f"page-{page}", lambda: add_page(job, report.month, before), Sums)
    return Output(report.month, sums.sales, sums.total)


def add_page(job: Job, month: str, sums: Sums) -> Sums:
    """Fetch the next page and add its sales."""
    url = f"{job.config('api-url')}/sales?month={month}&page={sums.next_page}"
    response = job.http.get(url, bearer=job.secret("api-key"), timeout=30)
    if response.status == 429:
        raise RetryAfter(response.retry_after() or PAUSE_SECONDS, "the API asks for a pause")
    if response.status >= 500:
        raise Retryable(f"the API has trouble (status {response.status})")
    if response.status != 200:
        raise Permanent(f"the API refuses page {sums.next_page}: {response.text[:200]}")
    page: Any = response.json()
    amounts = [Decimal(sale["amount"]) for sale in page["sales"]]
    return Sums(sums.sales + len(amounts), sum(amounts, sums.total), page.get("next_page"))

"""The handling of responses that all third parties share: transient failures and Retry-After."""

from __future__ import annotations

from typing import Any

from taskbox_task import HttpError, Job, Permanent, Response, Retryable, RetryAfter, TaskError, Timeouts

# The timeout of a response. The steps normally take 6 and 20 seconds; three times this timeout is still within the
# attempt, so that the error names a silent server instead of a mere timeout of the attempt.
TIMEOUTS = Timeouts(first_byte=35)

QUOTE_LENGTH_MAX = 200


def ask(job: Job, who: str, method: str, url: str, **options: Any) -> Response:
    """Send a request to a third party. An error contains its name."""
    try:
        return job.http.request(method, url, timeout=TIMEOUTS, **options)
    except HttpError as error:
        if error.retryable:
            raise Retryable(f"{who} did not answer: {error}") from error
        raise Permanent(f"nothing was sent to {who}: {error}") from error


def address(job: Job, base: str, path: str) -> str:
    """Return the URL of a resource below the base URL that the operator configured."""
    return f"{job.config(base).rstrip('/')}/{path}"


def check_temporary(who: str, response: Response) -> None:
    """Raise the error of a transient failure.

    409 is transient because it means that the request of an earlier attempt with this idempotency key is still in
    progress: only the third party knows its result, which it returns to a later request.
    """
    status = response.status
    if status in (408, 425):
        why = "asks to be called again"
    elif status == 409:
        why = "is still working on an earlier request"
    elif status == 429:
        why = "is called too often and asks to be left alone for a while"
    elif 500 <= status <= 599:
        why = "has trouble"
    else:
        return
    message = f"{who} {why} (status {status})"
    delay = response.retry_after()
    raise Retryable(message) if delay is None else RetryAfter(delay, message)


def not_understood(who: str, response: Response, why: object) -> TaskError:
    """Return the error of an unexpected response, which it quotes."""
    text = quote(response.text)
    return Permanent(f"{who} gave an answer that was not understood ({why}; status {response.status}): {text}")


def quote(text: str) -> str:
    """Return the beginning of a text, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= QUOTE_LENGTH_MAX else words[:QUOTE_LENGTH_MAX] + "…"

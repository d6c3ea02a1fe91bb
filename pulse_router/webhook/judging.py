"""What an answer to a webhook means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.retry import GONE, MOVED_FOR_GOOD, classify_status, parse_asked_seconds
from pulse_router.webhook.answer import Answer
from pulse_router.webhook.redirects import describe_move
from pulse_router.webhook.requests import PreparedWebhook


def judge(
    webhook: PreparedWebhook, answer: Answer, seconds: float, clock: Callable[[], float]
) -> Outcome:
    """Say what has become of an attempt that was answered.

    Args:
        webhook: What the request was made of; its secrets are taken out of what is told.
        answer: The answer; its status is known.
        seconds: How long the attempt has taken.
        clock: Gives the Unix time, for dates.
    """
    status = answer.status
    said = webhook.scrub_answer(answer.beginning) if answer.beginning else ""
    if 200 <= status < 300:
        return Outcome(Verdict.DELIVERED, "", status, seconds, response=said)
    asked = None
    if status >= 300:
        now = datetime.fromtimestamp(clock(), UTC)
        asked = parse_asked_seconds(status, answer.headers, now)
    return Outcome(
        classify_status(status),
        error=_explain(webhook, answer, said),
        response=said,
        status=status,
        duration_seconds=seconds,
        retry_after_seconds=asked,
        disable_route=status == GONE,
        is_too_large=status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )


def _explain(webhook: PreparedWebhook, answer: Answer, said: str) -> str:
    error = _named(answer.status)
    if answer.status in MOVED_FOR_GOOD:
        said = webhook.scrub(describe_move(webhook.config.url, answer.headers.get(b"location")))
    return f"{error}: {said}" if said else error


def _named(status: int) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    note = " (redirects are not followed)" if 300 <= status < 400 else ""
    return f"HTTP {status}{phrase}{note}"

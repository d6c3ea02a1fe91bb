"""`/customer/alerts`: alerts about a tenant's devices, raised, acknowledged and closed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Answer, Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter, query_parameter
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.json_bodies import or_none, read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, invalid
from pulse_router.api.requests.reading import read_choice, read_choices, read_id, read_page
from pulse_router.api.requests.responses import Page, json_response, utc, utc_or_none
from pulse_router.api.requests.values import DeviceId, Id, Time
from pulse_router.api.server.problem_body import LimitProblem
from pulse_router.domain.alerts import (
    Alert,
    AlertChange,
    AlertChangeRefused,
    AlertDraft,
    AlertFilter,
    AlertSeverity,
    AlertStatus,
)
from pulse_router.runtime.pages import Found, Wanted

PATH: Final = "/customer/alerts"
TAG: Final = "Alerts"
_ALERT_ID: Final = path_parameter("alert_id", Id, "The alert's id.")
_IS_CLOSED: Final = "The alert is CLOSED and stays as it is; raise it again to open a new one."
_GONE: Final = "There is no such alert."
_EXAMPLE: Final = {
    "device_id": "DEV-001",
    "key": "temperature",
    "severity": "WARNING",
    "title": "Too hot",
}

Title = Annotated[str, Meta(min_length=1, max_length=200)]


class AlertBody(msgspec.Struct):
    """An alert to raise. `key` says what it is about: a device has one open alert of each key."""

    device_id: DeviceId
    key: Annotated[str, Meta(min_length=1, max_length=128)]
    title: Title
    severity: AlertSeverity = AlertSeverity.WARNING


class AlertPatch(msgspec.Struct):
    """The part of an alert that changes."""

    status: AlertStatus | UnsetType = UNSET
    severity: AlertSeverity | UnsetType = UNSET
    title: Title | UnsetType = UNSET


class AlertAnswer(msgspec.Struct):
    """An alert. `updated_at` is when it was last raised or changed."""

    id: int
    tenant_id: str
    device_id: str
    severity: AlertSeverity
    title: str
    key: str
    status: AlertStatus
    opened_at: Time
    updated_at: Time
    closed_at: Time | None


class AlertPage(Page):
    """A page of alerts."""

    alerts: list[AlertAnswer]


_of_all: Final = partial(Operation, tag=TAG)
_of_one: Final = partial(Operation, tag=TAG, parameters=[_ALERT_ID], problems={404: _GONE})

_LIST: Final = _of_all(
    id="list_alerts",
    summary="List the alerts, newest first",
    parameters=[
        query_parameter(
            "status",
            Annotated[list[AlertStatus], Meta(min_length=1)],
            "Only those of these; what is not closed is `OPEN,ACKNOWLEDGED`.",
            listed=True,
        ),
        query_parameter("severity", AlertSeverity, "Only those of this severity."),
        query_parameter("device_id", str, "Only those about this device."),
        *PAGE,
    ],
    answers={200: AlertPage},
)
_RAISE: Final = _of_all(
    id="raise_alert",
    summary="Raise an alert",
    description=(
        "While one of the same key and device is not closed, it is that one: its severity and"
        " title are brought up to date, and the answer is 200."
    ),
    body=AlertBody,
    example=_EXAMPLE,
    answers={
        201: Answer(AlertAnswer, headers={"Location": "Where the alert is."}),
        200: Answer(AlertAnswer, "It was open already."),
    },
    problems={409: "The tenant has as many open alerts as it may."},
    problem_types={409: LimitProblem},
)
_READ: Final = _of_one(
    id="read_alert",
    summary="Read an alert",
    answers={200: AlertAnswer},
)
_PATCH: Final = _of_all(
    id="change_alert",
    summary="Acknowledge or close an alert",
    description=(
        "OPEN, then ACKNOWLEDGED, then CLOSED; the second may be left out, or be taken back."
    ),
    parameters=[_ALERT_ID],
    body=AlertPatch,
    example={"status": "ACKNOWLEDGED"},
    answers={200: AlertAnswer},
    problems={404: _GONE, 409: "It is closed, and never changes."},
)


class AlertStore(Protocol):
    """A tenant's alerts. Every method raises Unavailable when the database cannot be asked."""

    async def list_alerts(
        self, tenant_id: str, chosen: AlertFilter, wanted: Wanted
    ) -> Found[Alert]:
        """Give a page of the alerts, newest first."""

    async def load_alert(self, tenant_id: str, alert_id: int) -> Alert | None:
        """Give one alert, or None when the tenant has no such alert."""

    async def raise_alert(self, tenant_id: str, draft: AlertDraft) -> tuple[Alert, bool] | None:
        """Raise an alert, or bring the one that is open under its key up to date.

        Returns:
            The alert, and whether it is new; None when the tenant has no such device.
        """

    async def change_alert(
        self, tenant_id: str, alert_id: int, change: AlertChange
    ) -> Alert | None:
        """Change an alert; raises AlertChangeRefused when it cannot be changed like that.

        Returns:
            The alert, or None when the tenant has no such alert.
        """


class Alerts:
    """Lists, raises, reads and changes alerts.

    Args:
        store: Where they are kept.
        alerts_changed: Awaited after a write: the answer is given when live clients are shown it.
    """

    def __init__(self, store: AlertStore, alerts_changed: Callable[[str], Awaitable[None]]) -> None:
        self._store = store
        self._alerts_changed = alerts_changed

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one = f"{PATH}/<alert_id>"
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        paths.customer("POST", PATH, self.raise_one, writes=True, operation=_RAISE)
        paths.customer("GET", one, self.read, writes=False, operation=_READ)
        paths.customer("PATCH", one, self.patch, writes=True, operation=_PATCH)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the tenant's alerts."""
        page = read_page(BY_ID)
        chosen = AlertFilter(
            statuses=read_choices("status", AlertStatus),
            severity=read_choice("severity", AlertSeverity),
            device_id=request.args.get("device_id"),
        )
        alerts = await self._store.list_alerts(tenant_id, chosen, page.wanted)
        shown = [alert_answer(alert) for alert in alerts.items]
        return json_response(AlertPage(**page.of(alerts), alerts=shown))

    async def raise_one(self, tenant_id: str) -> Response:
        """Raise an alert, or bring the open one of its key up to date."""
        body = await read_body(AlertBody)
        draft = AlertDraft(
            device_id=body.device_id, severity=body.severity, title=body.title, key=body.key
        )
        raised = await self._store.raise_alert(tenant_id, draft)
        if raised is None:
            raise invalid([FieldFault("device_id", "is not registered", body.device_id)])
        await self._alerts_changed(tenant_id)
        alert, is_new = raised
        if not is_new:
            return json_response(alert_answer(alert))
        return json_response(
            alert_answer(alert), HTTPStatus.CREATED, Location=f"{request.path}/{alert.id}"
        )

    async def read(self, tenant_id: str, alert_id: str) -> Response:
        """Give one alert."""
        return _shown(await self._store.load_alert(tenant_id, read_id("alert_id", alert_id)))

    async def patch(self, tenant_id: str, alert_id: str) -> Response:
        """Acknowledge or close an alert, or mend its words."""
        number = read_id("alert_id", alert_id)
        body = await read_body(AlertPatch)
        change = AlertChange(
            status=or_none(body.status),
            severity=or_none(body.severity),
            title=or_none(body.title),
        )
        try:
            alert = await self._store.change_alert(tenant_id, number, change)
        except AlertChangeRefused:
            raise Problem(HTTPStatus.CONFLICT, _IS_CLOSED) from None
        await self._alerts_changed(tenant_id)
        return _shown(alert)


def alert_answer(alert: Alert) -> AlertAnswer:
    """Show an alert."""
    return AlertAnswer(
        id=alert.id,
        tenant_id=alert.tenant_id,
        device_id=alert.device_id,
        severity=alert.severity,
        title=alert.title,
        key=alert.key,
        status=alert.status,
        opened_at=utc(alert.opened_at),
        updated_at=utc(alert.updated_at),
        closed_at=utc_or_none(alert.closed_at),
    )


def _shown(alert: Alert | None) -> Response:
    return json_response(alert_answer(found(alert, "alert")))

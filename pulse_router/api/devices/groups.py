"""`/customer/device-groups`: a tenant's groups of devices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.operations import DEVICE_ID
from pulse_router.api.devices.ports import GroupStore
from pulse_router.api.openapi.operations import Answer, Operation
from pulse_router.api.openapi.parameters import PAGE, path_parameter, query_parameter
from pulse_router.api.requests.cursors import BY_NAME
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, not_found
from pulse_router.api.requests.reading import read_id, read_page
from pulse_router.api.requests.responses import Page, empty_response, json_response, utc
from pulse_router.api.requests.values import DeviceId, Id, Time
from pulse_router.api.server.problem_body import LimitProblem
from pulse_router.domain.devices import DeviceGroup, NameTaken

PATH: Final = "/customer/device-groups"
TAG: Final = "Device groups"
_GROUP_ID: Final = path_parameter("group_id", Id, "The group's id.")
_WHAT: Final = "device group"
_GONE: Final = f"There is no such {_WHAT}."
_TAKEN: Final = "A device group of this name is there already."


class GroupBody(msgspec.Struct):
    """A group as a client writes it."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]


class GroupAnswer(msgspec.Struct):
    """A group, and how many devices are in it."""

    id: int
    tenant_id: str
    name: str
    device_count: int
    created_at: Time


class GroupPage(Page):
    """A page of groups."""

    groups: list[GroupAnswer]


class GroupWithDevices(Page):
    """A group, and a page of the ids of its devices; `total` is how many there are."""

    group: GroupAnswer
    device_ids: list[str]


_of_all: Final = partial(Operation, tag=TAG)
_of_one: Final = partial(Operation, tag=TAG, parameters=[_GROUP_ID], problems={404: _GONE})

_LIST: Final = _of_all(
    id="list_device_groups",
    summary="List the groups, by name",
    parameters=[
        query_parameter("device_id", DeviceId, "Only those that this device is in."),
        *PAGE,
    ],
    answers={200: GroupPage},
)
_CREATE: Final = _of_all(
    id="create_device_group",
    summary="Make a group without devices",
    body=GroupBody,
    example={"name": "Pumps"},
    answers={201: Answer(GroupAnswer, headers={"Location": "Where the group is."})},
    problems={409: f"{_TAKEN[:-1]}, or the tenant has as many as it may."},
    problem_types={409: LimitProblem},
)
_READ: Final = _of_all(
    id="read_device_group",
    summary="Read a group and the ids of its devices",
    description="The devices themselves: `GET /api/v1/customer/devices?group_id=…`.",
    parameters=[_GROUP_ID, *PAGE],
    answers={200: GroupWithDevices},
    problems={404: _GONE},
)
_RENAME: Final = _of_all(
    id="rename_device_group",
    summary="Rename a group",
    parameters=[_GROUP_ID],
    body=GroupBody,
    example={"name": "Pumps in hall 2"},
    answers={200: GroupAnswer},
    problems={404: _GONE, 409: _TAKEN},
)
_DELETE: Final = _of_one(
    id="delete_device_group",
    summary="Remove a group",
    description="Its devices stay.",
    answers={204: None},
)
_ADD: Final = _of_all(
    id="add_device_to_group",
    summary="Put a device into a group",
    description="It may be in it already.",
    parameters=[_GROUP_ID, DEVICE_ID],
    answers={204: None},
    problems={404: "There is no such device group, or no such device."},
)
_REMOVE: Final = _of_all(
    id="remove_device_from_group",
    summary="Take a device out of a group",
    parameters=[_GROUP_ID, DEVICE_ID],
    answers={204: None},
    problems={404: "There is no such device in such a group."},
)


class DeviceGroups:
    """Lists, makes, reads, renames and removes groups, and says who is in them.

    Args:
        store: Where they are kept.
        groups_changed: Awaited after a write: the answer is given when the router acts on it.
    """

    def __init__(self, store: GroupStore, groups_changed: Callable[[str], Awaitable[None]]) -> None:
        self._store = store
        self._groups_changed = groups_changed

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one = f"{PATH}/<group_id>"
        member = f"{one}/devices/<device_id>"
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        paths.customer("POST", PATH, self.create, writes=True, operation=_CREATE)
        paths.customer("GET", one, self.read, writes=False, operation=_READ)
        paths.customer("PUT", one, self.rename, writes=True, operation=_RENAME)
        paths.customer("DELETE", one, self.delete, writes=True, operation=_DELETE)
        paths.customer("PUT", member, self.add, writes=True, operation=_ADD)
        paths.customer("DELETE", member, self.remove, writes=True, operation=_REMOVE)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the tenant's groups, of all or of those that a device is in."""
        page = read_page(BY_NAME)
        device_id = request.args.get("device_id")
        groups = await self._store.list_groups(tenant_id, page.wanted, device_id=device_id)
        shown = [group_answer(group) for group in groups.items]
        return json_response(GroupPage(**page.of(groups), groups=shown))

    async def create(self, tenant_id: str) -> Response:
        """Make a group without devices."""
        body = await read_body(GroupBody)
        try:
            group = await self._store.create_group(tenant_id, body.name)
        except NameTaken:
            raise _taken(body.name) from None
        return json_response(
            group_answer(group), HTTPStatus.CREATED, Location=f"{request.path}/{group.id}"
        )

    async def read(self, tenant_id: str, group_id: str) -> Response:
        """Give one group and a page of its devices' ids."""
        page = read_page(BY_NAME)
        number = read_id("group_id", group_id)
        group, device_ids = found(
            await self._store.load_group(tenant_id, number, page.wanted), _WHAT
        )
        return json_response(
            GroupWithDevices(
                group=group_answer(group),
                device_ids=list(device_ids.items),
                **page.of(device_ids),
            )
        )

    async def rename(self, tenant_id: str, group_id: str) -> Response:
        """Rename a group."""
        number = read_id("group_id", group_id)
        body = await read_body(GroupBody)
        try:
            group = await self._store.rename_group(tenant_id, number, body.name)
        except NameTaken:
            raise _taken(body.name) from None
        return json_response(group_answer(found(group, _WHAT)))

    async def delete(self, tenant_id: str, group_id: str) -> Response:
        """Remove a group; its devices stay."""
        if not await self._store.delete_group(tenant_id, read_id("group_id", group_id)):
            raise not_found(_WHAT)
        await self._groups_changed(tenant_id)
        return empty_response()

    async def add(self, tenant_id: str, group_id: str, device_id: str) -> Response:
        """Put a device into a group."""
        number = read_id("group_id", group_id)
        if not await self._store.add_member(tenant_id, number, device_id):
            raise not_found("device group, or no such device")
        await self._groups_changed(tenant_id)
        return empty_response()

    async def remove(self, tenant_id: str, group_id: str, device_id: str) -> Response:
        """Take a device out of a group."""
        number = read_id("group_id", group_id)
        if not await self._store.remove_member(tenant_id, number, device_id):
            raise not_found("device in such a group")
        await self._groups_changed(tenant_id)
        return empty_response()


def group_answer(group: DeviceGroup) -> GroupAnswer:
    """Show a group."""
    return GroupAnswer(
        id=group.id,
        tenant_id=group.tenant_id,
        name=group.name,
        device_count=group.device_count,
        created_at=utc(group.created_at),
    )


def _taken(name: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, _TAKEN, faults=[FieldFault("name", "is taken", name)])

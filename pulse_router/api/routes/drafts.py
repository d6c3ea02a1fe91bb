"""Turns what a client writes of a route into what is stored; all faults are found at once.

It knows nothing of requests and answers, nor where routes are stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import attrs
import msgspec
from msgspec import UNSET

from pulse_router.api.requests.problems import FieldFault, Problem, invalid
from pulse_router.api.routes.bodies import RouteBody, RoutePatch, shown_config, type_of
from pulse_router.domain.destinations import (
    DestinationError,
    StoredDestination,
    parse_destination,
)
from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.heavy import HeavyFilter, says_same
from pulse_router.domain.filters.payload_filter import check_filter, compile_filter
from pulse_router.domain.republish import Fence
from pulse_router.domain.routes import Route, RouteDraft
from pulse_router.domain.templates.bodies import TEMPLATE
from pulse_router.domain.topics import check_topic_filter

_MAX_MERGE_DEPTH: Final = 8  # more than any configuration has
_EXCLUSIVE: Final = {"secret": "secrets", "secrets": "secret"}


def draft_route(body: RouteBody, fence: Fence, before: Route | None = None) -> RouteDraft:
    """Check what the fields mean.

    Args:
        body: The route as it shall be.
        fence: Where it may republish.
        before: The route as it is, whose secrets a mask keeps.

    Raises:
        Problem: 422 with every fault.
    """
    faults = _faults_of_filters(body, before)
    destination = _destination(body, fence, before, faults)
    if faults or destination is None:
        raise invalid(faults)
    draft = _draft(body, destination)
    if before is not None and _is_heavy_as(before, body.payload_filter):
        return attrs.evolve(draft, payload_filter=before.payload_filter)
    return draft


def draft_patch(patch: RoutePatch, fence: Fence, route: Route) -> RouteDraft:
    """Check what a change of a part means.

    Args:
        patch: The part that changes.
        fence: Where it may republish.
        route: The route as it is.

    Raises:
        Problem: 422 with every fault; 409 when it would change what cannot be read.
    """
    if route.is_foreign:
        raise unreadable(route.fault or "")
    body = patched(route, patch)
    if route.fault is None:
        return _keep_filter(draft_route(body, fence, route), patch, route)
    if patch.destination_config is not UNSET or body.destination_type != route.destination_type:
        raise unreadable(route.fault)
    if faults := _faults_of_filters(body, route):
        raise invalid(faults)
    kept = _draft(body, StoredDestination(route.destination_config))
    return _keep_filter(attrs.evolve(kept, keeps_destination=True), patch, route)


def _keep_filter(draft: RouteDraft, patch: RoutePatch, route: Route) -> RouteDraft:
    """Keep a heavy filter that a patch says nothing of; it is not read for that."""
    if patch.payload_filter is UNSET and isinstance(route.payload_filter, HeavyFilter):
        return attrs.evolve(draft, payload_filter=route.payload_filter)
    return draft


def _draft(body: RouteBody, destination: StoredDestination) -> RouteDraft:
    return RouteDraft(
        name=body.name,
        topic_filter=body.topic_filter,
        destination_type=body.destination_type,
        destination_config=destination.config,
        payload_filter=body.payload_filter,
        is_enabled=body.is_enabled,
        secrets=destination.secrets,
        template_secrets=destination.template_secrets,
    )


def unreadable(fault: str) -> Problem:
    """Make the problem of a route whose secrets and headers cannot be read."""
    return Problem(
        HTTPStatus.CONFLICT,
        f"This cannot be done with the route as it is: {fault}. Replace it by PUT, with its"
        " secrets and headers written anew, or ask the operator for the key.",
    )


def patched(route: Route, patch: RoutePatch) -> RouteBody:
    """Merge a patch into a route as it is shown; a heavy filter is left out."""
    shown = RouteBody(
        name=route.name,
        topic_filter=route.topic_filter,
        destination_type=type_of(route),
        destination_config=shown_config(route),
        payload_filter=None
        if route.payload_filter is None or isinstance(route.payload_filter, HeavyFilter)
        else dict(route.payload_filter),
        is_enabled=route.is_enabled,
    )
    changes = {
        name: value
        for name, value in msgspec.structs.asdict(patch).items()
        if value is not UNSET and name != "destination_config"
    }
    if isinstance(patch.destination_config, dict):
        same_type = changes.get("destination_type", route.destination_type)
        base = shown.destination_config if same_type is route.destination_type else {}
        changes["destination_config"] = merged_config(base, patch.destination_config)
    elif changes.get("destination_type", route.destination_type) is not route.destination_type:
        changes["destination_config"] = {}
    return msgspec.structs.replace(shown, **changes)


def merged_config(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merge by RFC 7396.

    `secret` and `secrets`, which exclude each other, replace each other. A template is one value:
    it is replaced as a whole, with the nulls that it holds.
    """
    replaced = {_EXCLUSIVE[name] for name in patch if name in _EXCLUSIVE} - patch.keys()
    kept = {name: value for name, value in base.items() if name not in replaced}
    merged = _merge(kept, patch, _MAX_MERGE_DEPTH)
    if patch.get(TEMPLATE) is not None:
        merged[TEMPLATE] = patch[TEMPLATE]
    return merged


def _merge(base: Mapping[str, Any], patch: Mapping[str, Any], depth: int) -> dict[str, Any]:
    result = dict(base)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and depth > 0:
            inside = result.get(name)
            result[name] = _merge(inside if isinstance(inside, dict) else {}, value, depth - 1)
        else:
            result[name] = value
    return result


def _faults_of_filters(body: RouteBody, before: Route | None) -> list[FieldFault]:
    """Check the filters; one that is stored may be heavier than what is saved today."""
    faults: list[FieldFault] = []
    try:
        check_topic_filter(body.topic_filter)
    except ValueError as error:
        faults.append(FieldFault("topic_filter", str(error), body.topic_filter))
    if body.payload_filter is not None:
        try:
            if before is None or before.payload_filter != body.payload_filter:
                _check_new(body.payload_filter, before)
            else:
                compile_filter(body.payload_filter)
        except FilterError as error:
            faults.append(FieldFault(_inside("payload_filter", error.path), error.message))
    return faults


def _check_new(payload_filter: Mapping[str, Any], before: Route | None) -> None:
    """Check a filter that is not what is stored, as far as that has been read."""
    try:
        check_filter(payload_filter)
    except FilterError:
        if before is None or not _is_heavy_as(before, payload_filter):
            raise


def _is_heavy_as(before: Route, payload_filter: Mapping[str, Any] | None) -> bool:
    """Tell whether a filter is the heavy one that is stored."""
    stored = before.payload_filter
    return isinstance(stored, HeavyFilter) and says_same(stored, payload_filter)


def _destination(
    body: RouteBody, fence: Fence, before: Route | None, faults: list[FieldFault]
) -> StoredDestination | None:
    try:
        return parse_destination(
            body.destination_type,
            body.destination_config,
            kept_secrets=() if before is None else before.secrets,
            kept_template_secrets={} if before is None else before.template_secrets,
            fence=fence,
        )
    except DestinationError as error:
        faults.extend(
            FieldFault(_inside("destination_config", path), message)
            for path, message in error.problems
        )
        return None


def _inside(field: str, path: str) -> str:
    return f"{field}.{path}" if path else field

"""The samples of `/metrics`: each figure with its name and what it means. It asks nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pulse_router.api.metrics import Sample
from pulse_router.domain.budgets import BOUNDS, Budgets
from pulse_router.domain.messages import Reason
from pulse_router.mqtt.client import Client
from pulse_router.runtime.ledger import STOCKS, Books
from pulse_router.status.backlogs import TOLD, BacklogWatch
from pulse_router.status.ports import (
    ClockFigures,
    DeliveryFigures,
    FaultFigures,
    FilterFigures,
    LoopFigures,
    ReceiptFigures,
    RefusalFigures,
    TenantFigures,
    UpkeepFigures,
)

RANKS: Final = 10
"""Of how many tenants it is told what they take."""


def samples_of_client(client: Client) -> Iterable[Sample]:
    """Tell what the MQTT client has read, and has in hand."""
    yield Sample("pulse_mqtt_connects_total", "counter", "Connections made.", client.connects)
    yield Sample("pulse_mqtt_messages_total", "counter", "Messages read.", client.messages)
    yield Sample("pulse_mqtt_dropped_total", "counter", "QoS 0 messages dropped.", client.dropped)
    yield Sample(
        "pulse_mqtt_sessions_lost_total",
        "counter",
        "Sessions that the broker has lost, with what it held for us.",
        client.sessions_lost,
    )
    in_hand = client.messages_in_hand
    yield Sample("pulse_mqtt_messages_in_hand", "gauge", "Not acknowledged yet.", in_hand)
    yield Sample(
        "pulse_mqtt_bytes_in_hand", "gauge", "Bytes not acknowledged yet.", client.bytes_in_hand
    )


def samples_of_clock(clock: ClockFigures) -> Iterable[Sample]:
    """Tell how the wall clock does."""
    yield Sample(
        "pulse_clock_behind_seconds",
        "gauge",
        "By how much the clock is behind the newest id that was given; 0 when it is not.",
        clock.behind_seconds,
    )


def samples_of_upkeep(route_upkeep: UpkeepFigures) -> Iterable[Sample]:
    """Tell which routes wait for a key."""
    yield Sample(
        "pulse_routes_unreadable",
        "gauge",
        "Routes that wait, for their secrets are encrypted with a key that is not there.",
        route_upkeep.unreadable,
    )


def samples_of_receipts(receipts: ReceiptFigures) -> Iterable[Sample]:
    """Tell how much room today's receipts take, and whether some are left out for it."""
    yield Sample(
        "pulse_receipts_bytes",
        "gauge",
        "Bytes that the receipts of today take, as of the last time they were put together.",
        receipts.bytes_today,
    )
    yield Sample(
        "pulse_receipts_full",
        "gauge",
        "1 while what is delivered at the first attempt leaves no receipt, for want of room.",
        int(receipts.is_full),
    )


def samples_of_letters(
    delivery: DeliveryFigures, failed_by_route: Mapping[int | None, int]
) -> Iterable[Sample]:
    """Tell what deliveries were given up for, and whose dead letters nobody has dealt with."""
    for cause, value in delivery.causes.items():
        description = "Deliveries given up since the start, by the last answer."
        labels = {"cause": cause}
        yield Sample("pulse_dead_lettered_by_cause_total", "counter", description, value, labels)
    for route_id, value in failed_by_route.items():
        labels = {"route": "others" if route_id is None else str(route_id)}
        description = "Dead letters that nobody has dealt with: the routes with most, and the rest."
        yield Sample("pulse_dead_letters_failed", "gauge", description, value, labels)


def samples_of_pushbacks(delivery: DeliveryFigures) -> Iterable[Sample]:
    """Tell how much receivers push back."""
    description = "Attempts that the receiver pushed back: no failures."
    name = "pulse_delivery_attempts_pushed_back_total"
    yield Sample(name, "counter", description, delivery.pushed_back)
    description = "Routes that wait, for their receiver has asked for it."
    yield Sample("pulse_delivery_routes_held", "gauge", description, delivery.held_lanes)


def samples_of_refusals(refusals: RefusalFigures) -> Iterable[Sample]:
    """Tell what ingest has refused, and how much of it was not kept."""
    for reason in Reason:
        labels = {"reason": reason.value}
        refused, not_kept = refusals.refused.get(reason, 0), refusals.not_kept.get(reason, 0)
        description = "Messages refused since the start."
        yield Sample("pulse_ingest_refused_total", "counter", description, refused, labels)
        description = "Refused messages that were counted and not kept, for the cap."
        yield Sample("pulse_ingest_refused_unkept_total", "counter", description, not_kept, labels)


def samples_of_faults(faults: FaultFigures) -> Iterable[Sample]:
    """Tell what has failed inside of ingest on a value from outside."""
    for kind, value in (("filter", faults.filters), ("message", faults.messages)):
        description = "Filters and messages that failed inside of the router, and cost themselves."
        yield Sample("pulse_ingest_faults_total", "counter", description, value, {"kind": kind})


def samples_of_budgets(budgets: Budgets, backlogs: BacklogWatch) -> Iterable[Sample]:
    """Tell what tenants' bounds have refused, of all tenants: who they are, operators see."""
    for bound in BOUNDS:
        description = "What was refused since the start, for a tenant had reached this bound."
        refused, labels = budgets.refusals.get(bound, 0), {"bound": bound}
        yield Sample("pulse_tenant_refused_total", "counter", description, refused, labels)
    for bound in TOLD:
        description = "Tenants that have more waiting than this bound; nothing of it is dropped."
        above = backlogs.tenants_above(bound)
        yield Sample("pulse_tenant_above_limit", "gauge", description, above, {"bound": bound})


def samples_of_filters(filters: FilterFigures) -> Iterable[Sample]:
    """Tell which payload filters take too much."""
    description = "Routes that are set aside, for their payload filter takes too much."
    yield Sample("pulse_ingest_routes_set_aside", "gauge", description, filters.set_aside)
    description = (
        "Times that a payload filter was not asked of a message, or not to the end: too dear."
    )
    yield Sample("pulse_ingest_filters_unasked_total", "counter", description, filters.unasked)


def samples_of_loop(loop: LoopFigures, tenants: TenantFigures) -> Iterable[Sample]:
    """Tell how late the event loop is, and how unequally tenants take its time; it names none."""
    name = "pulse_loop_lag_seconds"
    description = "By how much a short sleep was too long: how long others work without a pause."
    yield Sample(name, "histogram", description, loop.sum_seconds, buckets=loop.cumulative)
    description = "The longest of those in the last minute or two."
    yield Sample("pulse_loop_longest_lag_seconds", "gauge", description, loop.longest_seconds)
    shares = [share for _, share in tenants.dearest(RANKS)]
    for rank in range(1, RANKS + 1):
        share = shares[rank - 1] if rank <= len(shares) else 0.0
        description = "What share of the time the messages of the dearest tenants take to decode."
        labels = {"rank": str(rank)}
        yield Sample("pulse_tenant_decoding_share", "gauge", description, round(share, 4), labels)


def samples_of_books(books: Books) -> Iterable[Sample]:
    """Tell what is in the books, and by how much they are off."""
    for name, value in books.totals.items():
        if name in STOCKS:
            yield Sample(f"pulse_ledger_{name}", "gauge", f"Now {name}.", value)
        else:
            description = f"Messages or matches: {name}, as committed."
            yield Sample(f"pulse_ingest_{name}_total", "counter", description, value)
    for name, amount in books.mismatch.items():
        if amount is not None:
            description = "By how much the books are off; 0 when they balance."
            yield Sample(
                "pulse_ledger_mismatch", "gauge", description, amount, labels={"book": name}
            )

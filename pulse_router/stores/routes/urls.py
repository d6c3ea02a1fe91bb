"""Where the tenants' webhooks lead, for who checks the settings. It judges nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.roles import Role

PAGE_ROUTES: Final = 1000

_PAGE: Final = """
SELECT id, tenant_id, destination_config ->> 'url' AS url
FROM message_routes
WHERE destination_type = 'webhook' AND is_enabled AND id > $1
ORDER BY id LIMIT $2
"""


async def webhook_urls(database: Database, *, after: int) -> Sequence[Record]:
    """Fetch a page of the enabled webhooks, by `id`: `tenant_id` and `url`.

    Args:
        database: Where the routes are kept.
        after: The id before the page; 0 for the first one. The last one is empty.

    Raises:
        Unavailable: The database cannot be asked now.
    """
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        return await transaction.fetch(_PAGE, after, PAGE_ROUTES)

"""What removes rows that are too old, some at a time. It must not know how old that is."""

from __future__ import annotations

from typing import Final

from pulse_router.stores.dead_letters.claims import CLAIMED

REMOVE_REJECTED: Final = """
    DELETE FROM rejected_messages WHERE id IN (
      SELECT id FROM rejected_messages
      WHERE received_at < $1 ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    """
REMOVE_ALERTS: Final = """
    DELETE FROM alerts WHERE id IN (
      SELECT id FROM alerts WHERE status = 'CLOSED' AND closed_at < $1
      ORDER BY closed_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    """
# What is being replayed stays until that has ended.
REMOVE_DEAD_LETTERS: Final = f"""
    WITH gone AS (
      DELETE FROM dead_letter_messages WHERE id IN (
        SELECT id FROM dead_letter_messages
        WHERE created_at < $1 AND NOT {CLAIMED}
        ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
      RETURNING tenant_id, status)
    SELECT tenant_id, count(*) FILTER (WHERE status = 'FAILED') AS failed, count(*) AS removed
    FROM gone GROUP BY tenant_id
    """  # noqa: S608 - fixed text

# Nobody may lock a row of the audit log, as nobody may change one.
REMOVE_AUDITED: Final = """
    DELETE FROM audit_log WHERE id IN (
      SELECT id FROM audit_log WHERE at < $1 ORDER BY at LIMIT $2)
    """

"""What lanes need the database for."""

from __future__ import annotations

import enum


class TableWork(enum.Enum):
    """What a lane needs the database for."""

    LOAD = "load its route"
    FETCH = "fetch what is due"
    BURY = "move what is pending to the dead letters"

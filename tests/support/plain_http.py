"""What a client of tests needs to know of TLS to speak without it."""

from __future__ import annotations

import ssl
from typing import Final

# A client that is given nothing reads all authorities there are, which costs more than most tests.
TRUSTS_NOBODY: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

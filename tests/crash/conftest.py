"""What takes as long as its deadline is for `make crash` alone."""

import os

collect_ignore = [] if "PULSE_CRASH_KILLS" in os.environ else ["test_vanished_client.py"]

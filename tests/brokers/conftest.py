"""What needs a broker that Go builds is for `make brokers` alone."""

import os

from tests.support.servers.second_broker import PROGRAM

collect_ignore_glob = [] if PROGRAM in os.environ else ["test_*.py"]

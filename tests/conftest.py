"""What every test shares: property tests are bounded by their number of examples, not by a busy machine's clock."""

import os

from hypothesis import settings

if not os.environ.get(
    "CI"
):  # there hypothesis has a profile of its own: without a deadline, and the same examples each time
    settings.register_profile("no-deadline", deadline=None)
    settings.load_profile("no-deadline")

# Tests start processes while gRPC's threads run; its fork handlers then crash the child, once in some thirty starts.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

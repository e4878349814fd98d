"""Where the time of a call goes."""

import time
from contextlib import suppress

from cache_service.stopwatch import Stopwatch


def test_the_time_of_a_stage_adds_up_also_when_it_fails() -> None:
    """Two visits to a stage are one sum, and the total covers all."""
    watch = Stopwatch()
    with watch.stage("embed"):
        time.sleep(0.01)
    with suppress(ValueError), watch.stage("embed"):
        time.sleep(0.01)
        raise ValueError
    assert 20 <= watch.stage_ms["embed"] <= watch.total_ms

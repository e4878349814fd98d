"""Health as the sum of components."""

from hypothesis import given
from hypothesis import strategies as st

from grpc_serving.health import Health


async def test_nothing_serves_before_the_start_and_after_the_stop() -> None:
    """A server serves between start and stop, whatever its components say later."""
    health = Health()
    health.set_serving("model", ok=True)
    assert not health.is_serving
    health.start(["a.Service"])
    assert health.is_serving
    health.stop()
    health.set_serving("model", ok=True)
    assert not health.is_serving


async def test_a_component_that_failed_before_the_start_counts() -> None:
    """What build found out about a component is not forgotten by the start."""
    health = Health()
    health.set_serving("model", ok=False)
    health.start([])
    assert (health.is_serving, health.failing) == (False, ["model"])


@given(st.lists(st.tuples(st.sampled_from(["model", "store", "index"]), st.booleans())))
def test_failing_are_those_last_said_to_be_unwell(said: list[tuple[str, bool]]) -> None:
    """The last word on each component counts."""
    health = Health()
    for component, ok in said:
        health.set_serving(component, ok)
    assert set(health.failing) == {name for name, ok in dict(said).items() if not ok}

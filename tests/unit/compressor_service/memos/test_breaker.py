"""When a server that does not answer is left alone, and when it is asked again."""

from compressor_service.memos.breaker import Breaker


class Clock:
    """A clock that goes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_it_opens_after_failures_in_a_row_only() -> None:
    """An answer between them starts the count anew; the one that opened it is told so."""
    breaker = Breaker(failures=3, rest_s=1.0, clock=Clock())
    assert [breaker.failed(), breaker.failed()] == [False, False]
    breaker.succeeded()
    assert [breaker.failed(), breaker.failed()] == [False, False]
    assert breaker.allows()
    assert breaker.failed()
    assert not breaker.allows()


def test_one_caller_a_rest_tries_again() -> None:
    """The others go on without; a failure makes it rest again."""
    clock = Clock()
    breaker = Breaker(failures=1, rest_s=1.0, clock=clock)
    breaker.failed()
    clock.now = 1.0
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.failed()
    clock.now = 1.9
    assert not breaker.allows()
    clock.now = 2.0
    assert breaker.allows()


def test_an_answer_closes_it() -> None:
    """Whoever closed it is told so, once."""
    clock = Clock()
    breaker = Breaker(failures=1, rest_s=1.0, clock=clock)
    breaker.failed()
    clock.now = 1.0
    assert breaker.allows()
    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]
    assert [breaker.allows(), breaker.allows()] == [True, True]

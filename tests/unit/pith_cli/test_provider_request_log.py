"""The stand-ins' log keeps the last requests and stays small."""

from pith_cli.providers.request_log import Received, RequestLog


def received(number: int) -> Received:
    """A request that can be told from others."""
    return Received(
        "openai", "gpt-4o", "/openai/v1/chat/completions", stream=False, body={"n": number}, prompt_text="", at=0.0
    )


def test_keeps_the_last_requests() -> None:
    """Beyond its count the log drops the oldest."""
    log = RequestLog(max_requests=3)
    for number in range(5):
        log.add(received(number), 10)
    assert [r["body"]["n"] for r in log.last()] == [2, 3, 4]
    assert [r["body"]["n"] for r in log.last(1)] == [4]
    assert log.last(0) == []


def test_keeps_within_its_bytes() -> None:
    """Beyond its size the log drops the oldest."""
    log = RequestLog(max_bytes=25)
    for number in range(5):
        log.add(received(number), 10)
    assert [r["body"]["n"] for r in log.last()] == [3, 4]


def test_clear() -> None:
    """A cleared log has its whole room again."""
    log = RequestLog(max_bytes=10)
    log.add(received(1), 10)
    log.clear()
    log.add(received(2), 10)
    assert [r["body"]["n"] for r in log.last()] == [2]

"""Server-sent events kept whole, so that a cut stream can still be ended by a readable error; pure."""

MAX_HELD_BYTES = 1_048_576

_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")


class WholeEvents:
    """Lets complete events through at once and holds the beginning of an unfinished one."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """Return what is complete now; an event of more than a mebibyte passes in parts."""
        data = self._held + chunk
        end = max(found + len(mark) if (found := data.rfind(mark)) >= 0 else 0 for mark in _ENDS)
        if len(data) - end > MAX_HELD_BYTES:
            end = len(data)
        self._held = data[end:]
        return data[:end]

    def rest(self) -> bytes:
        """Return what a stream that ended in order left unfinished."""
        held, self._held = self._held, b""
        return held

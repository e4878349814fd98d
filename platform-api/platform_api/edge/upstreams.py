"""The upstreams of one kind: they take turns, and one that refused a connection is asked last for a while; pure."""

import time
from collections.abc import Callable, Sequence


class UpstreamList:
    """The base URLs of interchangeable upstreams."""

    def __init__(self, urls: Sequence[str], *, down_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.urls = tuple(urls)
        self._down_s = down_s
        self._clock = clock
        self._down_until = dict.fromkeys(self.urls, 0.0)
        self._turn = 0

    def in_order(self) -> Sequence[str]:
        """Return all URLs in the order in which one request should try them."""
        if not self.urls:
            return ()
        self._turn = (self._turn + 1) % len(self.urls)
        turned = self.urls[self._turn :] + self.urls[: self._turn]
        return sorted(turned, key=lambda url: not self.is_up(url))

    def is_up(self, url: str) -> bool:
        """Tell whether the upstream has not refused a connection lately."""
        return self._clock() >= self._down_until[url]

    def mark_down(self, url: str) -> None:
        """Remember that the upstream refused a connection."""
        self._down_until[url] = self._clock() + self._down_s

    def mark_up(self, url: str) -> None:
        """Remember that the upstream answered."""
        self._down_until[url] = 0.0

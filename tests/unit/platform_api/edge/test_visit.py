"""One request at the edge."""

import json

from platform_api.edge.routing import resolve
from platform_api.edge.visit import Visit
from platform_api.errors import ApiError


class Client:
    """Keeps what is sent to it."""

    def __init__(self):
        self.messages = []

    async def send(self, message):
        """Keep one message."""
        self.messages.append(message)


def visit(to, **changes):
    """Return a visit of POST /v1/messages?x=1."""
    scope = {
        "method": "POST",
        "path": "/v1/messages",
        "raw_path": b"/v1/messages",
        "query_string": b"x=1",
        "headers": [(b"host", b"pith"), (b"x-request-id", b"r1"), (b"x-api-key", b"k")],
        "scheme": "http",
        "client": ("192.0.2.1", 1234),
    }
    return Visit({**scope, **changes}, to.send)


def test_the_facts_are_read_once():
    """Id, credential, caller and query come from the scope."""
    seen = visit(Client())
    assert (seen.request_id, seen.credential, seen.query) == ("r1", "k", "?x=1")
    assert (seen.caller.address, seen.caller.host, seen.caller.hops) == ("192.0.2.1", "pith", 0)


def test_a_server_that_tells_less_will_do():
    """Without raw path and client address the visit still knows enough."""
    seen = visit(Client(), raw_path=None, path="/v1/ä", client=None, query_string=b"")
    assert (seen.raw_path, seen.caller.address, seen.query) == (b"/v1/%C3%A4", "unknown", "")


async def test_a_refusal_speaks_the_routes_dialect():
    """The body has the shape of the route and its true length."""
    client = Client()
    seen = visit(client)
    seen.route = resolve("POST", b"/v1/messages")
    await seen.refuse(ApiError(413, "request_too_large", "too large"))
    start, body = client.messages
    headers = dict(start["headers"])
    assert (start["status"], seen.status, headers[b"x-request-id"]) == (413, 413, b"r1")
    assert headers[b"content-length"] == str(len(body["body"])).encode()
    assert headers[b"connection"] == b"close"
    assert json.loads(body["body"])["type"] == "error"


async def test_nothing_is_said_after_an_answer_has_begun():
    """A second answer would corrupt the first."""
    client = Client()
    seen = visit(client)
    await seen.send({"type": "http.response.start", "status": 200, "headers": []})
    await seen.refuse(ApiError(502, "c", "m"))
    assert len(client.messages) == 1

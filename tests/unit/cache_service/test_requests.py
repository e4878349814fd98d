"""Requests become keys: what must not matter does not, all else does."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.requests import (
    IGNORED,
    missing_in_scope,
    read_request,
    unshared_keys,
)
from cache_service.terms import Api, Scope, ScopeWidth
from fakes_cache import chat_body
from fakes_requests import SCOPE, keys, read
from grpc_serving.errors import InvalidArgument

SCALARS = st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3))
NAMES = st.text(min_size=1, max_size=12).filter(lambda name: name not in IGNORED | {"messages", "tools"})
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(str.strip)


@given(TEXTS, st.dictionaries(NAMES, VALUES, max_size=4))
def test_the_order_of_fields_does_not_matter(text: str, fields: dict[str, Any]) -> None:
    """The same body in another order has the same keys."""
    body = chat_body(text) | fields
    assert keys(body) == keys(dict(reversed(body.items())))


@given(TEXTS, st.sampled_from(sorted(IGNORED)), VALUES)
def test_fields_that_cannot_change_the_answer_do_not_matter(text: str, name: str, value: Any) -> None:
    """A field of the documented list leaves both keys as they are."""
    assert keys(chat_body(text) | {name: value}) == keys(chat_body(text))


@given(TEXTS, NAMES.filter(lambda name: name != "model"), VALUES)
def test_an_unknown_field_changes_the_partition(text: str, name: str, value: Any) -> None:
    """A field that nobody here knows may change the answer, so it separates."""
    assert keys(chat_body(text) | {name: value}).partition != keys(chat_body(text)).partition


@given(TEXTS, NAMES, VALUES, VALUES)
def test_another_value_of_an_unknown_field_changes_the_partition(text: str, name: str, one: Any, other: Any) -> None:
    """Two values that differ as JSON give two partitions."""
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    first, second = keys(chat_body(text) | {name: one}), keys(chat_body(text) | {name: other})
    assert (first.partition == second.partition) == same


@given(TEXTS)
def test_a_string_and_one_text_part_are_the_same_text(text: str) -> None:
    """Content as a string, as one part, and as one cached part have the same keys."""
    plain, parts, cached = chat_body(text), chat_body(text), chat_body(text)
    parts["messages"][1]["content"] = [{"type": "text", "text": text}]
    cached["messages"][1]["content"] = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
    assert keys(plain) == keys(parts) == keys(cached)


@given(TEXTS, TEXTS)
def test_the_last_user_text_changes_the_exact_key_and_not_the_partition(one: str, other: str) -> None:
    """Two questions to the same assistant share a partition, and nothing else."""
    first, second = keys(chat_body(one)), keys(chat_body(other))
    assert first.partition == second.partition
    assert (first.exact == second.exact) == (one == other)


@given(TEXTS, TEXTS)
def test_every_text_but_the_last_users_changes_the_partition(one: str, other: str) -> None:
    """System and history belong to the partition."""
    assert (keys(chat_body("q", system=one)).partition == keys(chat_body("q", system=other)).partition) == (
        one == other
    )


def test_the_history_changes_the_partition() -> None:
    """The same question after another conversation is another question."""
    body = chat_body("and then?")
    longer = copy.deepcopy(body)
    longer["messages"][1:1] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    assert keys(body).partition != keys(longer).partition


def test_parts_are_not_joined_for_the_key() -> None:
    """Two parts and one part with both texts differ, and so do parts in another order."""

    def body(*texts: object) -> dict[str, object]:
        made = chat_body("x")
        made["messages"][1]["content"] = [{"type": "text", "text": text} for text in texts]
        return made

    bodies = [body("a", "b"), body("a\nb"), body("b", "a"), body(None, "a"), body("a", None)]
    assert len({keys(made).exact for made in bodies}) == len(bodies)


def test_an_image_stays_in_the_fingerprint() -> None:
    """The same words about another image lie in another partition."""

    def body(url: str) -> dict[str, object]:
        made = chat_body("x")
        image = {"type": "image_url", "image_url": {"url": url}}
        made["messages"][1]["content"] = [{"type": "text", "text": "What is this?"}, image]
        return made

    assert keys(body("https://a/1.png")).partition != keys(body("https://a/2.png")).partition
    assert read(body("https://a/1.png")).query == "What is this?"


@pytest.mark.parametrize(
    "change",
    [
        {"scope": Scope("umbrella", "key1", "ann", "shared")},
        {"model_group": "gpt-4o-mini"},
        {"embedder": "e2"},
        {"secret": b"t" * 32},
        {"width": ScopeWidth.USER},
        {"width": ScopeWidth.KEY},
        {"width": ScopeWidth.POOL},
    ],
)
def test_who_asks_whom_separates_partitions(change: dict[str, Any]) -> None:
    """Tenant, model group, embedder, secret and width each give another partition."""
    assert keys(chat_body("q"), **change).partition != keys(chat_body("q")).partition


def test_a_narrow_width_stays_inside_its_tenant() -> None:
    """The same key id of two tenants is not the same key."""
    one, other = (
        keys(chat_body("q"), scope=Scope(tenant, "key1"), width=ScopeWidth.KEY) for tenant in ("acme", "umbrella")
    )
    assert one.partition != other.partition


def test_a_pool_is_shared_across_tenants() -> None:
    """Tenants of one pool share on purpose."""
    one, other = (
        keys(chat_body("q"), scope=Scope(tenant, pool="p"), width=ScopeWidth.POOL) for tenant in ("acme", "umbrella")
    )
    assert one == other


@pytest.mark.parametrize("width", [ScopeWidth.KEY, ScopeWidth.USER, ScopeWidth.POOL])
def test_a_width_without_its_id_is_refused(width: ScopeWidth) -> None:
    """Entries never fall back to a wider sharing than the policy says."""
    with pytest.raises(InvalidArgument, match="scope"):
        keys(chat_body("q"), scope=Scope("acme"), width=width)


def test_parts_of_a_partition_cannot_run_into_each_other() -> None:
    """Moving characters from one part of the name to the next gives another partition."""
    assert keys(chat_body("q"), model_group="ab", embedder="c") != keys(chat_body("q"), model_group="a", embedder="bc")


TURNS = {
    Api.TEXT: ({"prompt": "Say hi"}, {"prompt": ["Say hi"]}),
    Api.MESSAGES: (
        {"system": "Be brief.", "messages": [{"role": "user", "content": "Say hi"}]},
        {
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Say hi"}]}],
        },
    ),
    Api.RESPONSES: (
        {"input": "Say hi"},
        {"input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say hi"}]}]},
    ),
}


@pytest.mark.parametrize("api", TURNS)
def test_each_api_reads_its_own_shape_of_the_same_question(api: Api) -> None:
    """The short and the long form of one request have the same keys and the same query."""
    short, long = TURNS[api]
    assert read(short, api).query == read(long, api).query == "Say hi"
    assert keys(short, api=api) == keys(long, api=api)


def test_apis_never_share_a_partition() -> None:
    """An answer of one API is never looked up by another."""
    body = {"messages": [{"role": "user", "content": "Say hi"}]}
    assert keys(body, api=Api.CHAT).partition != keys(body, api=Api.MESSAGES).partition


@pytest.mark.parametrize("content", [None, 7, {"text": "x"}, [7], [{"type": "text"}], [{"type": "text", "text": 7}]])
def test_odd_content_is_no_text_and_still_part_of_the_key(content: object) -> None:
    """What cannot be read as text does not break anything and is not dropped either."""
    body = chat_body("x")
    body["messages"][1]["content"] = content
    assert read(body).query == ""
    assert keys(body) != keys(chat_body("x"))


@given(st.binary(max_size=40) | st.recursive(SCALARS, st.lists).map(json.dumps).map(str.encode))
def test_bytes_that_are_no_request_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    """Any bytes give a request or InvalidArgument that names request_json."""
    field = None
    try:
        read_request(Api.CHAT, raw, max_bytes=1000)
    except InvalidArgument as error:
        field = error.field
    assert field in {None, "request_json"}


@pytest.mark.parametrize(
    "messages", [7, "hi", ["hi"], [None], [[]], {"role": "user"}, [{"role": 7, "content": "x"}], []]
)
def test_odd_conversations_are_read(messages: object) -> None:
    """A conversation of another shape gives keys of its own."""
    assert keys({"messages": messages}).exact != keys(chat_body("x")).exact


def test_a_body_over_the_limit_is_refused_with_both_numbers() -> None:
    """The error names the field, its size and the limit."""
    with pytest.raises(InvalidArgument, match=r"request_json: has 1002 bytes; at most 1000"):
        read_request(Api.CHAT, b"{" + b" " * 1000 + b"}", max_bytes=1000)


def test_a_lone_surrogate_in_the_question_is_refused() -> None:
    """Half a character cannot be embedded or stored."""
    with pytest.raises(InvalidArgument, match="surrogate"):
        read_request(Api.CHAT, b'{"messages":[{"role":"user","content":"\\ud800"}]}', max_bytes=1000)


@pytest.mark.parametrize("depth", [10, 400, 900, 990, 5000, 100_000])
def test_any_depth_is_read_or_refused(depth: int) -> None:
    """Nesting ends in keys or in InvalidArgument, never in another error."""
    raw = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
    complaint = ""
    try:
        read_request(Api.CHAT, raw, max_bytes=1_000_000)
    except InvalidArgument as error:
        complaint = error.description
    assert complaint in ({"", "is nested too deeply"} if depth > 400 else {""})


DOCUMENT = "The tower was built in 1889. " * 20


@given(TEXTS, TEXTS)
def test_questions_about_one_document_share_a_partition(one: str, other: str) -> None:
    """And of two documents never: the rest of the message is in the fingerprint to the byte."""
    bodies = [chat_body(f"<doc>{DOCUMENT}</doc><question>x{text}</question>") for text in (one, other)]
    first, second = map(keys, bodies)
    assert first.partition == second.partition
    assert (first.exact == second.exact) == (one == other)
    changed = chat_body(f"<doc>{DOCUMENT} </doc><question>x{one}</question>")
    assert keys(changed).partition != first.partition
    assert read(bodies[0]).query == f"x{one}".strip()


def test_a_document_in_a_part_of_its_own_is_in_the_fingerprint() -> None:
    """Parts are split like labels."""

    def body(document: str, question: str) -> dict[str, object]:
        made = chat_body("x")
        made["messages"][1]["content"] = [{"type": "text", "text": text} for text in (document, question)]
        return made

    first, second = keys(body("One.", "Who built it?")), keys(body("One.", "Who paid for it?"))
    assert first.partition == second.partition
    assert first.exact != second.exact
    assert keys(body("Two.", "Who built it?")).partition != first.partition


def test_nobody_can_forge_the_place_of_a_question() -> None:
    """A body that spells out what a cut message becomes inside has another partition."""
    text = f"{DOCUMENT}\nQuestion: Who built it?"
    forged = chat_body("x")
    forged["messages"][1]["content"] = [
        {"type": "text", "text": [f"{DOCUMENT}\nQuestion:", None, ""]},
        {"type": "text", "text": None},
        {"type": "text", "text": "Who built it?"},
    ]
    assert keys(forged).partition != keys(chat_body(text)).partition


@pytest.mark.parametrize("width", ScopeWidth)
def test_what_a_width_needs_is_named(width: ScopeWidth) -> None:
    """A pool needs no tenant's name, a user's width needs a user."""
    empty = Scope("acme")
    assert missing_in_scope(SCOPE, width) == ""
    assert missing_in_scope(empty, width) == ("" if width is ScopeWidth.TENANT else missing_in_scope(Scope(""), width))


def test_keys_that_nobody_shares_are_new_each_time() -> None:
    """For requests that must not meet another one's entries."""
    assert len({key for _ in range(50) for key in (unshared_keys().partition, unshared_keys().exact)}) == 100

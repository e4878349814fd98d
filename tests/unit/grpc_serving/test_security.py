"""Roles, tokens and who may call what."""

import contextvars
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fakes_serving import EchoSettings
from grpc_serving.environment import SettingsError
from grpc_serving.errors import PermissionDenied, ServingError, Unauthenticated
from grpc_serving.security import (
    Caller,
    Guard,
    Role,
    TokenFile,
    check_exposure,
    read_tokens,
    require_tenant,
    require_unbound,
    role_in_certificate,
)

TOKEN = "a-token-of-the-hook-01"
OTHER = "another-token-of-it-02"


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def admitted(guard: Guard, needed: Role, authorization: str | None = None, names: tuple[str, ...] = ()) -> str:
    """What becomes of a call: the name of the refusal, or "ok"; what it remembers is forgotten."""
    try:
        admit = contextvars.copy_context().run
        admit(guard.admit, needed, authorization=authorization, certificate_names=names)
    except ServingError as error:
        return type(error).__name__
    return "ok"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A tokens file with one hook token."""
    file = tmp_path / "tokens"
    file.write_text(f"hook {TOKEN}\n")
    return file


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("guest a-token-of-somebody", "role must be hook or operator"),
        ("hook short", "at least 16 characters"),
        ("hook", "must read"),
        ("hook a-token-of-somebody t-1 t-2", "must read"),
        ("hook sha256:abc", "64 hexadecimal digits"),
        ("hook a-token-of-somebody ,", "names no tenant"),
        ("# nothing\n\n", "holds no token"),
    ],
)
def test_a_wrong_line_is_named_without_its_token(tmp_path: Path, line: str, complaint: str) -> None:
    """The complaint has file and line number and what is wrong, and never the token."""
    path = tmp_path / "tokens"
    path.write_text(f"# comment\n{line}\n")
    with pytest.raises(SettingsError, match=complaint) as caught:
        read_tokens(path)
    assert str(path) in str(caught.value)
    assert "a-token-of-somebody" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A missing file and one that is not text are settings errors."""
    path = tmp_path / "tokens"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="tokens file"):
        TokenFile(path)


def test_a_token_stands_for_its_caller(tmp_path: Path) -> None:
    """Plain and hashed tokens, bound to tenants or not, give their role; a hash is no token itself."""
    digest = hashlib.sha256(OTHER.encode()).hexdigest()
    (tmp_path / "tokens").write_text(f"hook {TOKEN} t-1,t-2 # bound\n\n  operator   sha256:{digest.upper()}\n")
    file = TokenFile(tmp_path / "tokens")
    assert file.caller(TOKEN) == Caller(Role.HOOK, frozenset({"t-1", "t-2"}))
    assert file.caller(OTHER) == Caller(Role.OPERATOR)
    assert file.caller(f"sha256:{digest}") is None
    assert file.caller("") is None


@given(st.text(max_size=40))
def test_no_other_text_is_a_token(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever a stranger sends, only the token itself is known."""
    path = tmp_path_factory.getbasetemp() / "property-tokens"
    if not path.exists():
        path.write_text(f"hook {TOKEN}\n")
    assert (TokenFile(path).caller(text) is not None) == (text == TOKEN)


def test_two_tokens_of_a_role_are_valid_at_once(path: Path) -> None:
    """During a rotation the old and the new token both work."""
    path.write_text(f"hook {TOKEN}\nhook {OTHER}\n")
    file = TokenFile(path)
    assert file.caller(TOKEN) == file.caller(OTHER) == Caller(Role.HOOK)


def test_a_changed_file_is_read_again(path: Path) -> None:
    """After the recheck time a new token is known and a removed one is not."""
    clock = Clock()
    file = TokenFile(path, clock=clock)
    path.write_text(f"operator {OTHER}\n")
    assert file.caller(TOKEN) == Caller(Role.HOOK)
    clock.now += 1.5
    assert file.caller(OTHER) == Caller(Role.OPERATOR)
    assert file.caller(TOKEN) is None


def test_a_broken_file_leaves_the_former_tokens_valid(path: Path) -> None:
    """A missing or half-written file is logged once and changes nothing until it is whole again."""
    clock = Clock()
    file = TokenFile(path, clock=clock)
    with capture_logs() as lines:
        for content in ("hook", "", None):
            path.unlink() if content is None else path.write_text(content)
            for _ in range(2):
                clock.now += 1.5
                assert file.caller(TOKEN) == Caller(Role.HOOK)
    assert [line["log_level"] for line in lines] == ["error"] * 3
    path.write_text(f"hook {OTHER}\n")
    clock.now += 1.5
    assert (file.caller(TOKEN), file.caller(OTHER)) == (None, Caller(Role.HOOK))


def test_an_operator_covers_a_hook_and_not_the_other_way() -> None:
    """OPERATOR may do what HOOK may."""
    assert Role.OPERATOR.covers(Role.HOOK)
    assert Role.OPERATOR.covers(Role.OPERATOR)
    assert Role.HOOK.covers(Role.HOOK)
    assert not Role.HOOK.covers(Role.OPERATOR)


def test_the_guard_admits_by_token(path: Path) -> None:
    """Scheme and token must fit; the role must cover what the method needs."""
    guard = Guard(tokens=TokenFile(path), mutual_tls=False)
    assert admitted(guard, Role.HOOK, f"Bearer {TOKEN}") == "ok"
    assert admitted(guard, Role.HOOK, f"bearer  {TOKEN}") == "ok"
    assert admitted(guard, Role.OPERATOR, f"Bearer {TOKEN}") == "PermissionDenied"
    assert admitted(guard, Role.HOOK, f"Basic {TOKEN}") == "Unauthenticated"
    assert admitted(guard, Role.HOOK, TOKEN) == "Unauthenticated"
    assert admitted(guard, Role.HOOK, "") == "Unauthenticated"
    assert admitted(guard, Role.HOOK) == "Unauthenticated"
    assert admitted(guard, Role.HOOK, names=("pith-hook",)) == "Unauthenticated"


def test_the_guard_admits_by_certificate_only_with_mutual_tls() -> None:
    """Names in certificates count where certificates are demanded."""
    guard = Guard(tokens=None, mutual_tls=True)
    assert admitted(guard, Role.HOOK, names=("pith-hook-3",)) == "ok"
    assert admitted(guard, Role.OPERATOR, names=("pith-hook-3",)) == "PermissionDenied"
    assert admitted(guard, Role.HOOK, names=("someone",)) == "Unauthenticated"
    assert admitted(guard, Role.HOOK, f"Bearer {TOKEN}") == "Unauthenticated"


def test_the_guard_admits_all_where_nothing_is_set() -> None:
    """Without tokens and mTLS every role is granted and every tenant allowed."""
    guard = Guard(tokens=None, mutual_tls=False)
    assert admitted(guard, Role.OPERATOR) == "ok"
    require_tenant("anyone")


def test_a_tenant_is_required_of_bound_tokens_only(path: Path) -> None:
    """require_tenant refuses a foreign tenant for the length of a call by a bound token."""
    path.write_text(f"hook {TOKEN} t-1\n")
    guard = Guard(tokens=TokenFile(path), mutual_tls=False)

    def serve(tenant: str) -> None:
        guard.admit(Role.HOOK, authorization=f"Bearer {TOKEN}", certificate_names=())
        require_tenant(tenant)

    contextvars.copy_context().run(serve, "t-1")
    with pytest.raises(PermissionDenied):
        contextvars.copy_context().run(serve, "t-2")
    require_tenant("t-2")


def test_what_is_for_unbound_tokens_is_refused_to_every_bound_one(path: Path) -> None:
    """require_unbound passes an operator whose token names no tenants, and whoever calls where nothing is checked."""
    other = "o" * 20
    path.write_text(f"operator {TOKEN} t-1,t-2\noperator {other}\n")
    guard = Guard(tokens=TokenFile(path), mutual_tls=False)

    def serve(token: str) -> None:
        guard.admit(Role.OPERATOR, authorization=f"Bearer {token}", certificate_names=())
        require_unbound()

    with pytest.raises(PermissionDenied, match="bound to none"):
        contextvars.copy_context().run(serve, TOKEN)
    contextvars.copy_context().run(serve, other)
    require_unbound()


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (["pith-hook"], Role.HOOK),
        (["pith-hooks-7"], Role.HOOK),
        (["pith-hook.default.svc"], Role.HOOK),
        (["x", "pith-operator"], Role.OPERATOR),
        (["pith-hook", "pith-operator-1"], Role.OPERATOR),
        (["pith-hooked"], None),
        (["my-pith-hook"], None),
        (["pith-cache"], None),
        ([], None),
    ],
)
def test_certificate_names_carry_roles(names: list[str], role: Role | None) -> None:
    """The name itself or with a suffix after a dash or dot carries the role, anything else does not."""
    assert role_in_certificate(names) is role


@pytest.mark.parametrize(
    ("settings", "exposed"),
    [
        ({}, False),
        ({"allow_insecure": True}, False),
        ({"address": "0.0.0.0:1", "tokens_file": "/t"}, False),
        ({"address": "0.0.0.0:1", "tls_cert_file": "/c", "tls_key_file": "/k", "tls_client_ca_file": "/a"}, False),
        ({"address": "0.0.0.0:1", "allow_insecure": True}, True),
        ({"address": "0.0.0.0:1", "allow_insecure": True, "tokens_file": "/t"}, False),
    ],
)
def test_exposure_is_what_nothing_protects(settings: dict[str, object], *, exposed: bool) -> None:
    """An address beyond loopback is exposed when it has neither tokens nor mTLS."""
    assert check_exposure(EchoSettings(**settings)) is exposed


@pytest.mark.parametrize("more", [{}, {"tls_cert_file": "/c", "tls_key_file": "/k"}])
def test_exposure_by_accident_is_refused(more: dict[str, object]) -> None:
    """Encryption alone does not say who may call, so TLS without client certificates is refused as well."""
    with pytest.raises(SettingsError, match="not loopback; set PITH_ECHO_TOKENS_FILE"):
        check_exposure(EchoSettings(address="0.0.0.0:1", **more))


def test_unauthenticated_is_not_permission_denied() -> None:
    """The two refusals are told apart by their codes."""
    assert (Unauthenticated.code, PermissionDenied.code) == ("UNAUTHENTICATED", "PERMISSION_DENIED")

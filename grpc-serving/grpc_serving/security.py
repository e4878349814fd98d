"""Who calls and what they may do: roles, bearer tokens, names in client certificates, tenants."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import structlog

from grpc_serving.environment import SettingsError
from grpc_serving.errors import PermissionDenied, Unauthenticated
from grpc_serving.settings import ServingSettings

log = structlog.get_logger("grpc_serving.security")

MIN_TOKEN_CHARS = 16
CERTIFICATE_NAME = re.compile(r"pith-(hook|operator)s?([-.].*)?")


class Role(Enum):
    """What an RPC needs and a caller has."""

    HOOK = "hook"
    OPERATOR = "operator"

    def covers(self, needed: "Role") -> bool:
        """Whether a caller in this role may do what needs the other; an operator may do everything."""
        return self in {Role.OPERATOR, needed}


@dataclass(frozen=True)
class Caller:
    """Whoever makes a call: no role where nothing is checked, no tenants where all are allowed."""

    role: Role | None = None
    tenants: frozenset[str] | None = None


@dataclass(frozen=True)
class _Token:
    digest: bytes
    caller: Caller


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def require_tenant(tenant_id: str) -> None:
    """Raises PermissionDenied when the token of the current call is bound to tenants and this is none of them."""
    caller = _caller.get()
    if caller is not None and caller.tenants is not None and tenant_id not in caller.tenants:
        raise PermissionDenied("the token is bound to other tenants")


def require_unbound() -> None:
    """Raises PermissionDenied when the token of the current call is bound to tenants, whichever they are."""
    caller = _caller.get()
    if caller is not None and caller.tenants is not None:
        raise PermissionDenied("the token is bound to tenants; this needs one that is bound to none")


class TokenFile:
    """The bearer tokens of a file, read again when it changes; a file that cannot be read changes nothing.

    A line is `role token [tenant,tenant]`; `sha256:<hex>` stands for a token that only its owner knows.
    """

    def __init__(self, path: Path, *, recheck_s: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._recheck_s = recheck_s
        self._clock = clock
        self._checked_at = clock()
        self._stamp = file_stamp(path)
        self._tokens = read_tokens(path)

    def caller(self, token: str) -> Caller | None:
        """The caller a token stands for, None for an unknown token; takes the same time for every token."""
        self._reload()
        digest = hashlib.sha256(token.encode()).digest()
        found = None
        for known in self._tokens:
            if hmac.compare_digest(known.digest, digest):
                found = known.caller
        return found

    def _reload(self) -> None:
        if self._clock() - self._checked_at < self._recheck_s:
            return
        self._checked_at = self._clock()
        stamp = file_stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._tokens = read_tokens(self._path)
        except SettingsError as error:
            log.error("tokens file not reloaded, the former tokens stay valid", reason=str(error))  # noqa: TRY400
        else:
            log.info("tokens file reloaded", tokens=len(self._tokens))


def file_stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes when a file is written or replaced; None while it is missing."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


def read_tokens(path: Path) -> tuple[_Token, ...]:
    """The tokens of a file; SettingsError names the file and the line that cannot be used, never the token."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"tokens file {path}: {error}"]) from error
    written = ((number, re.split(r"(?:^|\s)#", line)[0].split()) for number, line in enumerate(lines, 1))
    tokens = tuple(_token(words, f"tokens file {path}, line {number}") for number, words in written if words)
    if not tokens:
        raise SettingsError([f"tokens file {path}: holds no token"])
    return tokens


def _token(words: Sequence[str], where: str) -> _Token:
    if len(words) not in {2, 3}:
        raise SettingsError([f"{where}: must read `role token [tenant,tenant]`"])
    if words[0] not in {role.value for role in Role}:
        raise SettingsError([f"{where}: role must be hook or operator"])
    tenants = frozenset(words[2].split(",")) - {""} if len(words) == 3 else None
    if tenants is not None and not tenants:
        raise SettingsError([f"{where}: names no tenant"])
    return _Token(_digest(words[1], where), Caller(Role(words[0]), tenants))


def _digest(token: str, where: str) -> bytes:
    if token.startswith("sha256:"):
        if not re.fullmatch(r"sha256:[0-9a-fA-F]{64}", token):
            raise SettingsError([f"{where}: sha256: must be followed by 64 hexadecimal digits"])
        return bytes.fromhex(token.removeprefix("sha256:"))
    if len(token) < MIN_TOKEN_CHARS:
        raise SettingsError([f"{where}: a token needs at least {MIN_TOKEN_CHARS} characters"])
    return hashlib.sha256(token.encode()).digest()


def role_in_certificate(names: Iterable[str]) -> Role | None:
    """The role that a client certificate's names carry: `pith-hook`, `pith-operator`, with any suffix after - or a dot."""
    matches = (CERTIFICATE_NAME.fullmatch(name) for name in names)
    roles = {Role(match[1]) for match in matches if match}
    return Role.OPERATOR if Role.OPERATOR in roles else next(iter(roles), None)


class Guard:
    """Admits a call by its token or client certificate; with neither tokens nor mTLS everybody may do everything."""

    def __init__(self, *, tokens: TokenFile | None, mutual_tls: bool) -> None:
        self._tokens = tokens
        self._mutual_tls = mutual_tls

    @property
    def is_open(self) -> bool:
        """Whether nobody needs to be asked for anything."""
        return self._tokens is None and not self._mutual_tls

    def admit(self, needed: Role, *, authorization: str | None, certificate_names: Sequence[str]) -> None:
        """Raises Unauthenticated or PermissionDenied, or remembers the caller for `require_tenant`."""
        caller = self._caller(authorization, certificate_names)
        if caller.role is not None and not caller.role.covers(needed):
            raise PermissionDenied(f"needs the role {needed.value}")
        _caller.set(caller)

    def _caller(self, authorization: str | None, certificate_names: Sequence[str]) -> Caller:
        if self.is_open:
            return Caller()
        if self._tokens is not None and authorization is not None:
            return self._token_holder(self._tokens, authorization)
        role = role_in_certificate(certificate_names) if self._mutual_tls else None
        if role is None:
            raise Unauthenticated("a bearer token or a client certificate that names a role is needed")
        return Caller(role)

    def _token_holder(self, tokens: TokenFile, authorization: str) -> Caller:
        scheme, _, token = authorization.partition(" ")
        caller = tokens.caller(token.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise Unauthenticated("the bearer token is unknown")
        return caller


def check_exposure(settings: ServingSettings) -> bool:
    """Whether the service will be reachable from elsewhere unprotected; SettingsError unless that was asked for."""
    if settings.is_loopback or settings.tokens_file is not None or settings.tls_client_ca_file is not None:
        return False
    if settings.allow_insecure:
        return True
    names = [settings.variable(field) for field in ("tokens_file", "tls_client_ca_file", "allow_insecure")]
    raise SettingsError(
        [
            f"{settings.variable('address')}: {settings.address} is not loopback; set {names[0]} or {names[1]}, or {names[2]}=true"
        ]
    )

"""Checks the short-lived token that platform-api sends with every request."""

# ruff: noqa: ARG001  (LiteLLM fixes the signatures and calls by keyword)

import hmac
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jwt
from fastapi import Request
from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth

from litellm_hooks import worker
from litellm_hooks.channel import WatchedFile
from litellm_hooks.config import HookSettings

ISSUER, AUDIENCE, ALGORITHM = "pith-platform", "pith", "EdDSA"
LEEWAY_S = 5

# The LLM paths of the edge, as LiteLLM names them; without this list a token would open its admin routes too.
ROUTES = [
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/responses",
    "/v1/responses/{response_id}",
    "/v1/models",
    "/v1/models/{model_id}",
]


async def verify(request: Request, api_key: str | None) -> UserAPIKeyAuth:
    """Let LiteLLM's custom_auth know who asks; the only exception out of here is ProxyException."""
    return authenticate(api_key or "", worker.settings(), public_key=_public_key().text)


def authenticate(credential: str, settings: HookSettings, *, public_key: Callable[[], str]) -> UserAPIKeyAuth:
    """Turn a credential into LiteLLM's view of its holder; the master key is the proxy's administrator."""
    credential = credential.removeprefix("Bearer ").strip()
    if not credential:
        raise _denied("no credential")
    if settings.master_key and hmac.compare_digest(credential.encode(), settings.master_key.encode()):
        return UserAPIKeyAuth(api_key=credential, user_role=LitellmUserRoles.PROXY_ADMIN, user_id="pith-admin")
    return _holder(_claims(credential, public_key()))


@cache
def _public_key() -> WatchedFile:
    return WatchedFile(worker.settings().jwt_public_key_file)


def _claims(token: str, public_key: str) -> Mapping[str, Any]:
    if not public_key:
        raise _denied("PITH_HOOKS_JWT_PUBLIC_KEY_FILE names no readable key")
    try:
        return jwt.decode(
            token,
            public_key,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "sub", "tenant"]},
        )
    except (jwt.PyJWTError, ValueError) as error:
        raise _denied(f"invalid token: {type(error).__name__}") from None


def _holder(claims: Mapping[str, Any]) -> UserAPIKeyAuth:
    tenant, key_id = _text(claims, "tenant"), _text(claims, "sub")
    policy, models = claims.get("policy"), claims.get("models")
    return UserAPIKeyAuth(
        api_key=f"pith:{tenant}:{key_id}",  # stable: rate limits and metric labels hang on it, and tokens change
        key_alias=key_id,
        user_id=key_id,
        team_id=tenant,
        models=[model for model in models if isinstance(model, str)] if isinstance(models, list) else [],
        rpm_limit=_limit(claims, "rpm"),
        tpm_limit=_limit(claims, "tpm"),
        allowed_routes=ROUTES,
        metadata={"pith": policy if isinstance(policy, dict) else {}},
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value or ":" in value:
        raise _denied(f"invalid token: claim {name}")
    return value


def _limit(claims: Mapping[str, Any], name: str) -> int | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _denied(f"invalid token: claim {name}")
    return value


def _denied(message: str) -> ProxyException:
    return ProxyException(message=message, type="auth_error", param="Authorization", code=401)

"""Authentication."""

import os
import time
from types import SimpleNamespace

import jwt
import pytest
from litellm.proxy._types import LitellmUserRoles, ProxyException
from litellm.proxy.auth.route_checks import RouteChecks

from fakes_hooks import Signer
from litellm_hooks.auth import ROUTES, authenticate, verify
from litellm_hooks.config import HookSettings

# LiteLLM's own warning about its own types, at their first use.
pytestmark = pytest.mark.filterwarnings("ignore:.* on TypedDict class:UserWarning")

SIGNER = Signer()
SETTINGS = HookSettings(master_key="sk-master-1234")


def _authenticate(credential):
    return authenticate(credential, SETTINGS, public_key=lambda: SIGNER.public_pem)


def test_a_token_names_its_holder():
    """Tenant, key, models, limits and policy become LiteLLM's view of the key."""
    policy = {"cache": False}
    holder = _authenticate(SIGNER.token("acme", "k9", models=["gpt-4o"], rpm=5, tpm=100, policy=policy))
    assert (holder.team_id, holder.user_id, holder.key_alias, holder.models) == ("acme", "k9", "k9", ["gpt-4o"])
    assert (holder.rpm_limit, holder.tpm_limit, holder.metadata) == (5, 100, {"pith": policy})
    assert holder.allowed_routes == ROUTES
    assert holder.user_role is None


def test_the_id_is_stable():
    """Two tokens of one key are one key to LiteLLM's limits and metrics; the token itself is nowhere."""
    one, two = (_authenticate("Bearer " + SIGNER.token(exp=int(time.time()) + n)) for n in (60, 90))
    assert one.api_key == two.api_key == "pith:acme:k1"


def test_without_models_all_are_allowed():
    """An absent or empty list allows every model group."""
    assert _authenticate(SIGNER.token()).models == []
    assert _authenticate(SIGNER.token(models=[])).models == []


def test_the_master_key_is_the_administrator():
    """LiteLLM's own key opens its admin routes."""
    assert _authenticate("Bearer sk-master-1234").user_role is LitellmUserRoles.PROXY_ADMIN


def test_an_unset_master_key_opens_nothing():
    """An empty setting is not a password."""
    with pytest.raises(ProxyException):
        authenticate("", HookSettings(), public_key=lambda: SIGNER.public_pem)


def _unsigned():
    return jwt.encode({"sub": "k", "tenant": "t"}, None, algorithm="none")


def _by_secret():
    claims = {"iss": "pith-platform", "aud": "pith", "sub": "k", "tenant": "t", "iat": 1, "exp": 9999999999}
    return jwt.encode(claims, "x" * 32, algorithm="HS256")


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "Bearer ",
        "sk-garbage",
        "sk-master-1235",
        "é",
        _unsigned(),
        _by_secret(),
        Signer().token(),
        SIGNER.token(exp=int(time.time()) - 60),
        SIGNER.token(iss="somebody"),
        SIGNER.token(aud="other"),
        SIGNER.token(tenant=""),
        SIGNER.token(tenant=7),
        SIGNER.token(tenant="a:b"),
        SIGNER.token(sub="a:b"),
        SIGNER.token(rpm="many"),
        SIGNER.token(tpm=-1),
        SIGNER.token(rpm=True),
        SIGNER.token()[:-4] + "AAAA",
    ],
)
def test_anything_else_is_refused_with_401(credential):
    """Missing, foreign, expired, unsigned and malformed credentials get LiteLLM's own exception."""
    with pytest.raises(ProxyException) as caught:
        _authenticate(credential)
    assert int(caught.value.code) == 401


@pytest.mark.parametrize("claim", ["exp", "iat", "sub", "tenant"])
def test_every_required_claim_is_required(claim):
    """A token without one of them is refused."""
    claims = jwt.decode(SIGNER.token(), options={"verify_signature": False})
    del claims[claim]
    with pytest.raises(ProxyException):
        _authenticate(jwt.encode(claims, SIGNER._private, algorithm="EdDSA"))


def test_a_missing_key_file_refuses_tokens():
    """Without a public key nobody gets in, and the message says what is missing."""
    with pytest.raises(ProxyException, match="PITH_HOOKS_JWT_PUBLIC_KEY_FILE"):
        authenticate(SIGNER.token(), SETTINGS, public_key=lambda: "")


def test_nonsense_in_the_key_file_refuses_tokens():
    """A file that is no key is a refusal, not a crash."""
    with pytest.raises(ProxyException):
        authenticate(SIGNER.token(), SETTINGS, public_key=lambda: "not a key")


async def test_litellm_may_pass_none():
    """Without a credential LiteLLM passes None."""
    assert "PITH_HOOKS_JWT_PUBLIC_KEY_FILE" not in os.environ
    with pytest.raises(ProxyException):
        await verify(SimpleNamespace(), None)


@pytest.mark.parametrize(
    ("route", "allowed"),
    [
        ("/v1/chat/completions", True),
        ("/v1/messages", True),
        ("/v1/responses/resp_123", True),
        ("/v1/models/gpt-4o", True),
        ("/health", False),
        ("/model/info", False),
        ("/key/generate", False),
        ("/metrics", False),
        ("/v1/responses/resp_123/input_items", False),
    ],
)
def test_a_token_opens_the_llm_paths_only(route, allowed):
    """LiteLLM's own route check agrees with the list."""
    assert RouteChecks.check_route_access(route=route, allowed_routes=ROUTES) is allowed

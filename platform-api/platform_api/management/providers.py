"""/v1/providers: shows the providers and the model names that mean them.

Whether a provider's key is set is LiteLLM's knowledge, so it is not claimed here.
"""

from fastapi import APIRouter
from pydantic import BaseModel

from platform_api.edge.routing import PROVIDERS

router = APIRouter(prefix="/v1/providers", tags=["providers"])


class ProviderAnswer(BaseModel):
    """A provider and the beginnings of its models' names."""

    name: str
    model_prefixes: list[str]


class ProviderList(BaseModel):
    """All providers."""

    data: list[ProviderAnswer]


@router.get("")
def list_providers() -> ProviderList:
    """List the providers."""
    return ProviderList(
        data=[
            ProviderAnswer(name=provider.name, model_prefixes=list(provider.model_prefixes)) for provider in PROVIDERS
        ]
    )

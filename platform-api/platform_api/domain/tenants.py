"""What a tenant is."""

import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TENANT_ID_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
MAX_TENANT_ID = 64
MAX_NAME = 200

_ID_LETTERS = string.ascii_lowercase + string.digits


class TenantStatus(StrEnum):
    """Whether a tenant's keys are let in."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer: the border that caches, keys and usage never cross."""

    id: str
    name: str
    status: TenantStatus
    created_at: datetime


def is_tenant_id(text: str) -> bool:
    """Tell whether a text may be a tenant's id: lower-case letters, digits and inner dashes, at most 64."""
    return re.fullmatch(TENANT_ID_PATTERN, text) is not None


def new_tenant_id() -> str:
    """Make an id for a tenant that came without one."""
    return "t" + "".join(secrets.choice(_ID_LETTERS) for _ in range(11))

"""The errors with which a domain module ends a call; pure, the interceptor turns them into gRPC statuses."""

from typing import ClassVar


class ServingError(Exception):
    """Ends the call with the status named by `code`; the message reaches the caller, so it holds no secret."""

    code: ClassVar[str] = "UNKNOWN"


class InvalidArgument(ServingError):  # noqa: N818
    """The request is wrong in one field and stays wrong when it is sent again."""

    code = "INVALID_ARGUMENT"

    def __init__(self, field: str, description: str) -> None:
        super().__init__(f"{field}: {description}")
        self.field = field
        self.description = description


class Overloaded(ServingError):  # noqa: N818
    """A bounded queue is full; the same request may succeed after `retry_after_s`."""

    code = "RESOURCE_EXHAUSTED"

    def __init__(self, what: str, *, retry_after_s: float) -> None:
        super().__init__(f"{what}; retry after {retry_after_s:.3f} s")
        self.retry_after_s = retry_after_s


class Unavailable(ServingError):  # noqa: N818
    """Something this call needs is loading, down or shutting down."""

    code = "UNAVAILABLE"

    def __init__(self, description: str) -> None:
        super().__init__(description)


class NotFound(ServingError):  # noqa: N818
    """What the request names does not exist, or not for this caller."""

    code = "NOT_FOUND"

    def __init__(self, description: str) -> None:
        super().__init__(description)


class FailedPrecondition(ServingError):  # noqa: N818
    """The state of the service does not allow this call, for instance because artefacts differ."""

    code = "FAILED_PRECONDITION"

    def __init__(self, description: str) -> None:
        super().__init__(description)


class PermissionDenied(ServingError):  # noqa: N818
    """The caller is known and may not do this."""

    code = "PERMISSION_DENIED"

    def __init__(self, description: str) -> None:
        super().__init__(description)


class Unauthenticated(ServingError):  # noqa: N818
    """The caller has not shown who it is."""

    code = "UNAUTHENTICATED"

    def __init__(self, description: str) -> None:
        super().__init__(description)

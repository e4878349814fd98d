"""Domain errors as gRPC statuses."""

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from hypothesis import given
from hypothesis import strategies as st

from grpc_serving import errors
from grpc_serving.statuses import status_of


def details_of(status: grpc.Status) -> status_pb2.Status:
    """The rich status inside the trailers."""
    return status_pb2.Status.FromString(dict(status.trailing_metadata)["grpc-status-details-bin"])


@pytest.mark.parametrize(
    "cls",
    [errors.Unavailable, errors.NotFound, errors.FailedPrecondition, errors.PermissionDenied, errors.Unauthenticated],
)
def test_a_plain_error_keeps_code_and_text(cls: type[errors.ServingError]) -> None:
    """Errors without details become their code with their text."""
    status = status_of(cls("the reason"))
    assert (status.code, status.details) == (grpc.StatusCode[cls.code], "the reason")
    assert not details_of(status).details


@given(field=st.text(max_size=3000), description=st.text(max_size=5000))
def test_an_invalid_argument_of_any_length_stays_small(field: str, description: str) -> None:
    """However long the parts are, the trailers stay under the 8 kB that clients accept."""
    status = status_of(errors.InvalidArgument(field, description))
    bad = error_details_pb2.BadRequest()
    assert details_of(status).details[0].Unpack(bad)
    assert field.startswith(bad.field_violations[0].field.removesuffix("…"))
    sent = dict(status.trailing_metadata)["grpc-status-details-bin"]
    assert len(sent) * 4 / 3 + 3 * len(status.details.encode()) < 4000


def test_half_a_character_is_no_obstacle() -> None:
    """Text that is not valid Unicode still becomes a status."""
    assert status_of(errors.InvalidArgument("text", "\ud800")).details == "text: ?"


@given(st.floats(0, 3600))
def test_a_retry_delay_is_at_least_a_millisecond(retry_after_s: float) -> None:
    """The delay in the details is the one asked for, to the millisecond, and never nothing."""
    retry = error_details_pb2.RetryInfo()
    assert details_of(status_of(errors.Overloaded("full", retry_after_s=retry_after_s))).details[0].Unpack(retry)
    assert retry.retry_delay.ToMilliseconds() == max(1, round(retry_after_s * 1000))

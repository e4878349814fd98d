"""The domain errors: codes and texts."""

import subprocess
import sys

import grpc
import pytest

from grpc_serving import errors


def test_every_error_names_a_grpc_code() -> None:
    """Each error's code is the name of a gRPC status, and each has its own."""
    classes = errors.ServingError.__subclasses__()
    codes = {grpc.StatusCode[cls.code] for cls in classes}
    assert len(codes) == len(classes) == 7


def test_an_invalid_argument_keeps_field_and_description_apart() -> None:
    """The text names the field first; both parts can be read for the details."""
    error = errors.InvalidArgument("budget_ms", "must not be negative")
    assert str(error) == "budget_ms: must not be negative"
    assert (error.field, error.description) == ("budget_ms", "must not be negative")


def test_an_overload_says_what_and_when() -> None:
    """The text has what is full and when to come back."""
    error = errors.Overloaded("model has 8 items waiting", retry_after_s=0.5)
    assert str(error) == "model has 8 items waiting; retry after 0.500 s"


@pytest.mark.parametrize("module", ["errors", "batcher"])
def test_the_module_needs_no_grpc(module: str) -> None:
    """Domain modules can raise these errors and batch calls without loading gRPC."""
    script = f"import sys, grpc_serving.{module}; sys.exit('grpc' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)

"""Runs the echo service of the tests as a process; the settings are PITH_ECHO_*."""

import asyncio
import os
import sys
from collections.abc import Sequence

import grpc
import structlog
from google.protobuf.wrappers_pb2 import StringValue

from fakes_serving import NAME, ROLES, Echo, EchoSettings
from grpc_serving.server import Health, Service, main


class ProcessEcho(Echo):
    """An echo that can also be slow and tell its process."""

    async def echo(self, request: StringValue, context: grpc.aio.ServicerContext) -> StringValue:
        """Answers "pid" with the process id, "slow" after half a second."""
        if request.value == "pid":
            return StringValue(value=str(os.getpid()))
        if request.value == "slow":
            structlog.get_logger("test").info("slow call begun")
            await asyncio.sleep(0.5)
        return await super().echo(request, context)


async def build(settings: EchoSettings, _health: Health) -> Sequence[Service]:
    """Builds the service in whichever process serves it; some models take long to load."""
    if settings.greeting == "later":
        structlog.get_logger("test").info("loading")
        await asyncio.sleep(60)
    echo = ProcessEcho()
    return [Service(NAME, echo.register, ROLES, echo.close)]


if __name__ == "__main__":
    sys.exit(main(EchoSettings, build))

"""Runs platform-api: `python -m platform_api`."""

import asyncio
import signal
import sys

import structlog
import uvloop

from grpc_serving.observe import configure_logging, start_metrics
from grpc_serving.settings import SettingsError, load_settings

from .app import start
from .settings import PlatformSettings

_UNUSABLE_SETTINGS = 2

log = structlog.get_logger("platform_api")


def main() -> int:
    """Serve until SIGTERM or SIGINT and drain; the exit code is 2 for settings that cannot be used."""
    try:
        settings = load_settings(PlatformSettings)
        configure_logging(settings)
        uvloop.run(_serve(settings))
    except SettingsError as error:
        for line in error.lines:
            sys.stderr.write(f"cannot start: {line}\n")
        return _UNUSABLE_SETTINGS
    return 0


async def _serve(settings: PlatformSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with start_metrics(settings.metrics_port, settings.host or "127.0.0.1"):
        running = await start(settings)
        log.info(
            "listening",
            edge_port=running.edge_port,
            management_port=running.management_port,
            usage_port=running.usage_port,
        )
        await stop.wait()
        log.info("draining", grace_s=settings.grace_s)
        await running.stop()
        log.info("stopped")


if __name__ == "__main__":
    sys.exit(main())

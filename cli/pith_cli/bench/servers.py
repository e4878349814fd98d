"""Starts one service for a bench: on free ports, with data in a folder that goes away."""

import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pith_cli.up.environment import child_environment
from pith_cli.up.ports import HOST, choose_ports
from pith_cli.up.probes import all_of, grpc_serving, log_says
from pith_cli.up.processes import ProcessGroup, ProcessSpec

_DEADLINE_S = 60.0
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Started:
    """Where a service that was started listens."""

    address: str
    metrics_url: str


def compressor_service(*, workers: int = 1) -> AbstractAsyncContextManager[Started]:
    """Start a compressor; its metrics are those of the first worker."""
    settings = {"WORKERS": str(workers)}
    return service("compressor_service", "PITH_COMPRESSOR_", needs_data=True, settings=settings)


@asynccontextmanager
async def service(
    module: str, prefix: str, *, needs_data: bool, settings: Mapping[str, str] = _NOTHING
) -> AsyncIterator[Started]:
    """Start what `python -m module` starts; the prefix is that of its settings."""
    ports = choose_ports({"grpc": 0, "metrics": 0}, only_free=True).ports
    address = f"{HOST}:{ports['grpc']}"
    with tempfile.TemporaryDirectory(prefix="pith-bench-") as folder:
        own = {f"{prefix}ADDRESS": address, f"{prefix}METRICS_PORT": str(ports["metrics"])}
        own |= {f"{prefix}DATA_DIR": folder} if needs_data else {}
        own |= {f"{prefix}{name}": value for name, value in settings.items()}
        name = module.replace("_", "-")
        # The first worker answers for all; one that is still loading would get no connection, and no call.
        log = Path(folder) / "logs" / f"{name}.log"
        spec = ProcessSpec(
            name=name,
            command=[sys.executable, "-m", module],
            env=child_environment(os.environ, real=False) | own,
            probe=all_of(grpc_serving(address), log_says(log, '"serving"', times=int(settings.get("WORKERS", "1")))),
            deadline_s=_DEADLINE_S,
            where=address,
        )
        group = ProcessGroup(Path(folder) / "logs")
        try:
            await group.start([spec], lambda _: None)
            yield Started(address, f"http://{HOST}:{ports['metrics']}/metrics")
        finally:
            await group.stop()

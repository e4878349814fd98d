"""Service processes for the long checks: started on free ports, restarted at will, their memory read."""

import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from pith_cli.up.environment import child_environment
from pith_cli.up.ports import HOST, choose_ports
from pith_cli.up.probes import grpc_serving
from pith_cli.up.processes import Child, ProcessSpec

_DEADLINE_S = 60.0
_GRACE_S = 15.0


class ServiceProcess:
    """One service as its own process, `python -m module`; settings are given without their prefix."""

    def __init__(self, module: str, prefix: str, folder: Path, **settings: str) -> None:
        ports = choose_ports({"grpc": 0, "metrics": 0}, only_free=True).ports
        self.address = f"{HOST}:{ports['grpc']}"
        self.metrics_url = f"http://{HOST}:{ports['metrics']}/metrics"
        own = {"ADDRESS": self.address, "METRICS_PORT": str(ports["metrics"]), "LOG_LEVEL": "WARNING", **settings}
        spec = ProcessSpec(
            name=module,
            command=[sys.executable, "-m", module],
            env=child_environment(os.environ, real=False) | {prefix + name: value for name, value in own.items()},
            probe=grpc_serving(self.address),
            deadline_s=_DEADLINE_S,
        )
        self._child = Child(spec, folder / f"{module}-{ports['grpc']}.log")

    async def __aenter__(self) -> Self:
        await self._child.start()
        await self._child.wait_ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._child.stop(_GRACE_S)

    async def restart(self) -> None:
        """Stop it as an operator would, and start it again on the same port and folder."""
        await self._child.stop(_GRACE_S)
        await self._child.start()
        await self._child.wait_ready()

    async def kill_and_restart(self) -> None:
        """Take it away without warning, and start it again on the same port and folder."""
        await self.kill()
        await self.start_again()

    async def kill(self) -> None:
        """Take it away without warning."""
        os.kill(self._child.pid or 0, signal.SIGKILL)
        await self._child.stop(0.0)

    async def start_again(self) -> None:
        """Start it on the same port and folder; a process that uses gRPC at this moment must not fork."""
        await self._child.start()
        await self._child.wait_ready()

    def rss_mb(self) -> float:
        """Resident memory of the process, in MiB."""
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

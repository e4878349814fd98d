"""Regenerates the gRPC stubs beside their .proto files with the pinned grpcio-tools."""

from __future__ import annotations

import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).parent
# Stubs of a newer version refuse to be imported beside the grpcio that LiteLLM may bring.
GRPCIO_TOOLS = "1.78.0"


def generate(out: Path) -> None:
    """Writes *_pb2.py, *_pb2.pyi and *_pb2_grpc.py of every .proto under ROOT to the same places under `out`."""
    protos = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("pith/*/v1/*.proto"))
    well_known = files("grpc_tools") / "_proto"
    includes = [f"-I{ROOT}", f"-I{well_known}"]
    outputs = [f"--python_out={out}", f"--pyi_out={out}", f"--grpc_python_out={out}"]
    if protoc.main(["protoc", *includes, *outputs, *protos]) != 0:
        sys.exit("protoc failed: see its message above")


def main() -> None:
    """Checks the version of the tools and regenerates in place, or into the folder named on the command line."""
    if version("grpcio-tools") != GRPCIO_TOOLS:
        sys.exit(f"grpcio-tools is {version('grpcio-tools')}, but stubs are made with {GRPCIO_TOOLS}: run make setup")
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)


if __name__ == "__main__":
    main()

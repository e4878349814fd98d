"""Runs the compressor service: `python -m compressor_service`, set by PITH_COMPRESSOR_* variables."""

import os
import sys

# One request is one thread's work; a pool of BLAS threads would only fight it for the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from compressor_service.assembly import build
from compressor_service.settings import CompressorSettings
from grpc_serving.server import main

if __name__ == "__main__":
    sys.exit(main(CompressorSettings, build))

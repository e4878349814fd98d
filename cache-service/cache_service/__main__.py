"""Runs the cache service: `python -m cache_service`, set by PITH_CACHE_* variables."""

import os
import sys

# One search is one thread's work; a pool of BLAS threads would only fight the embedder for the cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from cache_service.assembly import build
from cache_service.settings import CacheSettings
from grpc_serving.server import main

if __name__ == "__main__":
    sys.exit(main(CacheSettings, build))

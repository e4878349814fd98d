"""Replays a stream through GPTCache: `python -m pith_cli.eval.gptcache_stream FOLDER THRESHOLD [WEIGHTS]`.

Runs in the environment of the peers; reads FOLDER/stream.jsonl and writes FOLDER/served.json.
"""

import json
import sys
import time
from pathlib import Path

from cache_service.embedders import load_embedder
from pith_cli.bench.peers_gptcache import GptCache
from pith_cli.eval.streams import read_stream


def main(folder: Path, threshold: float, weights: Path | None) -> None:
    """Ask every request, and store the right answer of what is not served."""
    cache = GptCache(folder, load_embedder("onnx_minilm", weights_dir=weights), threshold=threshold)
    served, took_ms = [], []
    for request in read_stream(folder / "stream.jsonl"):
        started = time.perf_counter()
        answer = cache.get(request.text)
        took_ms.append((time.perf_counter() - started) * 1000)
        served.append(answer)
        if answer is None:
            cache.put(request.text, request.answer_id)
    written = json.dumps({"served": served, "took_ms": took_ms})
    (folder / "served.json").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)

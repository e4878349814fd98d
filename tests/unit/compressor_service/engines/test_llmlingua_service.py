"""The whole service with an LLMLingua-2 checkpoint, called by many at once."""

import asyncio
from pathlib import Path

from compressor_service.assembly import build
from compressor_service.settings import CompressorSettings
from grpc_serving.server import start
from grpc_serving.settings import load_settings
from pith_cli.bench.peers_texts import plain_texts
from pith_cli.clients import CompressorClient, Options, Text


async def test_concurrent_requests_are_cut_alike(tiny: Path, tmp_path: Path) -> None:
    """The reply names the engine, keeps the rate, and is the same alone and among others."""
    env = {
        "PITH_COMPRESSOR_ADDRESS": "127.0.0.1:0",
        "PITH_COMPRESSOR_METRICS_PORT": "0",
        "PITH_COMPRESSOR_DATA_DIR": str(tmp_path),
        "PITH_COMPRESSOR_WORD_ENGINE": "llmlingua2",
        "PITH_COMPRESSOR_LLMLINGUA_MODEL": str(tiny),
        "PITH_COMPRESSOR_LLMLINGUA_DEVICE": "cpu",
        "PITH_COMPRESSOR_LLMLINGUA_THREADS": "1",
    }
    server = await start(load_settings(CompressorSettings, env), build)
    options = Options(engine="llmlingua2", rate=0.5, budget_ms=30_000, min_tokens=0)
    texts = [[Text("tool", text)] for text in plain_texts(8, seed=5, tokens=(300, 300))]
    try:
        async with CompressorClient(f"127.0.0.1:{server.port}", timeout_s=40) as client:
            together = await asyncio.gather(*(client.compress(one, options) for one in texts))
            alone = [await client.compress(one, options) for one in texts]
    finally:
        await server.stop()
    for first, second in zip(together, alone, strict=True):
        assert first.engine == "llmlingua2"
        assert [one.text for one in first.texts] == [one.text for one in second.texts]
        assert 0.4 <= first.eligible_after / first.eligible_before <= 0.5

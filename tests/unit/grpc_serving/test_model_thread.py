"""The thread of a model."""

import asyncio
import subprocess
import sys
import threading

from fakes_serving import eventually
from grpc_serving.model_thread import ModelThread

HUNG = """
import asyncio, threading
from grpc_serving.batcher import Batcher

async def main():
    batcher = Batcher(lambda items: threading.Event().wait(), max_batch=1, max_waiting=1)
    call = asyncio.create_task(batcher.submit(1))
    await asyncio.sleep(0.05)
    await batcher.close()
    print(type((await asyncio.gather(call, return_exceptions=True))[0]).__name__)

asyncio.run(main())
"""


async def test_functions_run_in_the_named_thread_and_the_loop_goes_on() -> None:
    """The result comes back to the loop, which meanwhile does other things."""
    thread: ModelThread[str] = ModelThread("model-9")
    gate = threading.Event()

    def work() -> str:
        gate.wait(5)
        return threading.current_thread().name

    running = asyncio.create_task(thread.run(work))
    await asyncio.sleep(0.01)
    assert not running.done()
    gate.set()
    assert await running == "model-9"
    thread.close()
    await eventually(lambda: "model-9" not in {alive.name for alive in threading.enumerate()})


async def test_a_cancelled_caller_does_not_disturb_the_thread() -> None:
    """The thread finishes what it began and serves the next one."""
    thread: ModelThread[int] = ModelThread("model-10")
    gate = threading.Event()
    left = asyncio.create_task(thread.run(lambda: gate.wait(5) and 1))
    await asyncio.sleep(0.01)
    left.cancel()
    gate.set()
    assert await thread.run(lambda: 2) == 2
    thread.close()


def test_a_hung_model_does_not_keep_the_process() -> None:
    """A process ends although a model never returns, and its caller was told."""
    done = subprocess.run([sys.executable, "-c", HUNG], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "Unavailable\n"

"""The parts that looking up, storing and inspecting share in one process."""

from dataclasses import dataclass

from cache_service.calibrations import Calibrations
from cache_service.candidates import Candidates
from cache_service.embedding import Embedding
from cache_service.policies import Policies
from cache_service.questions import Questions
from cache_service.single_flight import Flights
from cache_service.stores import EntryStore
from cache_service.tally import Tally


@dataclass(frozen=True)
class Parts:
    """What is made once, in `assembly`, and passed on; without an embedding only the exact tier serves."""

    store: EntryStore
    policies: Policies
    questions: Questions
    embedding: Embedding | None
    calibrations: Calibrations
    candidates: Candidates
    flights: Flights
    tally: Tally
    token_key: bytes

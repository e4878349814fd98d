"""Property tests of the compressor are bounded by their number of examples, not by the clock of a busy machine."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

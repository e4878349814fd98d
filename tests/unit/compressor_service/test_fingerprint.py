"""The engine's fingerprint."""

from compressor_service.fingerprint import engine_fingerprint


def test_the_fingerprint_is_stable_and_changes_with_its_parts() -> None:
    """The same modules and versions have one name; another tokenizer has another."""
    assert engine_fingerprint("bpe-1") == engine_fingerprint("bpe-1")
    assert engine_fingerprint("bpe-1") != engine_fingerprint("bpe-2")
    assert engine_fingerprint().startswith("sentences-")

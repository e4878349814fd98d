"""The fingerprint of code and weights."""

from compressor_service.fingerprint import code_fingerprint


def test_the_fingerprint_is_stable_and_changes_with_its_parts() -> None:
    """The same modules, weights and versions have one name; another tokenizer has another."""
    assert code_fingerprint("bpe-1") == code_fingerprint("bpe-1")
    assert code_fingerprint("bpe-1") != code_fingerprint("bpe-2")
    assert len(code_fingerprint()) == 12

"""Texts for the comparison with peers."""

from pith_cli.bench.peers_texts import contexts, plain_texts, texts


def test_texts_differ_and_repeat_by_their_seed() -> None:
    """The same seed gives the same texts, another one others."""
    made = texts(50, seed=1)
    assert made == texts(50, seed=1)
    assert len(set(made)) == 50
    assert not set(made) & set(texts(50, seed=2))


def test_texts_hold_what_tokenizers_stumble_over() -> None:
    """Numbers, marks of their own, other scripts; a few are much longer than the rest."""
    made = texts(60, seed=1)
    joined = "".join(made)
    assert all(odd in joined for odd in ("17.38", "[SEP]", "▁a", "##s", "😀", "مرحبا", "\n\n", "  "))
    assert max(map(len, made)) > 8 * sorted(map(len, made))[30]


def test_contexts_are_the_paragraphs_of_a_text() -> None:
    """Empty ones are left out, and all after the fourth."""
    assert contexts("a\n\n\n\nb c\n\n ") == ["a", "b c"]
    assert contexts("\n\n".join("abcdef")) == list("abcd")


def test_plain_texts_have_the_tokens_asked_for() -> None:
    """Words and full stops are counted."""
    for text in plain_texts(20, seed=1, tokens=(50, 150)):
        assert 49 <= len(text.replace(".", " .").split()) <= 150
    (long,) = plain_texts(1, seed=1, tokens=(2000, 2000))
    assert 1999 <= len(long.replace(".", " .").split()) <= 2000

"""Token counts as the target model's tokenizer, or the nearest public one, sees them."""

import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import PathFinder
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Protocol

O200K = "o200k_base"
CL100K = "cl100k_base"
# Prefixes of model names whose own tokenizer is public.
EXACT_FOR: dict[str, tuple[str, ...]] = {
    O200K: ("gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "chatgpt-4o", "o1", "o3", "o4"),
    CL100K: ("gpt-4", "gpt-3.5-turbo", "text-embedding-3", "text-embedding-ada-002"),
}

# Texts as short as a word come again; so many of them are known by heart.
_WORD_CHARACTERS = 20
_REMEMBERED_WORDS = 65_536


@dataclass(frozen=True, slots=True)
class TokenizerChoice:
    """Which vocabulary counts for a model, and whether it is the model's own."""

    name: str
    exact: bool


def choose_tokenizer(model: str) -> TokenizerChoice:
    """Pick the vocabulary for a model by the longest known prefix of its name; a provider prefix is ignored."""
    name = model.rsplit("/", 1)[-1].lower()
    matches = [
        (len(prefix), vocabulary) for vocabulary, known in EXACT_FOR.items() for prefix in known if _is(name, prefix)
    ]
    if not matches:
        return TokenizerChoice(CL100K, exact=False)
    return TokenizerChoice(max(matches)[1], exact=True)


def _is(name: str, prefix: str) -> bool:
    """Match whole name parts only, so that "o1" is not found in "o100-large"."""
    return name.startswith(prefix) and not name[len(prefix) : len(prefix) + 1].isalnum()


class _Tokenizer(Protocol):
    def count(self, text: str) -> int: ...


class TokenCounter:
    """Counts tokens; safe to share between threads."""

    def __init__(self) -> None:
        bindings = _load_bindings()
        self._tokenizers: dict[str, _Tokenizer] = {name: bindings.tokenizer_for_encoding(name) for name in EXACT_FOR}
        self._words = lru_cache(maxsize=_REMEMBERED_WORDS)(self._count)
        self.fingerprint = f"bpe-openai-{version('bpe-openai')}"

    def count(self, text: str, tokenizer: str = O200K) -> int:
        """Return how many tokens the text has; special tokens are counted as plain text."""
        return self._words(text, tokenizer) if len(text) <= _WORD_CHARACTERS else self._count(text, tokenizer)

    def _count(self, text: str, tokenizer: str) -> int:
        return self._tokenizers[tokenizer].count(text)


class RecentCount:
    """Counts the tokens of one request's texts by one vocabulary, and knows the last count by heart.

    What a choice costs is counted before it is verified and again when it is reported: mostly it is the same text.
    """

    def __init__(self, counter: TokenCounter, tokenizer: str) -> None:
        self._counter = counter
        self._tokenizer = tokenizer
        self._last: tuple[str, int] = ("", 0)

    def __call__(self, text: str) -> int:
        """Return how many tokens the text has."""
        known, tokens = self._last
        if text != known:
            tokens = self._counter.count(text, self._tokenizer)
            self._last = text, tokens
        return tokens


def _load_bindings() -> ModuleType:
    """Load the compiled half of bpe_openai alone.

    Its Python half reads both vocabularies into dictionaries on import, which takes half a second and memory that
    nothing here uses.
    """
    name = "bpe_openai._bindings"
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec("bpe_openai")
    spec = PathFinder.find_spec(name, package.submodule_search_locations) if package else None
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("bpe-openai is not installed", name="bpe_openai")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules[name] = module
    return module

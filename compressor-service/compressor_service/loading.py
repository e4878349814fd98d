"""Opens what the settings name: engines, policies, the memo."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

import structlog

from compressor_service.engines import EngineOptions, EngineUnavailableError, WordScorer, load_word_scorer
from compressor_service.fingerprint import code_fingerprint
from compressor_service.memos import Memo, MemoOptions, open_memo
from compressor_service.policies_file import WatchedPolicies
from compressor_service.policy import Defaults, FixedPolicies, Policies, Profile
from compressor_service.relevance import load_scorer
from compressor_service.sealing import Keyring, load_keyring, memo_key, new_keyring
from compressor_service.settings import CompressorSettings
from compressor_service.tiers import Engines
from grpc_serving.environment import SettingsError

# Engines whose model gains from several texts in one call.
_BATCHED = frozenset({"llmlingua2", "llmlingua_library"})
_DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"

log = structlog.get_logger("compressor_service.loading")


async def load_engines(settings: CompressorSettings, tokenizer_version: str, closing: AsyncExitStack) -> Engines:
    """Load what scores sentences, and the word engines that the settings name; SettingsError when one that was named cannot run here.

    Only the default engine may be missing, where nobody asked for it: text without a question then keeps its words.
    """
    options = EngineOptions(
        model=settings.llmlingua_model,
        device=settings.llmlingua_device,
        precision=settings.llmlingua_precision,
        threads=settings.llmlingua_threads,
    )
    words: dict[str, WordScorer] = {}
    for name in settings.engine_names:
        try:
            words[name] = await _load(name, options, closing)
        except EngineUnavailableError as error:
            if name != settings.word_engine or "word_engine" in settings.model_fields_set:
                raise SettingsError([str(error)]) from error
            log.warning("text without a question keeps its words", reason=str(error))
    default = settings.word_engine if settings.word_engine in words else ""
    return Engines(code_fingerprint(tokenizer_version), load_scorer(), words, default)


async def _load(name: str, options: EngineOptions, closing: AsyncExitStack) -> WordScorer:
    scorer = load_word_scorer(name, options)
    if name not in _BATCHED:
        return scorer
    from compressor_service.engines.batched import BatchedScorer  # noqa: PLC0415

    batched = await BatchedScorer.start(scorer)
    closing.push_async_callback(batched.close)
    return batched


def open_policies(settings: CompressorSettings, engines: Sequence[str], closing: AsyncExitStack) -> Policies:
    """Open the policies file, or take the settings for every tenant."""
    defaults = Defaults(
        profile=Profile[settings.default_profile.upper()],
        furthest=Profile[settings.furthest_profile.upper()],
        min_tokens=settings.min_tokens,
    )
    if settings.policies_file is None:
        return FixedPolicies(defaults)
    policies = WatchedPolicies(settings.policies_file.expanduser(), defaults, engines)
    policies.watch()
    closing.push_async_callback(policies.close)
    return policies


def open_shared_memo(settings: CompressorSettings, closing: AsyncExitStack) -> tuple[Memo, Keyring]:
    """Open the memo, and the keys that name what is in it."""
    keyring = (
        new_keyring() if settings.memo == "lru" and settings.secret_file is None else load_keyring(settings.secret_path)
    )
    options = MemoOptions(
        kind=settings.memo,
        keyring=keyring,
        max_entries=settings.memo_max_entries,
        max_bytes=settings.memo_max_bytes,
        ttl_s=settings.memo_ttl_s,
        timeout_s=settings.memo_timeout_ms / 1000,
        file=settings.folder / "memo.sqlite3",
        file_max_bytes=settings.memo_file_max_bytes,
        redis_url=settings.redis_url.get_secret_value() if settings.redis_url else _DEFAULT_REDIS_URL,
    )
    memo = open_memo(options)
    closing.callback(memo.close)
    # The first write of all makes files and statements, which no request should wait for.
    memo.remember_many([(memo_key(keyring, "", "warm-up"), b"")])
    return memo, keyring

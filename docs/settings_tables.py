"""Writes the settings table of each service's README from its settings class, or checks that it is fresh."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from grpc_serving.settings import settings_table
from litellm_hooks.config import settings_table as hooks_table

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- settings: made by `make docs` -->", "<!-- /settings -->"
HOOKS_README = "litellm-hooks/README.md"
README_OF = {
    "compressor-service/README.md": ("compressor_service.settings", "CompressorSettings"),
    "cache-service/README.md": ("cache_service.settings", "CacheSettings"),
    "platform-api/README.md": ("platform_api.settings", "PlatformSettings"),
}


def with_table(text: str, table: str) -> str:
    """Returns `text` with `table` between the two marks; ValueError when a mark is missing."""
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the README needs the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{table.strip()}\n{END}{after}"


def fresh(readme: str) -> str:
    """Returns what the README should say."""
    module, name = README_OF[readme]
    settings = getattr(importlib.import_module(module), name)
    return with_table((ROOT / readme).read_text(encoding="utf-8"), settings_table(settings))


def fresh_hooks() -> str:
    """Returns what the README of the hooks should say; their settings are a dataclass of the standard library."""
    return with_table((ROOT / HOOKS_README).read_text(encoding="utf-8"), hooks_table())


def main(arguments: list[str]) -> int:
    """Rewrites every README, or with --check only says which are stale."""
    wanted = {readme: fresh(readme) for readme in README_OF} | {HOOKS_README: fresh_hooks()}
    stale = [readme for readme, text in wanted.items() if text != (ROOT / readme).read_text(encoding="utf-8")]
    if "--check" in arguments:
        print(
            "\n".join(f"{readme}: the settings table is stale: run make docs" for readme in stale)
            or "check: settings tables ok"
        )
        return len(stale)
    for readme in stale:
        (ROOT / readme).write_text(wanted[readme], encoding="utf-8")
        print(f"docs: {readme} rewritten")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

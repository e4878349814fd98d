"""What the compressor's tests share: a compressor with room to work in, texts, and a strategy for wild ones."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from compressor_service.compression import Compressor, Request, Result
from compressor_service.conversation import Role, Segment
from compressor_service.engines import Passage, WordScorer
from compressor_service.memos import Memo
from compressor_service.memos.lru import LruMemo
from compressor_service.pacing import Pacer
from compressor_service.policy import Defaults, FixedPolicies, Policy
from compressor_service.relevance import Scorer, score_units
from compressor_service.sealing import Keyring
from compressor_service.tiers import Engines
from compressor_service.tokens import TokenCounter

COUNTER = TokenCounter()
BUDGET_MS = 60_000.0

RECIPES = """# House rules

## Parking

Guests park behind the mill, where twelve places are marked in yellow. The gate closes at 22:15 every evening.
However, this does not apply on market days, when it stays open until midnight.

## Kitchen

The kitchen was renewed in 2019 at a cost of 48,300 euros. Its oven takes four trays at once. Two fridges stand beside
the window and hum a little at night. The left one belongs to the guests, the right one to the staff.

- Knives are kept in the second drawer.
- Nobody may smoke in the kitchen.
- The dishwasher needs 95 minutes for a full run.

```sh
curl -s https://mill.example/oven | jq .temperature
```

## Garden

Forty roses grow along the southern wall. They were planted by Ms. Ingrid Solvang in the spring of 2004. The pond is two
metres deep, and children must not go there alone. In winter the garden is closed, except on the second Sunday of Advent.
A gardener comes on Tuesdays and Fridays. He waters the beds at dawn and mends the paths after rain.

## Boats

The boat house holds three canoes and a punt. Oars hang on the left, life jackets on the right. Whoever takes a boat
writes the hour on the slate by the door. The weir below the mill is dangerous, so nobody rows beyond the red buoys.
A boat costs 6 euros an hour, or 25 euros a day. Children under twelve row with an adult only.
"""

PARAGRAPHS = (
    "Rain fell on the harbour for nine days. The boats stayed tied up and the crews played cards in the old customs house.",
    "A clerk counted the barrels twice. He wrote 417 into the book and closed it with a sigh. Nobody checked him.",
    "The lighthouse was built in 1861 from local granite. Its lamp was replaced by an electric one in 1934.",
    "Fishermen sell their catch at six in the morning. Late comers go home with mackerel, or with nothing at all.",
    "The mayor promised a new pier. Unless the county pays half of it, there will be none, she told the council.",
    "Two ferries cross the bay each hour. The larger one carries 32 cars and takes 18 minutes from shore to shore.",
)


def long_text(paragraphs: int = 12) -> str:
    """Return prose of many different paragraphs."""
    return "\n\n".join(f"Part {n}. {PARAGRAPHS[n % len(PARAGRAPHS)]}" for n in range(paragraphs))


def new_compressor(
    memo: Memo | None = None,
    *,
    pacer: Pacer | None = None,
    defaults: Defaults | None = None,
    score: Scorer = score_units,
    words: WordScorer | None = None,
    keyring: Keyring | None = None,
) -> Compressor:
    """Return a compressor as the service builds it, with a memo of its own; its texts may be short."""
    memo = LruMemo(max_entries=1_000, max_bytes=10_000_000) if memo is None else memo
    named = {} if words is None else {words.name: words}
    engines = Engines("test", score, named, words.name if words else "")
    policies = FixedPolicies(defaults or Defaults(min_tokens=250))
    return Compressor(COUNTER, memo, pacer=pacer or Pacer(), policies=policies, engines=engines, keyring=keyring)


def run(
    segments: Sequence[Segment],
    policy: Policy | None = None,
    *,
    compressor: Compressor | None = None,
    shadow: bool = False,
) -> Result:
    """Compress with all the time in the world."""
    wanted = Request(segments, policy or Policy(), target_model="gpt-4o", budget_ms=BUDGET_MS, shadow=shadow)
    return (compressor or new_compressor()).compress(wanted)


def user(text: str, *, query: str = "", name: str = "u") -> Segment:
    """Return a user segment."""
    return Segment(name, Role.USER, text, query=query)


FRAGMENTS = (
    "The quick brown fox jumps over 3.5 dogs. ",
    "However, this does not apply to Mr. Smith. ",
    "Pay $5.00, €3 or 12% by 3. März 2024 z.B. at https://example.com/a?b=1, or ask a@b.co. ",
    "<PERSON_1> said no. ",
    "`inline. Code` stays. ",
    "日本語の文章です。これは2024年のテストです。",
    "What is this?\n",
    "Summarise the above.\n",
    "Question: what?\n",
    "Alice: hello there. How are you?\nBob: fine. And you?\n",
    "\n",
    "\n\n",
    "\n\n\n\n",
    "\r\n",
    "\t",
    "\x00",
    "😀 e\u0301 \u200b\ufeff\u202e\u0301\u0301",
    "\x0b\x0c\x1c\x85\u2028",
    "```python\nx = {1: [2]}\n```\n",
    "```\n",
    "~~~\n",
    "# Heading\n",
    "Title\n=====\n",
    "***\n",
    "- item one\n",
    "  * nested item. With two sentences.\n",
    "1. first\n",
    "> quoted text. More.\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n",
    '{"a": [1, 2, {"b": "x,,,y, z"}]}\n',
    '{"unclosed": [1, 2\n',
    "[1] A reference.\n",
    "    indented = 1\n",
    "\ttabbed = 2\n",
    "2024-01-02 10:00:00 ERROR disk full\n",
    'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: x\n',
    "diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n",
    "<div>\n",
    "key: value\n",
    "1,2,3\n4,5,6\n7,8,9\n",
    "word " * 60,
    "x" * 1_500,
)


def wild_texts(max_fragments: int = 40) -> st.SearchStrategy[str]:
    """Return texts that mix everything that can stand in a prompt, in any order."""
    return st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=max_fragments).map("".join)


class LongWords:
    """A word scorer that finds long words and numbers worth keeping; it counts its calls."""

    fingerprint = "long-words-1"

    def __init__(self, name: str = "tiny_onnx") -> None:
        self.name = name
        self.calls = 0

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Score each word by its length."""
        self.calls += 1
        return [
            np.array([min(end - start, 12) / 12 for start, end in passage.words], dtype=np.float32)
            for passage in passages
        ]

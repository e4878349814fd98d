"""Generated prompts that are legal but hard on a compressor, with the stretches of them that must come out as they are.

`generate(seed)` makes one; `check(prompt, segment)` says whether what became of it is sound.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compressor_service.compression import SegmentResult
from compressor_service.spans import covers, join_kept
from compressor_service.structure import PROTECTED, Kind, parse
from compressor_service.units import build_units

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text, a question about it, and the ranges that must be kept byte for byte."""

    text: str
    question: str
    protected: tuple[Range, ...]


_SENTENCES = (
    "The gate closes at 22:15 every evening.",
    "However, this does not apply on market days.",
    "Guests must leave their keys at the desk, and only then may they park.",
    "The kitchen was renewed on March 5, 2019 at a cost of $48,300.50.",
    "Nobody should enter the boiler room unless <PERSON_1> is present.",
    "Write to ada@mill.example or open https://mill.example/a?b=1&c=(2) for more.",
    "The file lies in /etc/mill/gate.conf, its checksum is 9f86d081884c7d659a2feaa0c55ad015.",
    "Set `gate.close_at = '22:15'` and never `gate.open`, says {{owner}}.",
    "Temperatures fell by -3.5 °C to 12 °C within 40 minutes [3].",
    "Version 2.1.0 isn't supported; versions from 3.0 on are (Smith et al., 2020).",
    "Dr. Müller zahlte am 3. März 2024 genau 1.250,00 € und keinen Cent mehr.",
    "Der Schlüssel darf nicht ausgegeben werden, außer an Frau Weber.",
    "Le pont ne doit pas être fermé sans l'accord de la mairie.",
    "No se permite nadar sin chaleco, excepto los domingos.",
    "水車は2024年3月15日に修理されました。危険なので近づいてはいけません。",
    "不得在河边停车。费用是每天25元。",
    "لا يجوز دخول المبنى بدون إذن. هل لديك تصريح؟ نعم، منذ 2019.",
    "यह द्वार रात 10 बजे बंद होता है। बच्चों को अकेले नहीं जाना चाहिए।",
    "Мост нельзя закрывать без разрешения. Он построен в 1861 году.",
    "The parcel 📦 weighs 3 kg 🙂, e\u0301te\u0301 included.",
    'She said "It won\'t do!" and left at 5 p.m. without her coat.',
    "Roses grow along the southern wall and a gardener waters them at dawn.",
    "The pond is deep and the paths are mended after rain.",
    "Forty boats lie in the harbour, most of them painted green.",
    "A clerk counts the barrels twice and writes the sum into a book.",
)
_QUESTIONS = (
    "When does the gate close?",
    "What did the kitchen cost?",
    "Who may enter the boiler room?",
    "What is in the harbour?",
)

_FENCED = (
    "x = {1: [2]}\nif a < b and c > d:\n\treturn re.sub(r\"\\d+\\s\", '', x)  # not <b>",
    "curl -s https://mill.example/oven | jq '.temperature'\n\n\necho \"done\"   ",
    "for (let i = 0; i < 10; i++) {\n\tconsole.log(`${i} <llmlingua rate=0.1>`);\n}",
    "# Heading inside\n- item\n\n| a | b |\n|---|---|\n\nText. More text.",
    '日本語 = "値。"\n\n\tキー = 5',
)
_INDENTED = (
    "    total = 0\n    for n in rows:\n        total += n\n\n    print(total)",
    "\tmake all\n\tmake test  # must not fail",
)
_JSON = (
    '{"a": "x,,,y, z", "b": [1, 2.50, {"c": null}], "d": "not. Ever."}',
    '{\n  "name": "Jos\\u00e9",\n  "tags": ["a", "b"],\n\n  "n": 10000000000000000000001\n}',
    '[\n  {"id": 1, "ok": true},\n  {"id": 2, "ok": false}\n]',
)
_TABLES = (
    "| item | price |\n|:---|---:|\n| oven | 48,300 |\n| pot, big | 12.50 |",
    "name | age\n--- | ---\nAda | 36",
    "+-----+-----+\n| a   | b   |\n+-----+-----+",
    "id,name,age\n1,Ada,36\n2,Bob,41\n3,Cy,9",
    "id\tname\n1\tAda\n2\tBob",
)
_MARKUP = (
    '<ul>\n<li>one</li>\n<li class="x">two &amp; three</li>\n</ul>',
    '<?xml version="1.0"?>\n<order id="7">\n  <item>oven</item>\n  free text\n</order>',
    "<pre>\nraw   text.  Not prose.\n\n</pre>",
)
_DIFFS = (
    "diff --git a/x.py b/x.py\nindex 12ab34c..56de78f 100644\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n same\n-old = 1\n+new = 2",
    "@@ -10 +10 @@\n-<b>\n+\\d+\n\\ No newline at end of file",
)
_TRACES = (
    'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g(x < 3)\nValueError: no such key',
    "java.lang.IllegalStateException: no\n\tat a.b.C.d(C.java:3)\n\tat a.b.C.main(C.java:9)",
)
_CONFIGURATIONS = (
    "server:\n  port: 8080\n  hosts:\n    - a.example\n    - b.example",
    "[main]\nport = 80\nname = mill  # not public",
)
_UNFENCED = (
    "def close(gate):\n    if gate is None:\n        return\n    gate.shut()",
    "SELECT name, price FROM items\nWHERE price < 12.50 AND NOT sold;",
    "> ```\n> x = 1  # never\n>\n> y = 2\n> ```",
    "- ```sh\n  ls -la   \n\n  ```",
)
_INLINE_JSON = ('{"gate": {"close": "22:15. Sharp."}, "open": [1, 2]}', '["a. B", "c"]')
_LOGS = (
    "2024-01-02 10:00:00 INFO worker-3 handled request 17 in 5 ms",
    "2024-01-02 10:00:01 ERROR disk /dev/sda1 is not writable",
    "Jan 02 10:00:02 mill sshd[811]: no more sessions",
)


class _Builder:
    """Puts pieces one behind the other and remembers which are protected."""

    def __init__(self, rng: random.Random, line_end: str) -> None:
        self.rng = rng
        self._line_end = line_end
        self._text = ""
        self._protected: list[Range] = []

    def add(self, piece: str, *, protected: bool = False) -> None:
        """Append a piece, its line ends as this prompt has them."""
        start = len(self._text)
        self._text += piece.replace("\n", self._line_end)
        if protected:
            self._protected.append((start, len(self._text)))

    def finish(self, question: str) -> Prompt:
        """Return the prompt."""
        return Prompt(self._text, question, tuple(self._protected))


def _prose(builder: _Builder) -> None:
    """Three to eight sentences, one in four paragraphs with JSON in the middle."""
    sentences = builder.rng.sample(_SENTENCES, builder.rng.randint(3, 8))
    inline = builder.rng.randrange(len(sentences)) if builder.rng.random() < 0.25 else -1
    for number, sentence in enumerate(sentences):
        builder.add(sentence + " ")
        if number == inline:
            builder.add("It says ")
            builder.add(builder.rng.choice(_INLINE_JSON), protected=True)
            builder.add(" there. ")
    builder.add("\n")


def _headed(builder: _Builder) -> None:
    builder.add(
        builder.rng.choice(("# The mill\n\n", "## Rules & hours\n\n", "The Harbour\n===========\n\n", "**Boats**\n\n"))
    )
    _prose(builder)


def _list(builder: _Builder) -> None:
    builder.add("Keep in mind:\n")
    for number, sentence in enumerate(builder.rng.sample(_SENTENCES, 4), 1):
        builder.add(builder.rng.choice(("- ", "* ", f"{number}. ", "  - ")) + sentence + "\n")


def _dialogue(builder: _Builder) -> None:
    for number, sentence in enumerate(builder.rng.sample(_SENTENCES, 6)):
        builder.add(f"{('Ana', 'Ben')[number % 2]}: {sentence}\n")


def _log(builder: _Builder) -> None:
    for _ in range(builder.rng.randint(3, 8)):
        builder.add(builder.rng.choice(_LOGS) + "\n")


def _fence(builder: _Builder) -> None:
    """A fence of either kind, now and then around another one."""
    inner = builder.rng.choice(_FENCED)
    mark = builder.rng.choice(("```", "~~~"))
    if builder.rng.random() < 0.3:
        inner = f"{mark}\n{inner}\n{mark}"
        mark += mark[0] * builder.rng.randint(1, 3)
    indent = builder.rng.choice(("", "", "  "))
    builder.add(f"{indent}{mark}{builder.rng.choice(('', 'python', ' sh'))}\n{inner}\n{indent}{mark}", protected=True)
    builder.add("\n")


def _one_of(pieces: Sequence[str]) -> Callable[[_Builder], None]:
    """Return a maker of protected blocks."""

    def make(builder: _Builder) -> None:
        builder.add(builder.rng.choice(pieces), protected=True)
        builder.add("\n")

    return make


_MAKERS: tuple[Callable[[_Builder], None], ...] = (
    *(_prose, _prose, _prose, _headed, _headed, _list, _dialogue, _log, _fence, _fence),
    *map(_one_of, (_INDENTED, _JSON, _TABLES, _MARKUP, _DIFFS, _TRACES, _CONFIGURATIONS, _UNFENCED)),
)


def generate(seed: int) -> Prompt:
    """Make one prompt; the same seed makes the same."""
    rng = random.Random(seed)
    builder = _Builder(rng, "\r\n" if rng.random() < 0.25 else "\n")
    if rng.random() < 0.1:
        builder.add("\ufeff")
    _prose(builder)
    for _ in range(rng.randint(4, 14)):
        builder.add("\n" * rng.choice((1, 1, 1, 2, 4)))
        rng.choice(_MAKERS)(builder)
    if rng.random() < 0.2:
        builder.add("\n")
        builder.add(
            f"{rng.choice(('```', '~~~~'))}\n{rng.choice(_FENCED)}\n\nNever closed. Not even here", protected=True
        )
    return builder.finish(rng.choice(_QUESTIONS))


# Written anew here, so that the check does not rest on what it checks.
_CUES = re.compile(
    r"\d+(?:[.,:]\d+)*|(?<![^\W_])(?:not|no|never|none|nobody|nothing|without|unless|except|only|must|should|may|\w+n't|nicht|keinen?|außer"
    r"|darf|pas|sans|doit|sin|excepto|нельзя|без)(?![^\W_])|नहीं|不得|لا(?= )|بدون|<[A-Z]+_\d+>|\{\{\w+\}\}|\[\d+\]|`[^`\n]+`"
    r"|https?://\S+|[\w.]+@[\w.]+\w|(?<= )/\w[\w/.]+\w|\b[0-9a-f]{32}\b"
)


def check(prompt: Prompt, segment: SegmentResult) -> None:
    """Assert that the receipt is sound, protected stretches came through, and kept sentences kept their cues."""
    text, spans = prompt.text, segment.spans
    assert segment.original == text
    assert covers(spans, len(text))
    assert join_kept(text, spans) == segment.text
    assert len(segment.text) <= len(text)
    kept = bytearray(len(text))
    for span in spans:
        if span.kept:
            kept[span.start : span.end] = b"\x01" * (span.end - span.start)
    for start, end in prompt.protected:
        assert all(kept[start:end]), f"protected stretch lost: {text[start:end]!r}"
    for start, end in _sentences(text):
        if any(kept[place] for place in range(start, end) if not text[place].isspace()):
            for cue in _CUES.finditer(text, start, end):
                assert all(kept[cue.start() : cue.end()]), f"{cue[0]!r} lost from {text[start:end]!r}"


def _sentences(text: str) -> list[Range]:
    """Return the sentences that a reader would see outside of protected blocks."""
    units = build_units(text, parse(text), count=len)
    return [(unit.start, unit.end) for unit in units if unit.kind not in PROTECTED | {Kind.HEADING} and unit.selectable]

"""No text can be made slow: twice the text takes about twice the time, whatever it is made of."""

import time

import pytest

from compressor_service.questions import split_message
from compressor_service.structure import parse
from compressor_service.units import build_units
from compressor_service.verification import verify

MEGABYTES = 2_000_000
SMALL = 2_000
# A quadratic step takes 16 times as long on a text four times as long; a linear one takes four times as long.
GROWTH = 4
LIMIT = 9
# Below this, what is measured is the machine.
NOISE_S = 0.06

CHARACTERS = ".!?,;:-–_@#$%^&*()[]{}<>/\\|`~'\"+=€§ \t\n\r0aA不।😀\u0301\u200d\u2028é"  # noqa: RUF001
WORDS = (
    *(
        "a.",
        "A.",
        "...",
        "?! ",
        "? ",
        "؟ ",
        "e.g. ",
        "3. März ",
        "Aa ",
        "Aa-",
        "A of ",
        "aB",
        "AB ",
        "Not ",
        "not ",
        "नहीं ",
    ),
    *(
        "a@",
        "@a.",
        "a/",
        "/a",
        "//",
        "://",
        "a://(",
        "http://a",
        "www.",
        "](",
        "[a](",
        "[a](b ",
        "C:\\",
        "a_",
        "a_a.",
        "--a=",
    ),
    *(
        "1 ",
        "1 000 ",
        "1,",
        "1-",
        "-1",
        "a1",
        "0f",
        "$ ",
        "May 1",
        "12 345 ",
        "1/",
        "$1.5 million ",
        "(A, 2020)",
        "(A ",
        "[A",
    ),
    *(
        "({[",
        "{{",
        "<a ",
        "</a>",
        "<A",
        "<<A",
        "<question>",
        "%(",
        "%s",
        "\\a{",
        "\\a[",
        "`a",
        "``",
        "a`b``",
        "`a. b` ",
        "« ",
    ),
    *('{"a": [', '[["a"', '["a" ', '{"a": 1} ', '\\"', '{"a', "word " * 40 + "\n", "A" * 60 + " "),
)
LINES = (
    *(
        "```",
        "~~~",
        "> ```",
        "- ```",
        "``` `",
        "#",
        "# a",
        "- a",
        "1. a",
        "> a",
        "(a) b",
        "[ ] a",
        "**a**",
        "---",
        "===",
        "a\n",
    ),
    *(
        "|a|",
        "|",
        "-|-",
        "+---+",
        "a,b,c",
        "a;b;c",
        "a\tb",
        "{",
        "[",
        "{ [",
        "{a}",
        "[a]",
        '{"a": "b',
        '["a", ',
        "a = 1;",
        "x:",
    ),
    *(
        "a: b",
        "A: b",
        "Ann: a\nBen: b",
        "Q: a",
        "Q:\nA:",
        "Example 1:",
        "### Example 1",
        "Input: a\nOutput: b",
        "a:\n  b: 1",
    ),
    *(
        "<div>",
        "</div>",
        "<a",
        "<pre>",
        "<?xml\n<a>",
        "diff --git a b",
        "@@ -1 +1 @@\n-a\n+b",
        "@@ -1,9 +1,999999 @@",
        "[m]\na = 1",
    ),
    *(
        "Caused by: x",
        " at a",
        "Traceback (most recent call last):",
        "main.f()",
        "goroutine 1 [",
        "#0 0x",
        "ERROR a",
        "    a",
        "\ta",
    ),
    *("2024-01-02 10:00:00 x", "import a", "SELECT a", "what is", "please", "Caused by: x\n  at a\nx"),
)
SHAPES = [*CHARACTERS, *WORDS, *(f"{line}\n" for line in LINES)]
AFTER_A_START = [
    ("{", '\\"'),
    ("[", '"a\\'),
    ("`", "``a"),
    ("<?xml\n", "<a1>\n"),
    ("```\n", "~~~\n"),
    ("Q: a\nA: b\n", "Q: a\n"),
]


def seconds(text: str) -> float:
    """Return how long structure, questions, units and verification take together."""
    started = time.process_time()
    split_message(text)
    units = build_units(text, parse(text), count=len)
    verify(text, units, set(range(0, len(units), 2)))
    return time.process_time() - started


@pytest.mark.parametrize(("start", "piece"), [*(("", shape) for shape in SHAPES), *AFTER_A_START])
def test_the_time_grows_with_the_text(start: str, piece: str) -> None:
    """A text of four times the size takes about four times as long, and no more than the best of three says."""
    small = start + piece * (SMALL // len(piece))
    large = start + piece * (GROWTH * SMALL // len(piece))
    took = seconds(large)
    if took > NOISE_S:
        took = min(took, seconds(large), seconds(large))
        assert took < NOISE_S or took < LIMIT * min(seconds(small) for _ in range(3))


@pytest.mark.parametrize("piece", ["a.", "({[", "1-", "Aa "])
def test_two_megabytes_on_one_line(piece: str) -> None:
    """The longest messages are done in seconds even where they are made of nothing but traps."""
    assert seconds(piece * (MEGABYTES // len(piece))) < 20

"""Blocks: what a text is made of."""

import pytest
from hypothesis import given

from compressor_service.structure import PROTECTED, ContentType, Kind, parse
from fakes_compressor import RECIPES, wild_texts


def kinds(text: str, content_type: ContentType = ContentType.AUTO) -> list[tuple[str, str]]:
    """Name the blocks of a text with what they hold."""
    return [(block.kind.value, text[block.start : block.end]) for block in parse(text, content_type).blocks]


def test_a_markdown_document_is_told_apart() -> None:
    """Headings, paragraphs, list items and code each become blocks of their own."""
    found = [kind for kind, _ in kinds(RECIPES)]
    assert found.count("heading") == 5
    assert found.count("item") == 3
    assert found.count("code") == 1
    assert ("code", "```sh\ncurl -s https://mill.example/oven | jq .temperature\n```") in kinds(RECIPES)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("```python\nprint(1)\n\nprint(2)\n```", "code"),
        ("~~~\n```\nstill code\n~~~", "code"),
        ("```\nnever closed\n\nsame block", "code"),
        ('{\n  "a": {"b": [1, 2]}\n}', "json"),
        ("[\n  1,\n  2\n]", "json"),
        ("{\n  key: 'not json',\n  other: [1]\n}", "json"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "table"),
        ("a | b\n--- | ---\n1 | 2", "table"),
        ("+---+---+\n| a | b |\n+---+---+", "table"),
        ("id\tname\n1\tAda\n2\tBob", "table"),
        ("id,name,age\n1,Ada,36\n2,Bob,41", "table"),
        ("diff --git a/x b/x\n@@ -1,2 +1,2 @@\n-old\n+new\n same", "code"),
        ('Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nValueError: no', "code"),
        ("java.lang.IllegalStateException: no\n\tat a.b.C.d(C.java:3)\n\tat a.b.C.main(C.java:9)", "code"),
        ("def f(x):\n    return x + 1\n\n\nclass A:\n    y = f(2);\n", "code"),
        ("---\ntitle: A page\ntags: x\n---", "code"),
        ("<ul>\n<li>one</li>\n</ul>", "tag"),
    ],
)
def test_protected_blocks_are_recognised_whole(text: str, kind: str) -> None:
    """Code, JSON, tables, diffs, traces and tags are found, alone and between two paragraphs."""
    assert {found for found, _ in kinds(text)} == {kind}
    if not text.startswith("---"):
        around = f"The first paragraph stands here.\n\n{text}\n\nThe last one stands here."
        inside = "\n".join(piece for found, piece in kinds(around) if found == kind)
        assert text.rstrip() in inside


def test_indented_code_keeps_its_blank_lines() -> None:
    """An indented block after a blank line is code, blank lines inside it included."""
    text = "See below.\n\n    a = 1\n\n    b = 2\n\nDone here."
    assert ("code", "    a = 1\n\n    b = 2") in kinds(text)


def test_logs_and_dialogues_go_line_by_line() -> None:
    """A log line is a block; a turn is one, its speaker before its body."""
    log = "2024-01-02 10:00:00 INFO up\n2024-01-02 10:00:01 ERROR down"
    assert [kind for kind, _ in kinds(log)] == ["log", "log"]
    talk = "Ann: Hello there.\nBen: Hi. How are you?\nAnn: Fine, thanks.\nBen: Good to hear."
    layout = parse(talk)
    assert layout.dialogue
    assert [talk[block.start : block.body] for block in layout.blocks] == ["Ann: ", "Ben: ", "Ann: ", "Ben: "]


def test_labels_do_not_make_a_dialogue() -> None:
    """Lines with a colon are turns only where speakers come back."""
    assert not parse("Name: Ada\nBorn: 1815\nTown: London\nField: Mathematics").dialogue


def test_the_caller_can_name_the_content() -> None:
    """A named type holds for the whole text."""
    assert kinds("plain words", ContentType.CODE) == [("code", "plain words")]
    assert kinds("plain words", ContentType.JSON) == [("json", "plain words")]
    assert kinds("plain words", ContentType.TABLE) == [("table", "plain words")]
    assert kinds("a line\n\nanother", ContentType.LOG) == [("log", "a line"), ("log", "another")]
    assert parse("", ContentType.CODE).blocks == ()


def test_a_thousand_open_brackets_do_not_take_long() -> None:
    """Brackets that never close are looked for a bounded number of times, and protected after that."""
    text = "{ [\n" * 5_000
    assert {block.kind for block in parse(text).blocks} <= {Kind.JSON, Kind.CODE, Kind.PROSE}


@given(wild_texts())
def test_blocks_are_sorted_disjoint_and_leave_only_white_space_and_rules(text: str) -> None:
    """What is in no block is white space or a horizontal rule."""
    position = 0
    for block in parse(text).blocks:
        assert position <= block.start <= block.body <= block.end <= len(text)
        assert not set(text[position : block.start]) - set(
            " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\u00a0\u3000*-_=\ufeff"
        ) or (text[position : block.start].translate({ord(c): None for c in "*-_="}).isspace())
        position = block.end


@given(wild_texts())
def test_a_closed_fence_is_never_parted(text: str) -> None:
    """A fenced block put after any prose that opens no fence stays one protected block."""
    before = text.replace("```", "").replace("~~~", "")
    code = "```\nfirst line;\n\nlast line;\n```"
    whole = f"{before}\n\n{code}\n"
    start = whole.rindex(code)
    holders = [block for block in parse(whole).blocks if block.start <= start and block.end >= start + len(code)]
    assert len(holders) == 1
    assert holders[0].kind in PROTECTED

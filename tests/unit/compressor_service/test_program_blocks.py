"""Blocks that come from programs."""

import pytest

from compressor_service.program_blocks import (
    take_code_lines,
    take_configuration,
    take_diff,
    take_fence,
    take_front_matter,
    take_indented,
    take_trace,
)
from compressor_service.rows import Rows


def test_front_matter_stands_at_the_very_top() -> None:
    """Keys and values between two rules, on the first lines only."""
    rows = Rows("---\na: 1\nb: x y\n---\ntext\n---\nc: 1\n---")
    assert take_front_matter(rows, 0) == 4
    assert take_front_matter(rows, 5) == 0
    assert take_front_matter(Rows("---\nprose, not keys\n---"), 0) == 0


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("```\na\n```\nb", 3),
        ("~~~~\n~~~\n~~~~\nb", 3),
        ("```\r\na\r\n```\r\nb", 3),
        ("    ```\n    a\n    ```", 3),
        ("1. ```\n   a\n   ```\n2. b", 3),
        ("> > ```\n> > a\n> > ```\n> b", 3),
        ("```\nnever closed\n\nto the end", 4),
        ("``` a ``` b", 0),
        ("``", 0),
    ],
)
def test_fences(text: str, lines: int) -> None:
    """Closed by as many marks, in lists and quotations too; unclosed ones run on."""
    assert take_fence(Rows(text), 0) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "diff --git a/x b/x\nindex 12ab34c..56de78f 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old\n+new\nprose",
            8,
        ),
        ("@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\nprose", 4),
        ("Index: src/x.c\n===================================\n--- src/x.c\t(old)\n+++ src/x.c\nprose", 4),
        ("--- old.txt\t2024-01-02\n+++ new.txt\nprose", 2),
        ("- a list\n- of things", 0),
        ("--- and so on", 0),
    ],
)
def test_diffs(text: str, lines: int) -> None:
    """Of git, of subversion, and bare hunks; lists are none."""
    assert take_diff(Rows(text), 0) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\n    ^^^\nValueError: no\nprose', 5),
        (
            "java.lang.IllegalStateException: no\n\tat a.b.C.d(C.java:3)\nCaused by: x.YError: z\n\tat a.b(C.java:9)\n\t... 3 more\nprose",
            5,
        ),
        ("TypeError: x is not a function\n    at foo (file.js:1:2)\n    at bar (file.js:3:4)\nprose", 3),
        ("goroutine 1 [running]:\nmain.main()\n\t/tmp/x.go:3 +0x1\nprose text here", 3),
        ("PHP Fatal error:  Uncaught Exception: x in /a.php:3\n#0 /a.php(9): f()\n#1 {main}\nprose", 3),
        ("app.rb:3:in `foo': msg (RuntimeError)\n\tfrom app.rb:7:in `<main>'\nprose", 2),
        ("#0  0x00007f in main () at x.c:3\n#1  0x00007e in f ()\nprose", 2),
        ("System.NullReferenceException: x\n   at A.B.C() in x.cs:line 3\nprose", 2),
        ("Error: something went wrong, she said.\nIt did.", 0),
    ],
)
def test_stack_traces(text: str, lines: int) -> None:
    """Of Python, Java, JavaScript, Go, PHP, Ruby, gdb and C#; a sentence about an error is none."""
    assert take_trace(Rows(text), 0) == lines


@pytest.mark.parametrize(
    ("text", "row", "lines"),
    [
        ("Text.\n\n    a = 1\n\n    b = 2\n\nText.", 2, 3),
        ("Text.\n\n\ta = 1\n\tb = 2\nText.", 2, 2),
        ("Run this:\n    a = 1\n    b = 2\nText.", 1, 2),
        ("Text goes\n    on here", 1, 0),
        ("- Item:\n    which goes on", 1, 0),
        ("Text.\n\n    - nested item", 2, 0),
    ],
)
def test_indented_code(text: str, row: int, lines: int) -> None:
    """After a blank line or a colon, blank lines inside included; no lists."""
    assert take_indented(Rows(text), row) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("def f(x):\n    y = x\n    return y\n\ntext", 3),
        ("SELECT a, b FROM t\nWHERE a = 1", 2),
        ("from os import path\nimport sys", 2),
        ("const a = 1;\nuse(a);", 2),
        ("self.total = 0\nself.count = 0", 2),
        ("The gate closes at ten.\nThe other one does not.", 0),
        ("From here on, import duties are paid.\nSelect one from the list.", 0),
    ],
)
def test_lines_of_code(text: str, lines: int) -> None:
    """Python, SQL and JavaScript without a fence; sentences with their words are none."""
    assert take_code_lines(Rows(text), 0) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("server:\n  port: 80\n  hosts:\n    - a\n    - b\n\ntext", 5),
        ("[main]\nport = 80\nhost = x", 3),
        ("# comment\nservices:\n  web:\n    image: x", 4),
        ("Shopping:\n- apples\n- pears\n- plums", 0),
        ("Name: Ada\nBorn: 1815\nTown: London", 0),
        ("- one: first\n- two: second\n- three: third", 0),
    ],
)
def test_configurations(text: str, lines: int) -> None:
    """YAML and INI, where keys stand under keys; lists and cards are none."""
    assert take_configuration(Rows(text), 0) == lines

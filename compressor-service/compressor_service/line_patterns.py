"""What a single line looks like: the patterns by which structure tells blocks apart."""

import re

FENCE = re.compile(r"^ {0,12}(`{3,}|~{3,})")
HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+\S|[ \t]*$)")
UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})$")
BOLD_TITLE = re.compile(r"^\s*(\*\*|__)[^*_]{1,80}\1:?\s*$")
ITEM = re.compile(r"^[ \t]*(?:[-*+•\u2013▪◦]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|\[[ xX]\])[ \t]+")
QUOTE = re.compile(r"^[ \t]*>[ \t]?")
INDENTED = re.compile(r"^(?: {4,}| {0,3}\t)\s*\S")
TAG = re.compile(r"^\s*<[/!?]?[A-Za-z][^<>]*>\s*$|^\s*<.*>\s*$")
TABLE_ROW = re.compile(r"^\s*\|.*\|\s*$|^\s*\+[-=+]{3,}\+\s*$|^[\s|:-]*-{3,}[\s|:-]*\|[\s|:-]*$")
TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$")
DIFF = re.compile(r"^(?:diff --git |index [0-9a-f]{6,}|@@ -\d|--- [ab/]|\+\+\+ [ab/]|[-+ ](?=\S|\s|$)|\\ No newline|$)")
DIFF_START = re.compile(r"^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+|--- (?:a/|/dev/null))")
TRACE_START = re.compile(
    r"^\s*(?:Traceback \(most recent call last\):|Exception in thread |Caused by: |goroutine \d+ \[|panic: "
    r"|(?:[\w$]+\.)+[\w$]*(?:Exception|Error)\b|\w*(?:Error|Exception): |thread '.*' panicked at)"
)
TRACE_LINE = re.compile(r"^\s+(?:at |File \"|\.\.\. \d+ more|in |\^|~)|^\s{2,}\S|^Caused by: |^\s*\S+\.go:\d+")
TRACE_END = re.compile(r"^[\w.$]*(?:Error|Exception|Interrupt|Exit|Warning)\b")
STAMP = r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d{4}/\d\d/\d\d \d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d[.,]\d+)"
LOG = re.compile(rf"^\s*[\[(]?{STAMP}|^\s*\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\]?[\s:|-]")
TURN = re.compile(
    r"^[ \t]*(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?[ \t]*[-\u2013]?[ \t]*)?"
    r"(?:\*\*|__)?(?P<speaker>[^\W\d_a-z][^\n:|<>{}=\"]{0,40}?)(?:[ \t]*[(\[][^)\]\n]{1,30}[)\]])?:?(?:\*\*|__)?"
    r"(?:(?<=:)|:)(?:\*\*|__)?[ \t]+(?=\S)"
)
KEY_VALUE = re.compile(r"^\s*(?:- )?[\w.-]+:(?:\s+\S.*|\s*)$")
CODE_STRONG = re.compile(
    r"[;{}]\s*$|^\s*(?:\$ |>>> |#!/|#include\b|#define\b|//|/\*|\*/|@\w+(?:\(.*\))?\s*$|\}|\{)|=>|::|&&|\|\||!=|==|\+="
)
CODE_WEAK = re.compile(
    r"^\s*(?:def |class |import |from \S+ import |return\b|(?:if|elif|for|while|with|except)\b.*:\s*$|(?:else|try|finally):\s*$"
    r"|(?:public|private|protected|static|func|fn|let|const|var|function|package|using|namespace|async|await|export)\b"
    r"|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|FROM|WHERE|GROUP BY|ORDER BY|JOIN)\b)"
    r"|^\s*[\w.\[\]\"']+\s*(?::\s*[\w\[\], |.]+)?\s*[-+*/|&]?=\s*\S|^\s*[\w.]+\(.*\)\s*:?\s*(?:#.*)?$|^\s{2,}\S"
)


# Longer lines are paragraphs unless they end like a statement; searching them all would cost more than the rest.
_LONG_LINE = 240


def cannot_be_prose(line: str) -> bool:
    """Say whether one line has something in it that prose does not have."""
    if len(line) > _LONG_LINE:
        return line.rstrip()[-1:] in tuple(";{}")
    return bool(CODE_STRONG.search(line))


def looks_like_code(line: str) -> bool:
    """Say whether one line would rather be found in a program than in prose."""
    return cannot_be_prose(line) or bool(len(line) <= _LONG_LINE and CODE_WEAK.match(line))

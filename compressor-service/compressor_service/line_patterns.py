"""What a single line looks like: the patterns by which structure tells blocks apart."""

import re

# A fence may stand in a list or in a quotation; what follows backticks on its line is no more backticks.
FENCE = re.compile(r"^(?P<quote>(?:[ \t]*>)*)[ \t]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?(?P<mark>`{3,}(?!.*`)|~{3,})")
HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+\S|[ \t]*$)")
UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|={3,})$")
BOLD_TITLE = re.compile(r"^\s*(\*\*|__)[^*_]{1,80}\1:?\s*$")
ITEM = re.compile(r"^[ \t]*(?:[-*+•\u2013▪◦]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|\[[ xX]\])[ \t]+")
QUOTE = re.compile(r"^[ \t]*>[ \t]?")
INDENTED = re.compile(r"^(?: {4,}| {0,3}\t)\s*\S")
TAG = re.compile(r"^\s*<.*>\s*$")
# A tag that goes on below, elements whose content is no prose, and documents that are markup as a whole.
OPEN_TAG = re.compile(r"^\s*<(?:[/!?]?[A-Za-z][^<>]*|!--.*)$")
RAW_ELEMENT = re.compile(r"^\s*<(?P<name>script|style|pre|code|svg|math|textarea)\b", re.IGNORECASE)
MARKUP_DOCUMENT = re.compile(r"^\s*<(?:\?xml\b|!DOCTYPE\b|html\b|(?:soap(?:env)?|xs|xsd|xsl|wsdl):\w)", re.IGNORECASE)
MARKUP_ROOT = re.compile(r"<(?P<name>[A-Za-z_][\w:.-]{0,60})")
TABLE_ROW = re.compile(r"^\s*\|.*\|\s*$|^\s*\+[-=+]{3,}\+\s*$|^[\s|:-]*-{3,}[\s|:-]*\|[\s|:-]*$")
TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$")
DIFF_HEAD = re.compile(
    r"^(?:diff -|index [0-9a-f]{6,}|(?:new|deleted) file mode|(?:old|new) mode|(?:dis)?similarity index|rename (?:from|to)|copy (?:from|to)"
    r"|Binary files|={20,}|@@ -\d|--- \S|\+\+\+ \S|\\ No newline)"
)
HUNK = re.compile(r"^@@ -\d{1,9}(?:,(?P<old>\d{1,9}))? \+\d{1,9}(?:,(?P<new>\d{1,9}))?")
DIFF_START = re.compile(r"^(?:diff -|Index: \S|@@ -\d+(?:,\d+)? \+\d+|--- (?:a/|/dev/null|\S+\.\w+\s))")
TRACE_START = re.compile(
    r"^\s*(?:Traceback \(most recent call last\):|Exception in thread |Unhandled [Ee]xception|Caused by: |goroutine \d+ \[|panic: "
    r"|(?:[\w$]+\.)+[\w$]*(?:Exception|Error)\b|\w*(?:Error|Exception): |thread '.*' panicked at|PHP (?:Fatal|Warning|Parse)"
    r"|\S+\.rb:\d+:in |#0\s+0x|(?:[Ss]tack (?:back)?trace|Backtrace):\s*$)"
)
TRACE_LINE = re.compile(
    r"^\s+(?:at |File \"|\.\.\. \d+ more|in |from |\^|~)|^\s{2,}\S|^Caused by: |^\s*\S+\.go:\d+|^#\d+\s|^\t|^at \S+\(|^[\w./*]+\([^()]*\)\s*$"
)
TRACE_END = re.compile(r"^[\w.$]*(?:Error|Exception|Interrupt|Exit|Warning)\b")
STAMP = r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d{4}/\d\d/\d\d \d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d[.,]\d+)"
LOG = re.compile(
    rf"^\s*[\[(]?{STAMP}|^\s*\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\]?[\s:|-]"
    r"|^[IWEF]\d{4} \d\d:\d\d:\d\d|^\d{1,3}(?:\.\d{1,3}){3} \S+ \S+ \[|^(?:time|ts|level)=\S+ \w+=|^<\d{1,3}>1? ?[A-Z\d]"
)
TURN = re.compile(
    r"^[ \t]*(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?[\])]?[ \t]*[-\u2013]?[ \t]*)?"
    r"(?:\*\*|__)?(?P<speaker>[^\W\d_a-z][^\n:|<>{}=\"]{0,40}?)(?:[ \t]*[(\[][^)\]\n]{1,30}[)\]])?:?(?:\*\*|__)?"
    r"(?:(?<=:)|:)(?:\*\*|__)?[ \t]+(?=\S)"
)
# What opens the nested part of a configuration, and an entry in it.
KEY_ALONE = re.compile(r"^\s*(?:- )?[\w./\"'-]+:\s*(?:[|>][-+]?\s*)?(?:#.*)?$|^\[{1,2}[\w. \"'-]+\]{1,2}\s*$")
ENTRY = re.compile(r"^\s*(?:- )?[\w./\"'-]+:(?:\s|$)|^\s*- \S|^\s*[#;]|^[\w.-]+\s*=|^\[{1,2}[\w. \"'-]+\]{1,2}\s*$")
KEY = re.compile(r"^\s*(?:- )?[\w./\"'-]+:(?:\s|$)|^[\w.-]+\s*=\s*\S")
KEY_VALUE = re.compile(r"^\s*(?:- )?[\w.-]+:(?:\s+\S.*|\s*)$")
# How a line begins that cannot be prose, and what stands nowhere in prose.
CODE_START = re.compile(
    r"\s*(?:\$ |>>> |#!/|#include\b|#define\b|//|/\*|\*/|@\w+(?:\(.*\))?\s*$|\}|\{|(?:async )?def \w+\(.*:\s*$"
    r"|class \w+(?:\(.*\))?:\s*$|from [\w.]+ import \w|import [\w.]+(?: as \w+)?$|(?:export )?(?:async )?(?:function|func|fn)\b.*\("
    r"|SELECT .{1,200}\bFROM |[\w.\[\]\"']+ [-+*/|&]?= [\w.]+\(|self\.\w)"
)
CODE_INSIDE = re.compile(r"=>|==|::|&&|\|\||!=|\+=")
CODE_WEAK = re.compile(
    r"^\s*(?:def |class |import |from \S+ import |return\b|(?:if|elif|for|while|with|except)\b.*:\s*$|(?:else|try|finally):\s*$"
    r"|(?:public|private|protected|static|func|fn|let|const|var|function|package|using|namespace|async|await|export)\b"
    r"|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|FROM|WHERE|GROUP BY|ORDER BY|JOIN)\b)"
    r"|^\s*[\w.\[\]\"']+\s*(?::\s*[\w\[\], |.]+)?\s*[-+*/|&]?=\s*\S|^\s*[\w.]+\(.*\)\s*:?\s*(?:#.*)?$|^\s{2,}\S"
)


# Longer lines are paragraphs unless they end like a statement; searching them all would cost more than the rest.
_LONG_LINE = 240
_STATEMENT_ENDS = frozenset(";{}")


def cannot_be_prose(line: str) -> bool:
    """Say whether one line has something in it that prose does not have."""
    if line.rstrip()[-1:] in _STATEMENT_ENDS:
        return True
    return len(line) <= _LONG_LINE and bool(CODE_INSIDE.search(line) or CODE_START.match(line))


def looks_like_code(line: str) -> bool:
    """Say whether one line would rather be found in a program than in prose."""
    return cannot_be_prose(line) or bool(len(line) <= _LONG_LINE and CODE_WEAK.match(line))

"""Addresses."""

import pytest
from hypothesis import given

from compressor_service.addresses import find_addresses
from fakes_compressor import wild_texts


def addresses(text: str) -> list[str]:
    """Return the addresses in a text."""
    return [text[start:end] for start, end in find_addresses(text, 0, len(text))]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a?b=1&c=%20#d",
        "http://localhost:8080",
        "https://en.wikipedia.org/wiki/Mill_(grinding)",
        "s3://bucket/key.txt",
        "git+ssh://host/x.git",
        "http://[::1]:80/x",
        "https://api.example/{id}/x",
        "www.example.com/x",
        "ada@example.co.uk",
        "first.last+tag@mail.example.org",
        "/etc/nginx/nginx.conf",
        "/tmp",
        "~/notes/today.md",
        "../src/main.rs",
        "src/app/main.py",
        "a-b/c_d.tar.gz",
        "C:\\Users\\ada\\x.txt",
        "[the docs](https://x.example/y)",
        '![a picture](img/a.png "title")',
    ],
)
def test_addresses_are_found_whole(address: str) -> None:
    """Alone, in brackets and before a full stop."""
    assert address in addresses(f"see {address} there")
    assert address in addresses(address)
    assert address in addresses(f"at {address}.")


@pytest.mark.parametrize(
    "text", ["and/or", "he/she/it", "3/4 of it", "no@all", "@ada", "a: //", "://", "w/o", "](", "1/2"]
)
def test_other_things_are_no_addresses(text: str) -> None:
    """Alternatives, fractions, handles and loose marks."""
    assert addresses(f"say {text} here") == []


@given(wild_texts())
def test_addresses_lie_inside_their_range(text: str) -> None:
    """Nothing outside the range asked for is looked at or returned."""
    start, end = len(text) // 4, len(text) // 2
    assert all(start <= first < last <= end for first, last in find_addresses(text, start, end))

"""Partitions and keys as Azure Tables accepts them: reversible, and in the same order as the text itself.

Azure forbids / \\ # ? and control characters in keys and allows 512 characters:
https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
Every UTF-8 byte becomes itself or a lead character and two hex digits; the lead sits where the byte stood in the
order, so encoded texts sort as the texts do. '/' finds no lead of its own between '.' and '0' and shares the dot's.
A text too long for that keeps its first 447 characters, then a hash; the full text then stands in the entity.
"""

import string

PLAIN = frozenset((string.ascii_letters + string.digits + "-:_`{|").encode())
# The gaps between plain characters, from below: up to which byte, and the lead that stands for the gap.
LEADS = ((0x2C, "!"), (0x40, "@"), (0x5E, "^"), (0xFF, "}"))
DOT, SLASH, EMPTY = ".-", ".0", "!"
MAX_LENGTH = 512
HASH_MARK = "~"  # sorts after all that the encoding uses
HEAD = MAX_LENGTH - len(HASH_MARK) - 64  # 64 hex digits of a sha256


def _escape_byte(byte: int) -> str:
    if byte in PLAIN:
        return chr(byte)
    if byte in b"./":
        return DOT if byte == ord(".") else SLASH
    lead = next(lead for last, lead in LEADS if byte <= last)
    return f"{lead}{byte:02X}"


ESCAPES = tuple(_escape_byte(byte) for byte in range(256))


def encode(text: str) -> str:
    """Write `text` as a Table key of at most 512 characters."""
    escaped = _escape(text)
    return escaped if len(escaped) <= MAX_LENGTH else _shorten(escaped)


def decode(encoded: str) -> str:
    """Read back what `encode` wrote. Raises ValueError for a shortened key, which does not hold its text."""
    if is_shortened(encoded):
        raise ValueError(f"the Table key {encoded} is shortened: its text stands in the entity")
    if encoded == EMPTY:
        return ""
    out, at = bytearray(), 0
    while at < len(encoded):
        byte, at = _unescape(encoded, at)
        out.append(byte)
    return out.decode()


def is_shortened(encoded: str) -> bool:
    """Tell whether the key ends in a hash instead of holding the whole text."""
    return HASH_MARK in encoded


def run_of(partition: str, key: str) -> tuple[str, ...]:
    """Name the run of neighbours an encoded address belongs to.

    Between runs the order is that of the texts; inside a run of more than one, hashes may have mixed it up.
    """
    return (partition, key[:HEAD]) if len(partition) <= HEAD else (partition[:HEAD],)


def lower_bound(after: str) -> str:
    """Give the encoded key that no key above `after` sorts below."""
    return _escape(after)[:HEAD]


def upper_bound(until: str) -> str:
    """Give the encoded key that no key up to `until` sorts above."""
    escaped = _escape(until)
    return escaped if len(escaped) <= HEAD else escaped[:HEAD] + HASH_MARK * 2


def _escape(text: str) -> str:
    return "".join(ESCAPES[byte] for byte in text.encode()) or EMPTY


def _shorten(escaped: str) -> str:
    import hashlib

    return escaped[:HEAD] + HASH_MARK + hashlib.sha256(escaped.encode()).hexdigest()


def _unescape(encoded: str, at: int) -> tuple[int, int]:
    """Read the byte at `at`; return it and where the next one starts."""
    lead = encoded[at]
    if lead == ".":
        return ord("." if encoded[at : at + 2] == DOT else "/"), at + 2
    if lead in "!@^}":
        return int(encoded[at + 1 : at + 3], 16), at + 3
    return ord(lead), at + 1

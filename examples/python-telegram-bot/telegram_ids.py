"""Hashes Telegram ids, so that no readable id leaves this process.

The same id under the same key always has the same 64 hexadecimal digits. Without the key they reveal nothing; with it,
anyone can try every Telegram id in minutes. Protect the key as you protect the bot's token, and use it for nothing else.

The rules are those of docs/reference/blind-index.md; a test checks this file against its vectors.
"""
import base64
import binascii
import hashlib
import hmac
import re

# Telegram: ids have at most 52 significant bits.
LARGEST_ID = 2**52
INDEX = re.compile(r"[0-9a-f]{64}")


def is_index(value):
    """Returns whether this has the form of `TelegramIds.hash`, and so may stand where an id must not."""
    return isinstance(value, str) and INDEX.fullmatch(value) is not None


class TelegramIds:
    """Hashes ids under one version of a tenant's key.

    scheme 0: HMAC-SHA256(key, id in decimal), the practice of systems before Hatcheck.
    scheme 1: the same over label, channel, kind and id, so that the number 42 of two messengers is two people.
    """

    def __init__(self, key, scheme, version=1):
        if scheme not in (0, 1):
            raise ValueError("The scheme is 0 or 1.")
        if len(key) < (16 if scheme == 1 else 1):
            raise ValueError("The key is empty or too short.")
        if version < 1:
            raise ValueError("Versions of a key start at 1.")
        self._key = key
        self.scheme = scheme
        self.version = version

    @classmethod
    def from_text(cls, text):
        """The key of an existing system: the text of TELEGRAM_ID_HMAC_KEY, passed to HMAC as it is (scheme 0, version 1)."""
        return cls(text.encode("utf-8"), scheme=0)

    @classmethod
    def from_exported_line(cls, line):
        """Reads the key as `hatcheck keys export-index` prints it: hatcheck-index:VERSION:SCHEME:BASE64."""
        try:
            name, version, scheme, key = line.strip().split(":")
            if name != "hatcheck-index":
                raise ValueError
            return cls(base64.b64decode(key, validate=True), int(scheme), int(version))
        except (ValueError, binascii.Error):
            # Without the cause: its message could repeat a part of the key.
            raise ValueError("This is not a line of `hatcheck keys export-index`.") from None

    def hash(self, telegram_id):
        """Returns 64 lowercase hexadecimal digits for a person's id, an int from 1 to 2^52 (`from.id` of an update)."""
        if isinstance(telegram_id, bool) or not isinstance(telegram_id, int) or not 1 <= telegram_id <= LARGEST_ID:
            raise ValueError("A person's Telegram id is an int from 1 to 2^52.")
        decimal = str(telegram_id).encode("ascii")
        message = decimal if self.scheme == 0 else labelled(b"hatcheck identity v1", b"telegram", b"user", decimal)
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def __repr__(self):
        return f"TelegramIds(scheme={self.scheme}, version={self.version})"


def labelled(*fields):
    """Returns scheme 1's input: each field after its length (4 bytes, big endian), so that `ab` + `c` differs from `a` + `bc`."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)

"""Computes the vectors of docs/reference/blind-index.md from that page's words, with Python's hmac.

Usage: compute_index.py PAGE; prints one value a line, in the order of the table.
"""
import hashlib
import hmac
import sys


def fields(*values):
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


with open(sys.argv[1], encoding="utf-8") as page:
    rows = page.read().split("## Vectors")[1].splitlines()
for row in rows:
    cells = [cell.strip().strip("`") for cell in row.split("|")[1:-1]]
    if len(cells) != 7 or cells[0] not in ("0", "1", "nested"):
        continue
    scheme, key, label, channel, kind, identifier = (cell.encode() for cell in cells[:6])
    message = identifier
    if scheme == b"1":
        message = fields(b"hatcheck " + label + b" v1", channel, kind, identifier)
    print(hmac.new(bytes.fromhex(key.decode()), message, hashlib.sha256).hexdigest())

"""Opens the golden cells with nothing but docs/reference/cell-format.md and Debian's python3-cryptography.

Usage: open_cells.py FILE; prints "opened N cells", or fails on the first that does not open to what the file says.
"""
import hmac
import json
import sys
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand


def fields(*values):
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


def open_cell(data_key, key_version, place, cell):
    version, suite = cell[0], cell[1]
    assert version == 1 and suite == 1, "unknown format"
    assert int.from_bytes(cell[2:6], "big") == key_version, "another key version"
    header, salt, commitment = cell[:54], cell[6:22], cell[22:54]
    table, column = place["table"].encode("ascii"), place["column"].encode("ascii")
    info = fields(b"hatcheck cell v1", bytes([suite]), table, column, salt)
    derived = HKDFExpand(SHA256(), 76, info).derive(data_key)
    assert hmac.compare_digest(derived[44:], commitment), "another key"
    tenant, record, user = (uuid.UUID(place[name]).bytes for name in ("tenant", "record", "user"))
    aad = fields(header, tenant, table, column, record, user)
    return AESGCM(derived[:32]).decrypt(derived[32:44], cell[54:], aad)


with open(sys.argv[1], encoding="utf-8") as file:
    golden = json.load(file)
for entry in golden:
    plain = open_cell(bytes.fromhex(entry["key"]), entry["key_version"], entry["place"], bytes.fromhex(entry["cell"]))
    assert plain == bytes.fromhex(entry["plain"]), "it opened to something else"
print(f"opened {len(golden)} cells")

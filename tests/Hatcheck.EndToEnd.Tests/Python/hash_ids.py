"""Hashes with the example's telegram_ids.py. Usage: hash_ids.py FOLDER < lines of `scheme key-in-hex id`.

Prints a hash per line.
"""
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])

from telegram_ids import TelegramIds  # noqa: E402

for line in sys.stdin:
    scheme, key, telegram_id = line.split()
    print(TelegramIds(bytes.fromhex(key), int(scheme)).hash(int(telegram_id)))

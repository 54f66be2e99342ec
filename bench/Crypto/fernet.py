"""Python's side of --vs-fernet: seals and opens 200 bytes for some seconds, prints µs of CPU an operation: seal, open."""
import os
import sys
import time

from cryptography.fernet import Fernet

BATCH = 500
fernet = Fernet(Fernet.generate_key())
plain = os.urandom(200)


def measure(operation, seconds):
    for _ in range(BATCH):
        operation()
    count, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        for _ in range(BATCH):
            operation()
        count += BATCH
    return (time.process_time() - start) / count * 1e6


seconds = float(sys.argv[1]) / 2
token = fernet.encrypt(plain)
print(measure(lambda: fernet.encrypt(plain), seconds), measure(lambda: fernet.decrypt(token), seconds))

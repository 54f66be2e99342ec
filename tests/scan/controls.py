#!/usr/bin/env python3
"""Writes requests for vulnerable.py, in the form of requests.py: a hole in the path, the query, a JSON body and a header.

controls.py ADDRESS KEY FOLDER
"""

import os
import sys
from urllib.parse import urlsplit

REQUESTS = {
    "path": ("GET /users/id1*", [], ""),
    "query": ("GET /users?limit=1*", [], ""),
    "body": ("POST /users/search", ["Content-Type: application/json"], '{"email": "person1@example.org*"}'),
    "header": ("GET /users/id1", ["If-Match: 1*"], ""),
}


def main(address, key, folder):
    os.makedirs(folder, exist_ok=True)
    for name, (line, headers, body) in REQUESTS.items():
        common = [f"Host: {urlsplit(address).netloc}", f"Authorization: Bearer {key}", "Accept: application/json"]
        head = [f"{line} HTTP/1.1", *common, *headers]
        with open(os.path.join(folder, f"{name}.txt"), "w", encoding="utf-8", newline="") as file:
            file.write("\r\n".join(head) + "\r\n\r\n" + body)


if __name__ == "__main__":
    main(*sys.argv[1:])

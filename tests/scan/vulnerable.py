#!/usr/bin/env python3
"""The positive control of the scans: a server with every hole that the scanners look for in Hatcheck. Listens on loopback only.

It has the shape of Hatcheck's API, bearer key included: a scanner that finds these holes sends its requests as it does to
Hatcheck. One that finds nothing here is set up wrongly, and its report on Hatcheck proves nothing.

vulnerable.py PORT KEY
"""

import html
import json
import sqlite3
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

LINKS = ["/users?limit=1", "/greeting?name=Ada", "/file?name=/etc/hostname", "/lookup?host=localhost", "/go?url=/users"]


def database():
    connection = sqlite3.connect(":memory:")
    connection.execute("create table users (id text, email text)")
    connection.executemany("insert into users values (?, ?)", [(f"id{n}", f"person{n}@example.org") for n in range(20)])
    return connection


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    key = ""

    def answer(self, status, text, kind="application/json", **headers):
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def sql(self, statement):
        try:
            rows = database().execute(statement).fetchall()
            self.answer(200 if rows else 404, json.dumps({"items": rows}))
        except sqlite3.Error as fault:
            self.answer(500, f"sqlite3.OperationalError: {fault}")

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Authorization") != f"Bearer {self.key}":
            return self.answer(401, "{}")
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        parts = [unquote(part) for part in address.path.split("/")[1:]]
        if parts == ["users", "search"]:
            try:
                email = str(json.loads(body)["email"])
            except (ValueError, KeyError, TypeError):
                return self.answer(400, "{}")
            return self.sql(f"select id, email from users where email = '{email}'")
        if parts == ["users"]:
            return self.sql(f"select id, email from users limit {query.get('limit', '1')}")
        if len(parts) == 2 and parts[0] == "users":
            if "If-Match" in self.headers:
                return self.sql(f"select id from users where id = 'id1' and '{self.headers['If-Match']}' <> ''")
            return self.sql(f"select id, email from users where id = '{parts[1]}'")
        if parts == ["greeting"]:
            return self.answer(200, f"<html><body>Hello {query.get('name', '')}</body></html>", "text/html")
        if parts == ["file"]:
            try:
                with open(query.get("name", ""), encoding="utf-8", errors="replace") as file:
                    return self.answer(200, file.read(), "text/plain")
            except (OSError, ValueError) as fault:
                return self.answer(500, str(fault), "text/plain")
        if parts == ["lookup"]:
            command = f"echo {query.get('host', '')}".replace("\0", "")
            told = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=30, check=False)
            return self.answer(200, told.stdout, "text/plain")
        if parts == ["go"]:
            # Encoded: wapiti's sql module ends at the first Location that isn't UTF-8.
            return self.answer(302, "", "text/plain", Location=quote(query.get("url", "/"), safe="/:?&=#"))
        links = "".join(f'<a href="{html.escape(link)}">.</a>' for link in LINKS)
        return self.answer(200, f"<html><body>{links}</body></html>", "text/html")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Handler.key = sys.argv[2]
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()

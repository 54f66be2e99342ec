"""The owner's own API over the owner's own table, which holds a hash where it once held a Telegram id.

GET, PUT and DELETE /users/by-telegram/{hash} with a Bearer key. The WSGI application is `application()`; run as a program it
serves on loopback. Its log holds neither hashes nor addresses: it names routes, not paths.
"""
import hmac
import json
import logging
import os
import re
import socketserver
import sqlite3
import sys
import uuid
from contextlib import closing
from datetime import datetime, timezone
from http import HTTPStatus
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from telegram_ids import is_index

LARGEST_BODY = 4096
ROUTE = "/users/by-telegram/"
# `telegram_user_id` as Django's CharField(max_length=64, unique=True) creates it, and as `hatcheck ids` leaves a table of ids.
SCHEMA = """
create table if not exists alice_user (
    id integer primary key,
    telegram_user_id varchar(64) not null unique,
    language varchar(8) not null default 'en',
    joined_at varchar(32) not null,
    ticket char(36) null
)
"""

log = logging.getLogger("api")


class Problem(Exception):
    """A refusal: a status and a stable code, with nothing of the request in it."""

    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


class Api:
    def __init__(self, database, key):
        self._database, self._key = database, key.encode("utf-8")
        with closing(self._open()) as connection, connection:
            connection.execute(SCHEMA)

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        # The method, too, is the sender's text: only known ones get into the log.
        method = environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in ("GET", "PUT", "DELETE") else "other"
        route = ROUTE + "{hash}" if path.startswith(ROUTE) else "unknown"
        try:
            status, body = self._answer(environ, method, path)
        except Problem as problem:
            status = problem.status
            body = {"status": status, "title": HTTPStatus(status).phrase, "code": problem.code}
        except Exception as fault:  # The edge of the program. Only the kind: a fault's text may hold what was sent.
            log.error("%s %s failed with %s", method, route, type(fault).__name__)
            status, body = 500, {"status": 500, "title": HTTPStatus(500).phrase, "code": "server.fault"}
        log.info("%s %s %d", method, route, status)
        content = b"" if body is None else json.dumps(body).encode("utf-8")
        headers = [("Content-Length", str(len(content)))]
        if content:
            headers.append(("Content-Type", "application/problem+json" if status >= 400 else "application/json"))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [content]

    def _answer(self, environ, method, path):
        given = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1")
        if not hmac.compare_digest(given, b"Bearer " + self._key):
            raise Problem(401, "auth.unauthenticated")
        if not path.startswith(ROUTE):
            raise Problem(404, "request.no_such_endpoint")
        telegram_hash = path[len(ROUTE):]
        if not is_index(telegram_hash):
            # Perhaps a plain id, which has no place in an address: refused before any look-up.
            raise Problem(400, "user.hash_expected")
        with closing(self._open()) as connection, connection:
            if method == "GET":
                return 200, self._find(connection, telegram_hash)
            if method == "PUT":
                return 200, self._keep(connection, telegram_hash, _ticket(environ))
            if method == "DELETE":
                connection.execute("delete from alice_user where telegram_user_id = ?", [telegram_hash])
                return 204, None
        raise Problem(405, "request.method_not_allowed")

    @staticmethod
    def _find(connection, telegram_hash):
        query = "select id, language, joined_at, ticket from alice_user where telegram_user_id = ?"
        row = connection.execute(query, [telegram_hash]).fetchone()
        if row is None:
            raise Problem(404, "user.not_found")
        return dict(row)

    def _keep(self, connection, telegram_hash, ticket):
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        connection.execute(
            "insert into alice_user (telegram_user_id, joined_at, ticket) values (?, ?, ?) "
            "on conflict (telegram_user_id) do update set ticket = excluded.ticket",
            [telegram_hash, now, ticket],
        )
        return self._find(connection, telegram_hash)

    def _open(self):
        connection = sqlite3.connect(self._database, timeout=5)
        connection.row_factory = sqlite3.Row
        # Overwrites deleted bytes instead of leaving them for the next row.
        connection.execute("pragma secure_delete = on")
        return connection


def _ticket(environ):
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < length <= LARGEST_BODY:
            raise ValueError
        return str(uuid.UUID(json.loads(environ["wsgi.input"].read(length))["ticket"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Problem(400, "request.malformed") from None


class QuietHandler(WSGIRequestHandler):
    """Logs nothing: wsgiref prints every request line, and broken ones may hold ids."""

    timeout = 10

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, *_):
        log.warning("A connection broke with %s.", type(sys.exc_info()[1]).__name__)


def application():
    """For a WSGI server of your choice: `gunicorn 'api:application()'`. Switch its access log off: it writes addresses."""
    key = os.environ.get("ALICE_API_KEY", "").strip()
    if not re.fullmatch(r"[!-~]{16,}", key):
        sys.exit("Set ALICE_API_KEY to at least 16 printable characters, for example from: openssl rand -hex 32")
    return Api(os.environ.get("ALICE_DATABASE", "alice.db"), key)


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    port = int(os.environ.get("ALICE_PORT", "8000"))
    with make_server("127.0.0.1", port, application(), server_class=Server, handler_class=QuietHandler) as server:
        log.info("Listening on http://127.0.0.1:%d", port)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()

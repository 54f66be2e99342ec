import io
import json
import os
import sqlite3
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from wsgiref.simple_server import make_server

import api
from telegram_ids import TelegramIds

KEY = "a key of at least 16 characters"
TICKET = "7f1d3c58-4f7e-4a9b-9c0e-2f6a1b8d5e30"
HASH = TelegramIds.from_text("a key that another system already had").hash(7012345678)


class ApiTests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.database = os.path.join(folder.name, "alice.db")
        self.api = api.Api(self.database, KEY)
        logs = self.assertLogs("api")
        self.logged = logs.__enter__()
        self.addCleanup(lambda: logs.__exit__(None, None, None))

    def ask(self, method, path, body=None, key=KEY):
        content = json.dumps(body).encode() if body is not None else b""
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "CONTENT_LENGTH": str(len(content)),
            "wsgi.input": io.BytesIO(content),
        }
        told = []
        answer = b"".join(self.api(environ, lambda status, headers: told.append(int(status[:3]))))
        return told[0], json.loads(answer) if answer else None

    def test_a_person_is_kept_once_found_by_hash_and_forgotten(self):
        path = f"/users/by-telegram/{HASH}"
        self.assertEqual(self.ask("GET", path)[0], 404)
        made = self.ask("PUT", path, {"ticket": TICKET})
        self.assertEqual(self.ask("PUT", path, {"ticket": TICKET}), made)
        self.assertEqual(self.ask("GET", path), made)
        self.assertEqual(made[1]["ticket"], TICKET)
        self.assertEqual(self.ask("DELETE", path), (204, None))
        self.assertEqual(self.ask("DELETE", path), (204, None))
        self.assertEqual(self.ask("GET", path)[1]["code"], "user.not_found")

    def test_a_row_of_a_table_that_was_hashed_keeps_its_number_and_gets_its_ticket(self):
        with sqlite3.connect(self.database) as connection:
            connection.execute(
                "insert into alice_user (id, telegram_user_id, language, joined_at) values (77, ?, 'fi', '2019-05-01')", [HASH]
            )
        connection.close()
        self.assertEqual(
            self.ask("PUT", f"/users/by-telegram/{HASH}", {"ticket": TICKET})[1],
            {"id": 77, "language": "fi", "joined_at": "2019-05-01", "ticket": TICKET},
        )

    def test_anything_but_a_hash_is_400_and_in_no_log(self):
        for wrong in ("7012345678", HASH[1:], HASH + "0", HASH.upper(), HASH + "\n", "", "@ada", f"{HASH}/x"):
            self.assertEqual(
                self.ask("GET", f"/users/by-telegram/{wrong}"),
                (400, {"status": 400, "title": "Bad Request", "code": "user.hash_expected"}),
            )
        told = "\n".join(self.logged.output)
        self.assertIn("GET /users/by-telegram/{hash} 400", told)
        self.assertNotIn("7012345678", told)
        self.assertNotIn(HASH[1:].lower(), told.lower())

    def test_without_the_key_nothing_is_told(self):
        for key in ("", "wrong", KEY + "x", "\u00e9"):
            self.assertEqual(self.ask("GET", f"/users/by-telegram/{HASH}", key=key)[0], 401)
            self.assertEqual(self.ask("GET", "/users/by-telegram/7012345678", key=key)[0], 401)

    def test_other_places_methods_and_bodies_are_refused(self):
        self.assertEqual(self.ask("GET", "/")[0], 404)
        self.assertEqual(self.ask("POST", f"/users/by-telegram/{HASH}")[0], 405)
        for body in (None, {}, {"ticket": 5}, {"ticket": "x"}, [], "x", {"ticket": "x" * 5000}):
            self.assertEqual(self.ask("PUT", f"/users/by-telegram/{HASH}", body)[0], 400)

    def test_a_fault_is_500_and_tells_its_kind_only(self):
        os.remove(self.database)
        os.mkdir(self.database)
        self.assertEqual(self.ask("GET", f"/users/by-telegram/{HASH}")[1]["code"], "server.fault")
        self.assertIn("failed with OperationalError", "\n".join(self.logged.output))

    def test_over_http_no_request_line_is_printed(self):
        printed, real = io.StringIO(), api.sys.stderr
        with make_server("127.0.0.1", 0, self.api, server_class=api.Server, handler_class=api.QuietHandler) as server:
            threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
            api.sys.stderr = printed
            try:
                address = f"http://127.0.0.1:{server.server_port}/users/by-telegram/{HASH}"
                request = urllib.request.Request(address, headers={"Authorization": f"Bearer {KEY}"})
                with self.assertRaises(urllib.error.HTTPError) as refusal:
                    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
                refusal.exception.close()
            finally:
                api.sys.stderr = real
                server.shutdown()
        self.assertEqual((refusal.exception.code, printed.getvalue()), (404, ""))

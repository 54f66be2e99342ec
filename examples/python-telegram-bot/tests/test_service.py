import http.server
import json
import threading
import traceback
import unittest

from hatcheck import Hatcheck
from service import Service, ServiceError, ServiceUnavailable

KEY = "hck_demo_canary"
HASH = "ab" * 32
TICKET = "7f1d3c58-4f7e-4a9b-9c0e-2f6a1b8d5e30"


def problem(status, code, **headers):
    return status, {"status": status, "code": code, "trace_id": "4bf92f35"}, headers


class Script(http.server.BaseHTTPRequestHandler):
    """Answers each request with the next scripted answer; records the requests."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, body.decode(), self.headers))
        status, content, headers = self.server.answers.pop(0)
        if status is None:
            self.close_connection = True
            return
        content = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer

    def log_message(self, *_):
        pass


class ServiceTests(unittest.TestCase):
    def setUp(self):
        self.server = http.server.HTTPServer(("127.0.0.1", 0), Script)
        self.server.asked, self.server.answers = [], []
        self.pauses = []
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()
        self.hatcheck = self.client()

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def client(self, **patience):
        now = [0.0]

        def sleep(seconds):
            self.pauses.append(seconds)
            now[0] += seconds

        return Hatcheck(f"http://127.0.0.1:{self.server.server_port}", KEY, sleep=sleep, clock=lambda: now[0], **patience)

    def expect(self, *answers):
        self.server.answers.extend(answers)

    def test_a_person_is_named_by_hash_and_version_with_the_key_in_the_header(self):
        self.expect((200, {"id": TICKET, "created": True}, {}))
        self.assertEqual(self.hatcheck.resolve(HASH, 2)["id"], TICKET)
        method, path, body, headers = self.server.asked[0]
        self.assertEqual((method, path), ("POST", "/users/resolve"))
        self.assertEqual(json.loads(body), {"channel": "telegram", "hash": HASH, "key_version": 2})
        self.assertEqual(headers["Authorization"], f"Bearer {KEY}")

    def test_a_stranger_is_none_and_other_refusals_are_errors(self):
        self.expect(problem(404, "user.not_found"), problem(422, "identity.key_version"))
        self.assertIsNone(self.hatcheck.find(HASH, 1))
        with self.assertRaises(ServiceError) as refusal:
            self.hatcheck.find(HASH, 9)
        fault = refusal.exception
        self.assertEqual((fault.status, fault.code, fault.trace_id), (422, "identity.key_version", "4bf92f35"))
        self.assertEqual(str(refusal.exception), "Hatcheck answered 422 identity.key_version (trace 4bf92f35).")

    def test_an_outage_is_waited_for_and_a_repeat_is_the_same_write(self):
        self.expect(
            problem(503, "database.unavailable", Retry_After="1"),
            (None, b"", {}),
            problem(409, "idempotency.in_flight"),
            (201, {"id": "x"}, {}),
        )
        self.hatcheck.record_usage(TICKET, "command.start", "42.7")
        self.assertEqual([headers["Idempotency-Key"] for _, _, _, headers in self.server.asked], ["42.7"] * 4)
        self.assertEqual(self.pauses[0], 1)
        self.assertTrue(0.2 <= self.pauses[1] <= 0.4 and 0.4 <= self.pauses[2] <= 0.8)

    def test_an_outage_that_lasts_and_a_pause_that_is_too_long_are_told_apart_from_refusals(self):
        self.expect(*[problem(502, "x")] * 4)
        with self.assertRaises(ServiceUnavailable):
            self.hatcheck.summary(TICKET)
        self.assertEqual(len(self.pauses), 3)
        self.expect(problem(429, "rate.limited", Retry_After="3600"))
        with self.assertRaises(ServiceUnavailable) as outage:
            self.hatcheck.summary(TICKET)
        self.assertEqual((outage.exception.retry_after, len(self.pauses)), (3600, 3))

    def test_an_erasure_whose_answer_was_lost_is_done_and_one_of_somebody_gone_is_an_error(self):
        self.expect((None, b"", {}), problem(410, "user.erased"), problem(410, "user.erased"))
        self.hatcheck.erase(TICKET)
        with self.assertRaises(ServiceError) as refusal:
            self.hatcheck.erase(TICKET)
        self.assertEqual(refusal.exception.code, "user.erased")

    def test_a_redirect_is_not_followed(self):
        self.expect((302, b"", {"Location": f"http://127.0.0.1:{self.server.server_port}/elsewhere"}))
        with self.assertRaises(ServiceError):
            self.hatcheck.summary(TICKET)
        self.assertEqual(len(self.server.asked), 1)

    def test_an_answer_that_is_not_json_is_an_error_and_never_part_of_it(self):
        self.expect(
            (200, b"<html>canary", {}),
            (500, b"<html>canary", {}),
            (400, {"code": "canary canary", "trace_id": "a\nb"}, {}),
        )
        for _ in range(3):
            with self.assertRaises(ServiceError) as fault:
                self.hatcheck.tenant()
            self.assertEqual(fault.exception.code, "client.unreadable_answer")
            self.assertNotIn("canary", "".join(traceback.format_exception(None, fault.exception, None)))

    def test_no_error_tells_key_hash_ticket_or_address(self):
        self.expect(problem(404, "user.not_found"), *[(None, b"", {})] * 4)
        faults = []
        for call in (lambda: self.hatcheck.summary(TICKET), lambda: self.hatcheck.resolve(HASH, 1)):
            try:
                call()
            except ServiceError as fault:
                faults.append(traceback.format_exc() + repr(fault) + repr(vars(fault)))
        self.assertEqual(len(faults), 2)
        for told in faults:
            for secret in (KEY, HASH, TICKET, "127.0.0.1"):
                self.assertNotIn(secret, told)
        self.assertNotIn(KEY, repr(vars(self.hatcheck)))

    def test_nobody_listening_and_silence_are_outages(self):
        self.server.shutdown()
        self.server.server_close()
        with self.assertRaises(ServiceUnavailable) as outage:
            self.hatcheck.tenant()
        self.assertEqual(outage.exception.code, "client.unreachable")
        # Its backlog accepts connections, and it never answers.
        silent = http.server.HTTPServer(("127.0.0.1", 0), Script)
        with silent, self.assertRaises(ServiceUnavailable) as outage:
            Service("Silent", f"http://127.0.0.1:{silent.server_port}", KEY, timeout=0.05, retries=0).call("GET", "/")
        self.assertEqual(outage.exception.code, "client.timed_out")

    def test_an_address_that_would_show_the_key_and_a_key_that_no_header_takes_are_refused(self):
        wrong_addresses = (("http://hatcheck.example", KEY), ("ftp://127.0.0.1", KEY))
        wrong_keys = (("https://hatcheck.example", key) for key in ("a\nb", "", "é"))
        for url, key in (*wrong_addresses, *wrong_keys):
            with self.assertRaises(ValueError) as refusal:
                Service("Hatcheck", url, key)
            self.assertNotIn(key or "?", str(refusal.exception))

"""Calls a JSON service, with time-outs, retries in an outage, and typed errors that hold nothing personal."""
import http.client
import json
import random
import re
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

OUTAGES = (408, 429, 502, 503, 504)
LARGEST_ANSWER = 64 * 1024 * 1024
LABEL = re.compile(r"[A-Za-z0-9._-]{1,64}")


class ServiceError(Exception):
    """A refusal. Its text is safe to log: the service's name, the status, a stable code and a trace id.

    It never holds bodies, addresses, keys, ids or hashes.
    """

    def __init__(self, service, status, code, trace_id=None, errors=None):
        trace = f" (trace {trace_id})" if trace_id else ""
        super().__init__(f"{service} answered {status} {code}{trace}." if status else f"{service}: {code}.")
        self.status = status
        self.code = code
        self.trace_id = trace_id
        self.errors = errors or {}


class ServiceUnavailable(ServiceError):
    """No answer, or a request to wait: the same call may succeed later."""

    def __init__(self, service, status, code, trace_id=None, retry_after=None):
        super().__init__(service, status, code, trace_id)
        self.retry_after = retry_after


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    # urllib would send the key to the redirect's target.
    def redirect_request(self, *_):
        return None


def is_this_machine(url):
    return urllib.parse.urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")


def opener(url):
    """Returns urllib's opener for one address: no redirects, and no proxy of the environment for this machine."""
    return urllib.request.build_opener(_NoRedirects, *([urllib.request.ProxyHandler({})] if is_this_machine(url) else []))


class Service:
    """One JSON service behind a Bearer key.

    timeout: seconds without an answer that end an attempt. total: seconds that a call may take, pauses included. retries: how
    often a call is repeated in an outage; every call through this class must therefore be safe to repeat.
    """

    def __init__(self, name, url, key, timeout=5.0, total=15.0, retries=3, sleep=time.sleep, clock=time.monotonic):
        if not url.startswith("https://") and not (url.startswith("http://") and is_this_machine(url)):
            raise ValueError(f"{name}'s address must be https: off this machine its key would travel readable.")
        # http.client's exception repeats a value that a header can't hold.
        if not (key and key.isascii() and key.isprintable()):
            raise ValueError(f"{name}'s key must be printable ASCII.")
        self.name = name
        self._url = url.rstrip("/")
        self._key = key
        self._timeout, self._total, self._retries = timeout, total, retries
        self._sleep, self._clock = sleep, clock
        self._opener = opener(url)

    def call(self, method, path, body=None, idempotency_key=None, done_before=None):
        """Returns the answer's JSON, or None without one.

        done_before: for deletions, the code that on a retry means that an earlier attempt succeeded and its answer was lost.
        """
        end = self._clock() + self._total
        for attempt in range(self._retries + 1):
            try:
                return self._try(method, path, body, idempotency_key, min(self._timeout, max(end - self._clock(), 0.1)))
            except ServiceError as refusal:
                if attempt > 0 and refusal.code == done_before:
                    return None
                if not isinstance(refusal, ServiceUnavailable) or attempt == self._retries:
                    raise
                pause = refusal.retry_after
                if pause is None:
                    # 0.2, 0.4, 0.8 … seconds, each shortened at random, so that many bots do not retry at once.
                    pause = min(0.2 * 2**attempt, 5.0) * random.uniform(0.5, 1.0)
                if self._clock() + pause > end:
                    raise
            self._sleep(pause)

    def _try(self, method, path, body, idempotency_key, timeout):
        request = urllib.request.Request(self._url + path, method=method)
        request.add_header("Authorization", f"Bearer {self._key}")
        request.add_header("Accept", "application/json, application/problem+json")
        if idempotency_key:
            request.add_header("Idempotency-Key", idempotency_key)
        if body is not None:
            request.data = json.dumps(body).encode("utf-8")
            request.add_header("Content-Type", "application/json")
        # `from None` throughout: urllib's exceptions would carry the address, with hashes and user ids, into tracebacks.
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                content = answer.read(LARGEST_ANSWER + 1)
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise self._refusal(refusal) from None
        except (OSError, http.client.HTTPException) as fault:
            cause = getattr(fault, "reason", fault)
            code = "client.timed_out" if isinstance(cause, socket.timeout) else "client.unreachable"
            raise ServiceUnavailable(self.name, None, code) from None
        try:
            return json.loads(content) if content else None
        except ValueError:
            raise ServiceError(self.name, 200, "client.unreadable_answer") from None

    def _refusal(self, refusal):
        try:
            problem = json.loads(refusal.read(65536))
        except (OSError, http.client.HTTPException, ValueError):
            problem = None
        if not isinstance(problem, dict):
            problem = {}
        code = _label(problem.get("code")) or "client.unreadable_answer"
        trace = _label(problem.get("trace_id"))
        # In flight: an earlier attempt at the same write is still in progress.
        if refusal.code in OUTAGES or code == "idempotency.in_flight":
            after = re.fullmatch("[0-9]{1,5}", refusal.headers.get("Retry-After") or "")
            return ServiceUnavailable(self.name, refusal.code, code, trace, int(after[0]) if after else None)
        return ServiceError(self.name, refusal.code, code, trace, problem.get("errors"))

    def __repr__(self):
        return f"Service({self.name!r})"


def _label(text):
    # A proxy may answer anything: only text with the form of a code or a trace id gets into a message.
    return text if isinstance(text, str) and LABEL.fullmatch(text) else None

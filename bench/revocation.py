"""Ends sessions on one node while two clients use them on another; prints how long the other still accepted them.

Called by revocation.sh.
"""
import http.client
import json
import sys
import threading
import time

count, key, *addresses = int(sys.argv[1]), *sys.argv[2:]
first, second = (address.removeprefix("http://") for address in addresses)


def call(connection, method, path, bearer, body=None):
    headers = {"Authorization": f"Bearer {bearer}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


class Client(threading.Thread):
    """Calls the second node without pause until refused; records when each request was sent."""

    def __init__(self, token):
        super().__init__()
        self.token, self.good, self.refused = token, [], None

    def run(self):
        connection = http.client.HTTPConnection(second)
        while self.refused is None:
            sent = time.perf_counter()
            status, _ = call(connection, "GET", "/me", self.token)
            if status == 200:
                self.good.append(sent)
            else:
                self.refused = time.perf_counter()
        connection.close()


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


admin = http.client.HTTPConnection(first)
user = json.loads(call(admin, "POST", "/users/resolve", key, {"channel": "telegram", "id": "4711"})[1])["id"]
latencies, late, asked = [], 0, 0
for _ in range(count):
    session = json.loads(call(admin, "POST", f"/users/{user}/sessions", key, {})[1])
    clients = [Client(session["access_token"]) for _ in range(2)]
    for client in clients:
        client.start()
    while not all(client.good for client in clients):
        time.sleep(0.001)
    begun = time.perf_counter()
    status, _ = call(admin, "DELETE", f"/users/{user}/sessions/{session['session_id']}", key)
    ended = time.perf_counter()
    assert status == 204, status
    for client in clients:
        client.join()
        latencies.append((client.refused - begun) * 1000)
        late += sum(1 for sent in client.good if sent > ended)
        asked += len(client.good)

print(
    f"from sending the revocation to one node until the other refuses: p50 {percentile(latencies, 0.5):.1f} ms, "
    f"p99 {percentile(latencies, 0.99):.1f} ms, max {max(latencies):.1f} ms ({asked} answered before)"
)
print(f"answered 200 though sent after the revocation was answered: {late}")
print("token " + json.loads(call(admin, "POST", f"/users/{user}/sessions", key, {})[1])["access_token"])

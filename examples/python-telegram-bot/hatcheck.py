"""As much of Hatcheck's API as a bot needs; all of it is in docs/reference/api.md.

Every method raises `service.ServiceUnavailable` in an outage and `service.ServiceError` for a refusal, whose `code` says which.
"""
from service import Service, ServiceError


class Hatcheck:
    """The users of one tenant. A blind-only tenant: this process gives hashes, and Hatcheck never sees an id."""

    def __init__(self, url, api_key, **patience):
        self._service = Service("Hatcheck", url, api_key, **patience)

    def tenant(self):
        """How this key's tenant hashes: blind_only, index_scheme, index_key_version."""
        return self._service.call("GET", "/tenant")

    def resolve(self, telegram_hash, key_version):
        """The ticket of a person, made if absent: {"id": …, "created": …}. Twice is as good as once."""
        return self._service.call("POST", "/users/resolve", _identity(telegram_hash, key_version))

    def find(self, telegram_hash, key_version):
        """The ticket of a person who is known; None for a stranger, of whom nothing is made or kept."""
        try:
            return self._service.call("POST", "/users/find", _identity(telegram_hash, key_version))["id"]
        except ServiceError as refusal:
            if refusal.code == "user.not_found":
                return None
            raise

    def record_usage(self, ticket, action, idempotency_key):
        """A line of the usage log. The same key within 24 hours stores one line, however often it is sent."""
        self._service.call("POST", f"/users/{ticket}/usage", {"action": action}, idempotency_key=idempotency_key)

    def summary(self, ticket):
        """How much is kept: created_at, and sections with name, description and count."""
        return self._service.call("GET", f"/users/{ticket}/summary")

    def export(self, ticket):
        """Everything that is kept, readable."""
        return self._service.call("GET", f"/users/{ticket}/export")

    def erase(self, ticket):
        """Deletes everything and destroys the key to any copy of it. Ask the person first: there is no way back."""
        self._service.call("DELETE", f"/users/{ticket}?confirm=true", done_before="user.erased")


def _identity(telegram_hash, key_version):
    return {"channel": "telegram", "hash": telegram_hash, "key_version": key_version}

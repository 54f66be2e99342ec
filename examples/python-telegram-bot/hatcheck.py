"""The part of Hatcheck's API that a bot needs; docs/reference/api.md has all of it.

Every method raises `service.ServiceUnavailable` in an outage and `service.ServiceError` for a refusal, with its `code`.
"""
from service import Service, ServiceError


class Hatcheck:
    """The users of one blind-only tenant: this process sends hashes, and Hatcheck never sees an id."""

    def __init__(self, url, api_key, **patience):
        self._service = Service("Hatcheck", url, api_key, **patience)

    def tenant(self):
        """Returns how this key's tenant hashes: blind_only, index_scheme, index_key_version."""
        return self._service.call("GET", "/tenant")

    def resolve(self, telegram_hash, key_version):
        """Returns a person's ticket, created if absent: {"id": …, "created": …}. Safe to repeat."""
        return self._service.call("POST", "/users/resolve", _identity(telegram_hash, key_version))

    def find(self, telegram_hash, key_version):
        """Returns a known person's ticket; None for a stranger, and nothing is created or stored."""
        try:
            return self._service.call("POST", "/users/find", _identity(telegram_hash, key_version))["id"]
        except ServiceError as refusal:
            if refusal.code == "user.not_found":
                return None
            raise

    def record_usage(self, ticket, action, idempotency_key):
        """Adds a line to the usage log. The same key within 24 hours stores one line, however often it is sent."""
        self._service.call("POST", f"/users/{ticket}/usage", {"action": action}, idempotency_key=idempotency_key)

    def summary(self, ticket):
        """Returns how much is stored: created_at, and sections with name, description and count."""
        return self._service.call("GET", f"/users/{ticket}/summary")

    def export(self, ticket):
        """Returns everything stored, readable."""
        return self._service.call("GET", f"/users/{ticket}/export")

    def erase(self, ticket):
        """Deletes everything and destroys the key to every copy. Ask the person first: there is no way back."""
        self._service.call("DELETE", f"/users/{ticket}?confirm=true", done_before="user.erased")


def _identity(telegram_hash, key_version):
    return {"channel": "telegram", "hash": telegram_hash, "key_version": key_version}

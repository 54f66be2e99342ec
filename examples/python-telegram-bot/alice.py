"""Client of the owner's own API (`api.py`): by hash, never by id."""
from service import Service, ServiceError


class Alice:
    def __init__(self, url, key, **patience):
        self._service = Service("Alice", url, key, **patience)

    def keep(self, telegram_hash, ticket):
        """Returns the person's row, created if absent, with Hatcheck's ticket stored in it."""
        return self._service.call("PUT", f"/users/by-telegram/{telegram_hash}", {"ticket": ticket})

    def find(self, telegram_hash):
        try:
            return self._service.call("GET", f"/users/by-telegram/{telegram_hash}")
        except ServiceError as refusal:
            if refusal.code == "user.not_found":
                return None
            raise

    def forget(self, telegram_hash):
        self._service.call("DELETE", f"/users/by-telegram/{telegram_hash}")

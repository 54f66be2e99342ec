"""A Telegram bot whose people's data is in Hatcheck: its settings, and the loop that fetches updates. README.md starts it."""
import collections
import logging
import os
import signal
import sys
import time

from alice import Alice
from conversation import COMMANDS, Conversation
from hatcheck import Hatcheck
from service import ServiceError, ServiceUnavailable
from telegram import Telegram, TelegramError
from telegram_ids import TelegramIds

log = logging.getLogger("bot")


class Stopped(BaseException):
    """Raised by a signal during a wait, when nothing else is in progress."""


class Poller:
    """Polls for updates and handles them one by one. An update is confirmed after it is handled, so a crash repeats it."""

    def __init__(self, telegram, handle, sleep=time.sleep):
        self._telegram, self._handle, self._sleep = telegram, handle, sleep
        self._offset = 0
        self._seen = collections.deque(maxlen=1000)
        self._stopping = self._waiting = False

    def stop(self, *_):
        self._stopping = True
        if self._waiting:
            raise Stopped

    def run(self):
        """Runs until stopped; returns the program's exit code."""
        failures = 0
        try:
            while not self._stopping:
                try:
                    for update in self._wait(self._telegram.get_updates, self._offset):
                        self._take(update)
                    failures = 0
                except TelegramError as refusal:
                    log.warning("%s", refusal)
                    if refusal.status in (401, 404):
                        log.error("Is TELEGRAM_BOT_TOKEN the token that BotFather gave?")
                        return 1
                    failures += 1
                    self._wait(self._sleep, min(2**failures, 30))
        except Stopped:
            pass
        self._confirm()
        return 0

    def _wait(self, act, argument):
        self._waiting = True
        try:
            return act(argument)
        finally:
            self._waiting = False

    def _take(self, update):
        if self._stopping:
            return
        # Telegram may deliver an update again.
        if update["update_id"] not in self._seen:
            self._handle(update)
            self._seen.append(update["update_id"])
        self._offset = update["update_id"] + 1

    def _confirm(self):
        try:
            self._telegram.get_updates(self._offset, seconds=0)
        except TelegramError:
            log.info("The last updates could not be confirmed; they will come again.")


def settings():
    """Returns the settings, or exits naming every missing one, and no value."""
    defaults = {
        "TELEGRAM_URL": "https://api.telegram.org",
        "HATCHECK_URL": "http://127.0.0.1:8080",
        "ALICE_URL": "http://127.0.0.1:8000",
    }
    needed = ("TELEGRAM_BOT_TOKEN", "HATCHECK_API_KEY", "ALICE_API_KEY")
    values = {name: os.environ.get(name, "").strip() or defaults.get(name, "") for name in (*defaults, *needed)}
    missing = [name for name in needed if not values[name]]
    if bool(os.environ.get("TELEGRAM_ID_HMAC_KEY")) == bool(os.environ.get("HATCHECK_INDEX_KEY_FILE")):
        missing.append("either TELEGRAM_ID_HMAC_KEY or HATCHECK_INDEX_KEY_FILE")
    if missing:
        sys.exit(f"Set {', '.join(missing)}; .env.example says what they are.")
    return values


def read_key():
    text = os.environ.get("TELEGRAM_ID_HMAC_KEY")
    try:
        if text:
            return TelegramIds.from_text(text)
        with open(os.environ["HATCHECK_INDEX_KEY_FILE"], encoding="ascii") as file:
            return TelegramIds.from_exported_line(file.read())
    except (OSError, ValueError) as fault:
        sys.exit(f"The key that hashes ids can't be used: {fault.strerror if isinstance(fault, OSError) else fault}")


def check_tenant(hatcheck, ids):
    """Exits unless the key is the tenant's: under another key every user would be a stranger."""
    try:
        tenant = hatcheck.tenant()
    except ServiceUnavailable as outage:
        log.warning("%s Going on: people are told to come back.", outage)
        return
    except ServiceError as refusal:
        sys.exit(f"{refusal} Is HATCHECK_API_KEY a key from `hatcheck apikeys add`?")
    if not tenant["blind_only"]:
        sys.exit("This tenant wants ids. Make one whose bots hash: hatcheck tenants add NAME --blind-only")
    if (tenant["index_scheme"], tenant["index_key_version"]) != (ids.scheme, ids.version):
        sys.exit("This tenant hashes with another scheme or version of the key; see README.md.")


def main():
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    values, ids = settings(), read_key()
    try:
        hatcheck = Hatcheck(values["HATCHECK_URL"], values["HATCHECK_API_KEY"])
        alice = Alice(values["ALICE_URL"], values["ALICE_API_KEY"])
    except ValueError as fault:
        sys.exit(str(fault))
    telegram = Telegram(values["TELEGRAM_BOT_TOKEN"], values["TELEGRAM_URL"])
    check_tenant(hatcheck, ids)
    # The number before the colon is public; it distinguishes the write keys of two bots of one tenant.
    conversation = Conversation(telegram, ids, hatcheck, alice, values["TELEGRAM_BOT_TOKEN"].split(":")[0])
    poller = Poller(telegram, conversation.handle)
    signal.signal(signal.SIGTERM, poller.stop)
    signal.signal(signal.SIGINT, poller.stop)
    try:
        telegram.set_commands(COMMANDS)
    except TelegramError as refusal:
        log.warning("%s", refusal)
    log.info("Listening; ids are hashed under scheme %d, key version %d.", ids.scheme, ids.version)
    return poller.run()


if __name__ == "__main__":
    sys.exit(main())

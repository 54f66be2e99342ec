import base64
import os
import pathlib
import re
import tempfile
import unittest
from unittest import mock

import bot
from service import ServiceError, ServiceUnavailable
from telegram import TelegramError
from telegram_ids import TelegramIds

GOOD = {"TELEGRAM_BOT_TOKEN": "1:x", "HATCHECK_API_KEY": "k", "ALICE_API_KEY": "k", "TELEGRAM_ID_HMAC_KEY": "secret canary"}


class Batches:
    """Telegram's updates: returns batches or raises, and stops the poller when none is left."""

    def __init__(self, *batches):
        self.batches, self.offsets, self.poller = list(batches), [], None

    def get_updates(self, offset, seconds=25):
        self.offsets.append(offset)
        if seconds == 0:
            return []
        if not self.batches:
            self.poller.stop()
        batch = self.batches.pop(0)
        if isinstance(batch, Exception):
            raise batch
        return [{"update_id": number} for number in batch]


def poll(*batches, handle=None):
    telegram, handled, pauses = Batches(*batches), [], []

    def note(update):
        handled.append(update["update_id"])
        if handle:
            handle(telegram.poller)

    telegram.poller = bot.Poller(telegram, note, pauses.append)
    return telegram.poller.run(), handled, telegram.offsets, pauses


class PollerTests(unittest.TestCase):
    def test_updates_are_handled_once_each_and_confirmed_afterwards(self):
        code, handled, offsets, _ = poll([5, 5, 6], [6, 7], [])
        self.assertEqual((code, handled), (0, [5, 6, 7]))
        self.assertEqual(offsets, [0, 7, 8, 8, 8])

    def test_a_stop_while_one_is_handled_finishes_it_and_leaves_the_others_to_telegram(self):
        code, handled, offsets, _ = poll([1, 2, 3], handle=lambda poller: poller.stop())
        self.assertEqual((code, handled, offsets[-1]), (0, [1], 2))

    def test_an_outage_of_telegram_is_waited_for_and_a_refused_token_is_the_end(self):
        with self.assertLogs("bot"):
            code, handled, _, pauses = poll(TelegramError("getUpdates", 502), TelegramError("getUpdates", None), [1])
            self.assertEqual((code, handled, pauses), (0, [1], [2, 4]))
            self.assertEqual(poll(TelegramError("getUpdates", 401))[0], 1)


class SettingTests(unittest.TestCase):
    def read(self, **values):
        with mock.patch.dict(os.environ, values, clear=True):
            return bot.settings(), bot.read_key()

    def test_the_example_file_has_every_setting_and_no_other(self):
        folder = pathlib.Path(bot.__file__).parent
        source = "\n".join((folder / file).read_text() for file in ("bot.py", "api.py"))
        asked = set(re.findall(r'"((?:TELEGRAM|HATCHECK|ALICE)_[A-Z_]+)"', source))
        self.assertEqual(set(re.findall(r"^(?:# )?([A-Z_]+)=", (folder / ".env.example").read_text(), re.MULTILINE)), asked)

    def test_everything_that_is_missing_is_named_at_once_and_no_value(self):
        with self.assertRaises(SystemExit) as end:
            self.read(TELEGRAM_BOT_TOKEN="canary")
        for name in ("HATCHECK_API_KEY", "ALICE_API_KEY", "either TELEGRAM_ID_HMAC_KEY or HATCHECK_INDEX_KEY_FILE"):
            self.assertIn(name, str(end.exception))
        self.assertNotIn("canary", str(end.exception))

    def test_the_key_is_the_environments_text_or_the_exported_file(self):
        values, ids = self.read(**GOOD)
        self.assertEqual((values["HATCHECK_URL"], ids.scheme), ("http://127.0.0.1:8080", 0))
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"hatcheck-index:2:1:{base64.b64encode(b'k' * 32).decode()}\n")
            file.flush()
            others = {name: value for name, value in GOOD.items() if name != "TELEGRAM_ID_HMAC_KEY"}
            _, ids = self.read(**others, HATCHECK_INDEX_KEY_FILE=file.name)
            self.assertEqual((ids.scheme, ids.version), (1, 2))
            with self.assertRaises(SystemExit):
                self.read(**GOOD, HATCHECK_INDEX_KEY_FILE=file.name)
            with self.assertRaises(SystemExit) as end:
                self.read(**others, HATCHECK_INDEX_KEY_FILE=file.name + "x")
            self.assertIn("No such file", str(end.exception))

    def test_a_key_that_is_not_the_tenants_stops_the_bot_before_anybody_becomes_a_stranger(self):
        ids = TelegramIds.from_text("secret")
        good = {"blind_only": True, "index_scheme": 0, "index_key_version": 1}
        bot.check_tenant(mock.Mock(tenant=lambda: good), ids)
        for wrong in ({"blind_only": False}, {"index_scheme": 1}, {"index_key_version": 2}):
            with self.assertRaises(SystemExit):
                bot.check_tenant(mock.Mock(tenant=lambda: {**good, **wrong}), ids)
        with self.assertRaises(SystemExit):
            refused = ServiceError("Hatcheck", 401, "auth.unauthenticated")
            bot.check_tenant(mock.Mock(tenant=mock.Mock(side_effect=refused)), ids)
        with self.assertLogs("bot"):
            away = ServiceUnavailable("Hatcheck", None, "client.unreachable")
            bot.check_tenant(mock.Mock(tenant=mock.Mock(side_effect=away)), ids)

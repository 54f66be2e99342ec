import json
import unittest

import conversation
from conversation import Conversation
from service import ServiceError, ServiceUnavailable
from telegram_ids import TelegramIds

ADA = 7012345678
BOB = 7012345679
NOW = 1_800_000_000


class FakeTelegram:
    def __init__(self):
        self.said, self.edits, self.files, self.answered = [], [], [], []

    def send(self, chat, text, buttons=None):
        self.said.append((chat, text, buttons))

    def edit(self, chat, message, text):
        self.edits.append((chat, message, text))

    def answer_press(self, press, text=None):
        self.answered.append(press)

    def send_file(self, chat, name, content, caption):
        self.files.append((chat, name, content))


class FakeHatcheck:
    """The part of Hatcheck that the bot uses; records every call."""

    def __init__(self):
        self.people, self.usage, self.calls, self.down = {}, {}, [], False

    def _note(self, *call):
        self.calls.append(call)
        if self.down:
            raise ServiceUnavailable("Hatcheck", 503, "database.unavailable")

    def resolve(self, telegram_hash, version):
        self._note("resolve", telegram_hash, version)
        created = telegram_hash not in self.people
        return {"id": self.people.setdefault(telegram_hash, f"ticket-{len(self.calls)}"), "created": created}

    def find(self, telegram_hash, version):
        self._note("find", telegram_hash, version)
        return self.people.get(telegram_hash)

    def record_usage(self, ticket, action, key):
        self._note("usage", ticket, action, key)
        self.usage.setdefault(key, (ticket, action))

    def summary(self, ticket):
        self._note("summary", ticket)
        usage = {"name": "usage", "count": len(self.usage), "description": "Commands."}
        return {"created_at": "2026-11-22T10:00:00+00:00", "sections": [usage]}

    def export(self, ticket):
        self._note("export", ticket)
        return {"format": "hatcheck-export/1", "user_id": ticket}

    def erase(self, ticket):
        self._note("erase", ticket)
        self.people = {h: t for h, t in self.people.items() if t != ticket}


class FakeAlice:
    def __init__(self):
        self.rows = {}

    def keep(self, telegram_hash, ticket):
        self.rows[telegram_hash] = {"id": 7, "language": "fi", "joined_at": "2019-05-01T00:00:00+00:00", "ticket": ticket}

    def find(self, telegram_hash):
        return self.rows.get(telegram_hash)

    def forget(self, telegram_hash):
        self.rows.pop(telegram_hash, None)


class ConversationTests(unittest.TestCase):
    def setUp(self):
        self.telegram, self.hatcheck, self.alice = FakeTelegram(), FakeHatcheck(), FakeAlice()
        self.ids = TelegramIds.from_text("a key that another system already had")
        self.talk = Conversation(self.telegram, self.ids, self.hatcheck, self.alice, "42", clock=lambda: NOW)
        self.updates = 0

    def write(self, text, person=ADA, chat=None, **more):
        self.updates += 1
        chat = chat or {"id": person, "type": "private"}
        message = {"message_id": 1, "from": {"id": person, "is_bot": False}, "chat": chat, "text": text, **more}
        update = {"update_id": self.updates, "message": message}
        self.talk.handle(update)
        return update

    def press(self, data, person=ADA, chat=ADA, age=1):
        message = {"message_id": 9, "date": NOW - age, "chat": {"id": chat, "type": "private"}}
        press = {"id": "p", "from": {"id": person, "is_bot": False}, "message": message, "data": data}
        self.talk.handle({"update_id": 1000, "callback_query": press})

    @property
    def last(self):
        return self.telegram.said[-1][1]

    def test_start_hands_over_a_hash_and_the_id_goes_nowhere_else(self):
        self.write("/start payload")
        self.assertTrue(self.last.startswith("Hello!"))
        self.write("/START@my_bot")
        self.assertTrue(self.last.startswith("Hello again!"))
        telegram_hash = self.ids.hash(ADA)
        self.assertEqual(self.hatcheck.calls[0], ("resolve", telegram_hash, 1))
        self.assertEqual(list(self.alice.rows), [telegram_hash])
        self.assertNotIn(str(ADA), repr(self.hatcheck.calls) + repr(self.alice.rows) + repr(self.talk))

    def test_whoami_shows_what_is_kept_in_both_places(self):
        self.write("/start")
        self.write("/whoami")
        self.assertIn("since 2026-11-22", self.last)
        self.assertIn("• usage: 2 – Commands.", self.last)
        self.assertIn("row 7, language fi, since 2019-05-01", self.last)

    def test_the_export_is_a_file_of_everything(self):
        self.write("/start")
        self.write("/exportdata")
        chat, name, content = self.telegram.files[0]
        self.assertEqual((chat, name), (ADA, "my-data.json"))
        self.assertEqual(json.loads(content)["hatcheck"]["format"], "hatcheck-export/1")
        self.assertEqual(json.loads(content)["alice"]["id"], 7)

    def test_a_stranger_is_answered_and_nothing_is_made_of_them(self):
        for command in ("/whoami", "/exportdata", "/logout"):
            self.write(command)
            self.assertEqual(self.last, conversation.NOTHING_KEPT)
        self.assertEqual({call[0] for call in self.hatcheck.calls}, {"find"})
        self.assertEqual(self.alice.rows, {})

    def test_what_people_write_is_neither_kept_nor_sent_anywhere(self):
        for text in ("my secret diary", "/nonsense", "", "   "):
            self.write(text)
            self.assertEqual(self.last, conversation.UNKNOWN)
        self.assertEqual(self.hatcheck.calls, [])

    def test_the_same_update_again_writes_its_usage_once(self):
        update = self.write("/start")
        self.talk.handle(update)
        self.assertEqual(list(self.hatcheck.usage), ["42.1"])

    def test_in_a_group_nothing_is_shown(self):
        self.write("/whoami", chat={"id": -100, "type": "supergroup"})
        self.write("hello", chat={"id": -100, "type": "supergroup"})
        self.assertEqual(self.telegram.said, [(-100, conversation.ONLY_IN_PRIVATE, None)])

    def test_logout_asks_and_then_deletes_in_both_places(self):
        self.write("/start")
        self.write("/logout")
        _, text, buttons = self.telegram.said[-1]
        self.assertEqual(text, conversation.ASK)
        self.assertTrue(all(len(data) <= 64 for _, data in buttons))
        self.press(buttons[1][1])
        self.assertEqual((self.telegram.edits[-1][2], len(self.hatcheck.people)), (conversation.KEPT, 1))
        self.press(buttons[0][1])
        self.assertEqual((self.telegram.edits[-1][2], self.hatcheck.people, self.alice.rows), (conversation.DELETED, {}, {}))
        self.press(buttons[0][1])
        self.assertEqual([call[0] for call in self.hatcheck.calls].count("erase"), 1)

    def test_a_press_deletes_the_pressers_own_present_ticket_or_nothing(self):
        self.write("/start")
        self.write("/start", person=BOB)
        mine, bobs = (self.hatcheck.people[self.ids.hash(person)] for person in (ADA, BOB))
        self.press(f"logout:yes:{bobs}")
        self.press(f"logout:yes:{mine}", person=BOB)
        self.press(f"logout:yes:{mine}", person=BOB, chat=BOB)
        self.press(f"logout:yes:{mine}", age=601)
        self.press("logout:yes:an-older-ticket")
        self.press("something:else")
        self.assertEqual(len(self.hatcheck.people), 2)
        self.assertEqual(len(self.telegram.answered), 6)

    def test_in_an_outage_the_person_gets_a_plain_sentence_and_can_press_again(self):
        self.write("/start")
        self.write("/logout")
        yes = self.telegram.said[-1][2][0][1]
        self.hatcheck.down = True
        with self.assertLogs("bot") as logged:
            self.write("/whoami")
            self.assertEqual(self.last, conversation.AWAY)
            self.press(yes)
            self.assertEqual(self.last, conversation.AWAY)
        self.assertNotIn(str(ADA), repr(logged.output))
        self.hatcheck.down = False
        self.press(yes)
        self.assertEqual(self.hatcheck.people, {})

    def test_a_poisoned_update_and_a_refusal_end_with_a_sentence_and_no_trace_in_the_log(self):
        with self.assertLogs("bot") as logged:
            self.write({"not": "a text 7012345678"})
            self.assertEqual(self.last, conversation.FAILED)
            self.hatcheck.summary = lambda ticket: (_ for _ in ()).throw(ServiceError("Hatcheck", 410, "user.erased", "4bf9"))
            self.write("/start")
            self.write("/whoami")
            self.assertEqual(self.last, conversation.FAILED)
        self.assertIn("410 user.erased (trace 4bf9)", logged.output[1])
        self.assertNotIn(str(ADA), repr(logged.output))

    def test_updates_without_a_person_are_passed_over(self):
        from_a_bot = {"from": {"id": 1, "is_bot": True}, "chat": {"id": 1, "type": "private"}, "text": "/start"}
        for update in ({}, {"poll": {}}, {"message": {"chat": {"id": 1, "type": "channel"}}}, {"message": from_a_bot}):
            self.talk.handle({"update_id": 5, **update})
        self.assertEqual((self.telegram.said, self.hatcheck.calls), ([], []))

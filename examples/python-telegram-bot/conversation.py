"""The bot's commands and texts. It answers in private chats only, where the sender owns the chat."""
import json
import logging
import time

from service import ServiceError, ServiceUnavailable
from telegram import TelegramError

COMMANDS = [
    ("start", "Begin, or say hello again"),
    ("whoami", "What I keep about you"),
    ("exportdata", "All of it, as a file"),
    ("logout", "Delete all of it"),
]
KEPT_OF_YOU = "I know you by a hash of your Telegram id, and I keep which commands you used. /whoami shows it."
NOTHING_KEPT = "I keep nothing about you. Send /start if you would like to begin."
ONLY_IN_PRIVATE = "That is between you and me: please ask me in a private chat."
UNKNOWN = "I know these:\n" + "\n".join(f"/{name} – {text}" for name, text in COMMANDS) + "\nWhat else you write I don't keep."
EXPORTED = "All that I keep about you. Anyone who has this file can read it, so look after it."
ASK = "Delete everything? I will delete all that I keep about you and destroy the key that opens it. There is no way back."
DELETED = "Done. Everything I kept about you is deleted. Send /start if you would like to begin again."
KEPT = "Nothing was deleted."
TOO_OLD = "That question is too old, so nothing was deleted. Send /logout to be asked again."
AWAY = "Sorry, I can't reach my storage right now. Please try again in a few minutes."
FAILED = "Sorry, something went wrong. Please try again later."

QUESTION_SECONDS = 600
# Telegram takes files of 50 MB from a bot.
LARGEST_FILE = 49_000_000

log = logging.getLogger("bot")


class Conversation:
    def __init__(self, telegram, ids, hatcheck, alice, bot_id, clock=time.time):
        self._telegram, self._ids, self._hatcheck, self._alice = telegram, ids, hatcheck, alice
        self._bot_id, self._clock = bot_id, clock

    def handle(self, update):
        """Handles one update; after any failure the person gets an answer and the next update follows."""
        press = update.get("callback_query")
        message = press.get("message") if press else update.get("message")
        sender = (press or message or {}).get("from") or {}
        if not message or sender.get("is_bot", True):
            return
        chat = message["chat"]
        try:
            if press:
                self._press(press, sender["id"], message)
            elif chat["type"] == "private":
                # The same write key for the same update, also after a crash: nothing is written twice.
                self._command(message.get("text") or "", sender["id"], f"{self._bot_id}.{update['update_id']}")
            elif (message.get("text") or "").startswith("/"):
                self._telegram.send(chat["id"], ONLY_IN_PRIVATE)
        except ServiceUnavailable as outage:
            log.warning("%s", outage)
            self._say(chat["id"], AWAY)
        except TelegramError as refusal:
            log.warning("%s", refusal)
        except ServiceError as refusal:
            log.error("%s", refusal)
            self._say(chat["id"], FAILED)
        except Exception as fault:  # The edge of the program: one poisoned update must not end it.
            # Not the exception's text: it may hold what a user typed.
            log.error("An update failed with %s.", type(fault).__name__)
            self._say(chat["id"], FAILED)

    def _command(self, text, person, write_key):
        name = text.split(maxsplit=1)[0].split("@")[0].lower() if text.strip() else ""
        if name == "/start":
            self._start(person, write_key)
            return
        act = {"/whoami": self._who_am_i, "/exportdata": self._export, "/logout": self._ask_logout}.get(name)
        if act is None:
            self._telegram.send(person, UNKNOWN)
            return
        # Only /start creates a ticket; for a stranger this look-up leaves no trace.
        ticket = self._hatcheck.find(self._ids.hash(person), self._ids.version)
        if ticket is None:
            self._telegram.send(person, NOTHING_KEPT)
            return
        self._hatcheck.record_usage(ticket, f"command.{name[1:]}", write_key)
        act(person, ticket)

    def _start(self, person, write_key):
        telegram_hash = self._ids.hash(person)
        user = self._hatcheck.resolve(telegram_hash, self._ids.version)
        self._hatcheck.record_usage(user["id"], "command.start", write_key)
        self._alice.keep(telegram_hash, user["id"])
        hello = "Hello!" if user["created"] else "Hello again!"
        self._telegram.send(person, f"{hello} {KEPT_OF_YOU}")

    def _who_am_i(self, person, ticket):
        summary = self._hatcheck.summary(ticket)
        row = self._alice.find(self._ids.hash(person))
        lines = [f"What I keep about you, since {summary['created_at'][:10]}:"]
        lines += [f"• {section['name']}: {section['count']} – {section['description']}" for section in summary["sections"]]
        if row:
            lines.append(f"• Alice's own table: row {row['id']}, language {row['language']}, since {row['joined_at'][:10]}")
        lines.append("Your Telegram id itself is not kept. /exportdata shows all of it, /logout deletes it.")
        self._telegram.send(person, "\n".join(lines))

    def _export(self, person, ticket):
        everything = {"hatcheck": self._hatcheck.export(ticket), "alice": self._alice.find(self._ids.hash(person))}
        file = json.dumps(everything, indent=2, ensure_ascii=False).encode("utf-8")
        if len(file) > LARGEST_FILE:
            self._telegram.send(person, "Your export is too large for Telegram. Please ask the bot's owner for it.")
        else:
            self._telegram.send_file(person, "my-data.json", file, EXPORTED)

    def _ask_logout(self, person, ticket):
        # The ticket is part of the question: an old question must not delete a new beginning.
        self._telegram.send(person, ASK, [("Yes, delete everything", f"logout:yes:{ticket}"), ("No, keep it", "logout:no")])

    def _press(self, press, person, message):
        chat, question = message["chat"], message["message_id"]
        # First, or the button keeps waiting.
        self._telegram.answer_press(press["id"])
        # A client may send any payload, so none is trusted: only the sender's own data, in their own chat, is deleted.
        answer = press.get("data", "")
        if chat["type"] != "private" or chat["id"] != person or not answer.startswith("logout:"):
            return
        if answer == "logout:no":
            outcome = KEPT
        elif self._clock() - message.get("date", 0) > QUESTION_SECONDS:
            outcome = TOO_OLD
        else:
            outcome = DELETED
            self._delete(person, answer[len("logout:yes:"):])
        self._telegram.edit(chat["id"], question, outcome)

    def _delete(self, person, ticket):
        telegram_hash = self._ids.hash(person)
        if self._hatcheck.find(telegram_hash, self._ids.version) != ticket:
            # A second press, or the same update after a crash: already done.
            return
        # Hatcheck last: while its ticket exists, the question can be pressed again after an outage in between.
        self._alice.forget(telegram_hash)
        self._hatcheck.erase(ticket)

    def _say(self, chat, text):
        try:
            self._telegram.send(chat, text)
        except TelegramError as refusal:
            log.warning("%s", refusal)

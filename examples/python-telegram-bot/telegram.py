"""The methods of Telegram's Bot API that the bot uses: https://core.telegram.org/bots/api"""
import http.client
import json
import time
import urllib.error
import urllib.request
import uuid

from service import opener

POLL_SECONDS = 25


class TelegramError(Exception):
    """Telegram refused a call or did not answer. Names method and status, never the address, which holds the token."""

    def __init__(self, method, status, retry_after=None):
        super().__init__(f"Telegram answered {method} with {status or 'nothing'}.")
        self.status = status
        self.retry_after = retry_after


class Telegram:
    def __init__(self, token, url="https://api.telegram.org", sleep=time.sleep):
        self._address = f"{url.rstrip('/')}/bot{token}/"
        self._opener = opener(url)
        self._sleep = sleep

    def get_updates(self, offset, seconds=POLL_SECONDS):
        """Returns the updates from the offset on; Telegram discards the earlier ones."""
        arguments = {"offset": offset, "timeout": seconds, "allowed_updates": ["message", "callback_query"]}
        return self._call("getUpdates", arguments, timeout=seconds + 10)

    def send(self, chat, text, buttons=None):
        message = {"chat_id": chat, "text": text}
        if buttons:
            message["reply_markup"] = {"inline_keyboard": [[{"text": name, "callback_data": data} for name, data in buttons]]}
        self._call("sendMessage", message)

    def edit(self, chat, message, text):
        """Replaces a message's text and removes its buttons."""
        self._call("editMessageText", {"chat_id": chat, "message_id": message, "text": text})

    def answer_press(self, press, text=None):
        """Ends the waiting mark on a pressed button."""
        self._call("answerCallbackQuery", {"callback_query_id": press, "text": text} if text else {"callback_query_id": press})

    def set_commands(self, commands):
        self._call("setMyCommands", {"commands": [{"command": name, "description": text} for name, text in commands]})

    def send_file(self, chat, name, content, caption):
        boundary = uuid.uuid4().hex
        parts = [_part("chat_id", str(chat)), _part("caption", caption), _part("document", content, name)]
        body = b"".join(f"--{boundary}\r\n".encode() + part for part in parts) + f"--{boundary}--\r\n".encode()
        self._send("sendDocument", body, f"multipart/form-data; boundary={boundary}", 60)

    def _call(self, method, arguments, timeout=15):
        return self._send(method, json.dumps(arguments).encode("utf-8"), "application/json", timeout)

    def _send(self, method, body, content_type, timeout):
        for attempt in range(3):
            try:
                return self._try(method, body, content_type, timeout)
            except TelegramError as refusal:
                # Too fast: Telegram's answer has the pause. Nothing else is repeated: an unanswered message may have gone out.
                if refusal.status != 429 or attempt == 2:
                    raise
                self._sleep(refusal.retry_after or 1)

    def _try(self, method, body, content_type, timeout):
        request = urllib.request.Request(self._address + method, data=body, headers={"Content-Type": content_type})
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as refusal:
            with refusal:
                raise TelegramError(method, refusal.code, _retry_after(refusal)) from None
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            raise TelegramError(method, None) from None


def _retry_after(refusal):
    try:
        return json.load(refusal)["parameters"]["retry_after"]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None


def _part(name, value, file=None):
    header = f'Content-Disposition: form-data; name="{name}"'
    if file:
        header += f'; filename="{file}"\r\nContent-Type: application/json'
    return header.encode() + b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode("utf-8")) + b"\r\n"

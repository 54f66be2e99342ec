"""Creates the peer's tables and fills them with the users of a file: one line of JSON each, as Hatcheck's POST /users answers.

/usr/bin/python3 prepare.py USERS.jsonl KEY
"""

import asyncio
import datetime
import hashlib
import json
import sys
import uuid

from user_service.database import Session, engine
from user_service.models import ApiKey, Base, User

FIELDS = [
    "email", "email_verified", "first_name", "last_name", "display_name", "picture_url", "phone", "locale", "onboarding_state",
    "attributes",
]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


async def main(path, key):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with Session() as session:
        scopes = ["users.read", "users.write", "preferences.read", "preferences.write"]
        session.add(ApiKey(name="bench", hash=hashlib.sha256(key.encode()).digest(), scopes=scopes))
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                user = json.loads(line)
                fields = {name: user.get(name) for name in FIELDS}
                fields["email_verified"] = bool(fields["email_verified"])
                times = {name: instant(user[name]) for name in ("created_at", "updated_at")}
                session.add(User(id=uuid.UUID(user["id"]), **times, **fields))
        await session.commit()


asyncio.run(main(*sys.argv[1:]))

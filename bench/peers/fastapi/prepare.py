"""Makes the peer's tables and fills them with the users that stand in a file: one line of JSON each, as Hatcheck's POST /users answers.

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
    "email", "email_verified", "first_name", "last_name", "display_name", "picture_url", "phone", "locale", "onboarding_state", "attributes",
]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


async def main(path, key):
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with Session() as session:
        session.add(ApiKey(name="bench", hash=hashlib.sha256(key.encode()).digest(), scopes=["users.read", "users.write", "preferences.read", "preferences.write"]))
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                user = json.loads(line)
                fields = {name: user.get(name) for name in FIELDS}
                fields["email_verified"] = bool(fields["email_verified"])
                session.add(User(id=uuid.UUID(user["id"]), created_at=instant(user["created_at"]), updated_at=instant(user["updated_at"]), **fields))
        await session.commit()


asyncio.run(main(*sys.argv[1:]))

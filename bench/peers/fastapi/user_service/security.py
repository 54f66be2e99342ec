"""Who calls: a service, by a key of which only the hash is kept."""

import datetime
import hashlib

from fastapi import Depends, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .database import get_session
from .models import ApiKey

bearer = HTTPBearer()


def requires(scope: str):
    async def caller(
        credentials: HTTPAuthorizationCredentials = Security(bearer), session: AsyncSession = Depends(get_session)
    ) -> ApiKey:
        digest = hashlib.sha256(credentials.credentials.encode()).digest()
        key = (await session.execute(select(ApiKey).where(ApiKey.hash == digest))).scalar_one_or_none()
        now = datetime.datetime.now(datetime.timezone.utc)
        if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
            raise HTTPException(401, "Unknown key.", headers={"WWW-Authenticate": "Bearer"})
        if scope not in key.scopes:
            raise HTTPException(403, f"The key lacks {scope}.")
        return key

    return caller

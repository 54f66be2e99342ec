"""The two measured operations, written as in FastAPI's and SQLAlchemy's own guides."""

import uuid
from typing import Any, Dict

from fastapi import Body, Depends, FastAPI, HTTPException, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from .database import get_session
from .models import ApiKey, PreferenceHistory, User, UserPreferences, now
from .schemas import Preferences, PreferencesOut, UserOut
from .security import requires

ATTEMPTS = 5

app = FastAPI(title="User service")


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.get("/users/{user_id}", response_model=UserOut, response_model_exclude_none=True)
async def get_user(
    user_id: uuid.UUID,
    response: Response,
    session: AsyncSession = Depends(get_session),
    caller: ApiKey = Depends(requires("users.read")),
):
    user = await session.get(User, user_id)
    if user is None or user.deleted_at is not None:
        raise HTTPException(404, "No such user.")
    response.headers["ETag"] = f'"{user.version}"'
    return user


def merged(target: Any, patch: Any) -> Any:
    """JSON Merge Patch, RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@app.patch("/users/{user_id}/preferences", response_model=PreferencesOut)
async def patch_preferences(
    user_id: uuid.UUID,
    response: Response,
    patch: Dict[str, Any] = Body(...),
    session: AsyncSession = Depends(get_session),
    caller: ApiKey = Depends(requires("preferences.write")),
):
    actor = str(caller.id)
    for _ in range(ATTEMPTS):
        try:
            result = await changed(session, user_id, patch, actor)
            response.headers["ETag"] = f'"{result.version}"'
            return result
        except (StaleDataError, IntegrityError):
            # Another request was first: repeats on its result.
            await session.rollback()
    raise HTTPException(503, "Others were first again and again; try again.")


async def changed(session: AsyncSession, user_id: uuid.UUID, patch: Dict[str, Any], actor: str) -> PreferencesOut:
    # One query for both, as a careful author would write it.
    found = (
        await session.execute(
            select(User, UserPreferences)
            .outerjoin(UserPreferences, UserPreferences.user_id == User.id)
            .where(User.id == user_id, User.deleted_at.is_(None))
        )
    ).one_or_none()
    if found is None:
        raise HTTPException(404, "No such user.")
    user, preferences = found
    own = merged(preferences.own_values if preferences else {}, patch)
    try:
        values = Preferences(**own)
    except ValidationError as fault:
        raise RequestValidationError(fault.raw_errors)
    if preferences is None:
        preferences = UserPreferences(user_id=user.id)
        session.add(preferences)
    preferences.own_values = own
    preferences.updated_at = now()
    await session.flush()
    session.add(
        PreferenceHistory(
            user_id=user.id, version=preferences.version, at=preferences.updated_at, actor=actor, changes=patch, values=own
        )
    )
    await session.commit()
    return PreferencesOut(user_id=user.id, version=preferences.version, updated_at=preferences.updated_at, values=values)

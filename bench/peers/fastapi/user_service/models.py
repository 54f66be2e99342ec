"""The tables: the same columns as Hatcheck's, in the clear."""

import datetime
import uuid

from sqlalchemy import BigInteger, Boolean, Column, DateTime, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import declarative_base

Base = declarative_base()


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class ApiKey(Base):
    __tablename__ = "api_keys"

    id = Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    name = Column(String(64), nullable=False)
    hash = Column(LargeBinary, nullable=False, unique=True)
    scopes = Column(ARRAY(String), nullable=False)
    created_at = Column(DateTime(timezone=True), nullable=False, default=now)
    expires_at = Column(DateTime(timezone=True))
    revoked_at = Column(DateTime(timezone=True))


class User(Base):
    __tablename__ = "users"

    id = Column(UUID(as_uuid=True), primary_key=True, default=uuid.uuid4)
    version = Column(Integer, nullable=False, default=1)
    email = Column(String(254), unique=True)
    email_verified = Column(Boolean, nullable=False, default=False)
    first_name = Column(String(200))
    last_name = Column(String(200))
    display_name = Column(String(200))
    picture_url = Column(String(2048))
    phone = Column(String(32))
    locale = Column(String(35))
    onboarding_state = Column(String(64))
    attributes = Column(JSONB)
    created_at = Column(DateTime(timezone=True), nullable=False, default=now)
    updated_at = Column(DateTime(timezone=True), nullable=False, default=now)
    deleted_at = Column(DateTime(timezone=True))


class UserPreferences(Base):
    __tablename__ = "user_preferences"

    user_id = Column(UUID(as_uuid=True), ForeignKey("users.id"), primary_key=True)
    version = Column(Integer, nullable=False)
    own_values = Column(JSONB, nullable=False, default=dict)
    updated_at = Column(DateTime(timezone=True), nullable=False, default=now)

    # Detects a concurrent change, as Hatcheck does.
    __mapper_args__ = {"version_id_col": version}


class PreferenceHistory(Base):
    __tablename__ = "preference_history"

    id = Column(BigInteger, primary_key=True)
    user_id = Column(UUID(as_uuid=True), ForeignKey("users.id"), nullable=False)
    version = Column(Integer, nullable=False)
    at = Column(DateTime(timezone=True), nullable=False, default=now)
    actor = Column(String(64), nullable=False)
    changes = Column(JSONB, nullable=False)
    values = Column(JSONB, nullable=False)

    __table_args__ = (Index("preference_history_by_user", user_id, version, unique=True),)

"""What comes in and goes out. The preferences are Hatcheck's built-in ones, with their ranges and defaults."""

import datetime
import uuid
from typing import Dict, List, Literal, Optional

from pydantic import BaseModel, Extra, Field


class UserOut(BaseModel):
    id: uuid.UUID
    version: int
    email: Optional[str]
    email_verified: bool
    first_name: Optional[str]
    last_name: Optional[str]
    display_name: Optional[str]
    picture_url: Optional[str]
    phone: Optional[str]
    locale: Optional[str]
    onboarding_state: Optional[str]
    attributes: Optional[Dict[str, str]]
    created_at: datetime.datetime
    updated_at: datetime.datetime

    class Config:
        orm_mode = True


class Strict(BaseModel):
    class Config:
        extra = Extra.forbid


class Interface(Strict):
    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["comfortable", "compact"] = "comfortable"
    text_scale: int = Field(100, ge=50, le=300)
    reduced_motion: bool = False


class Locale(Strict):
    language: str = Field("en", max_length=35)
    time_zone: str = Field("UTC", max_length=64)
    date_format: Literal["iso", "dmy", "mdy"] = "iso"
    hour_cycle: Literal["h12", "h23"] = "h23"
    first_day: Literal["monday", "saturday", "sunday"] = "monday"


class QuietHours(Strict):
    enabled: bool = False
    start: str = Field("22:00", regex=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field("07:00", regex=r"^([01]\d|2[0-3]):[0-5]\d$")


class Notifications(Strict):
    enabled: bool = True
    channels: List[Literal["chat", "email", "push"]] = Field(["chat"], max_items=3, unique_items=True)
    digest: Literal["off", "daily", "weekly"] = "off"
    security: bool = True
    marketing: bool = False
    quiet_hours: QuietHours = QuietHours()


class Assistant(Strict):
    enabled: bool = True
    tone: Literal["neutral", "friendly", "formal"] = "neutral"
    detail: Literal["brief", "normal", "thorough"] = "normal"
    creativity: float = Field(0.5, ge=0, le=1)
    remember: bool = False
    instructions: str = Field("", max_length=2000)


class Privacy(Strict):
    analytics: bool = False
    personalisation: bool = False
    training: bool = False
    visibility: Literal["nobody", "contacts", "everybody"] = "nobody"


class Preferences(Strict):
    """The whole document; what a person has not set has its default."""

    interface: Interface = Interface()
    locale: Locale = Locale()
    notifications: Notifications = Notifications()
    assistant: Assistant = Assistant()
    privacy: Privacy = Privacy()


class PreferencesOut(BaseModel):
    user_id: uuid.UUID
    version: int
    updated_at: datetime.datetime
    values: Preferences

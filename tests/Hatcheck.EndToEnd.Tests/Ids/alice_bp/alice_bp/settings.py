"""A bot's small backend, from Django's own project template; the database comes from libpq's variables."""
import os

SECRET_KEY = "canary: these tests have no sessions to sign"
DEBUG = False
INSTALLED_APPS = ["users", "texts"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"],
        "PASSWORD": os.environ["PGPASSWORD"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

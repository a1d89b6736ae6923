"""All settings of the site. This file alone reads the environment for it, and is loud on nonsense."""

import hashlib
import os
import secrets
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.functional import SimpleLazyObject

from firsthand import __version__
from firsthand.core.errors import UsageError
from firsthand.core.places import data_dir

BUSY_TIMEOUT_S = 5
REQUEST_BYTES_MAX = 1024 * 1024
"""The most that a form may hold; what is imported as a file has its own limit."""

DATABASE_FILE = "site.sqlite3"
"""Holds the queue of runs, and nothing that could not be asked for again."""

_WRITTEN_SO = "It is written so: postgresql://user:password@host:5432/database. Unset it to use a file."


def _secret() -> str:
    """The key of this installation, made at first use: whoever can read it is this user."""
    file = data_dir() / "site.key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_text(encoding="ascii").strip()
        if key:
            return key
        descriptor = os.open(file, os.O_WRONLY | os.O_TRUNC)
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(key)
    return key


def _database() -> dict[str, Any]:
    """SQLite beside the history, or the PostgreSQL that DATABASE_URL names."""
    url = os.environ.get("FIRSTHAND_DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data_dir(make=False) / DATABASE_FILE,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": BUSY_TIMEOUT_S,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
            },
        }
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError as error:
        raise UsageError(f"FIRSTHAND_DATABASE_URL is no address: {error}.", advice=_WRITTEN_SO) from None
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise UsageError("FIRSTHAND_DATABASE_URL is not the address of a PostgreSQL database.", advice=_WRITTEN_SO)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": port,
        "CONN_MAX_AGE": 60,
    }


HOME = data_dir(make=False)
"""Where the history is, and beside it what is the site's own."""
HOME_NAME = hashlib.sha256(os.fsencode(HOME)).hexdigest()[:8]
SECRET_KEY: Any = SimpleLazyObject(_secret)
"""Made when it is first needed: reading settings writes nothing."""
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "firsthand.site",
    "firsthand.site.path",
    "firsthand.site.practice",
    "firsthand.site.labs",
]
MIDDLEWARE = [
    "firsthand.site.safety.Safety",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "firsthand.site.safety.OwnerOnly",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "firsthand.site.path.preview.Preview",
    "firsthand.site.learner.WithLearner",
]
ROOT_URLCONF = "firsthand.site.urls"
ASGI_APPLICATION = "firsthand.site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "firsthand.site.learner.for_templates",
            ],
            "builtins": ["firsthand.site.templatetags.words"],
        },
    }
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 365 * 24 * 3600
"""The address of each file holds our version."""
STATIC_VERSION = __version__
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_NAME = f"firsthand-{HOME_NAME}"
"""Cookies are not kept apart by port: each home has its own, so that two sites at once do not shut each other out."""
SESSION_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 90 * 24 * 3600
CSRF_COOKIE_NAME = f"firsthand-csrf-{HOME_NAME}"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "firsthand.site.trouble.forged"
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_BYTES_MAX
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"nowhere": {"class": "logging.NullHandler"}},
    "loggers": {"django": {"handlers": ["nowhere"], "propagate": False}},
}
"""What goes wrong is told by pages and kept in a file (site/trouble.py), not logged."""
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

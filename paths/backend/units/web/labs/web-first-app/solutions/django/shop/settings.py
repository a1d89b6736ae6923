"""The settings of the shop: just what it needs. There is no database, and there are no sessions."""

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["shop.head.without_body", "shop.middleware.Around"]  # no forms, so no CSRF; no slash at the end
LOGGING = {"version": 1, "loggers": {"django": {"handlers": [], "propagate": False}}}  # ours says it all

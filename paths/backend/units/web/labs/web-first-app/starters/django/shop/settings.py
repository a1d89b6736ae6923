"""The settings of the shop: just what it needs. There is no database, and there are no sessions."""

DEBUG = False  # True shows pages with explanations of what failed: for you alone, never for customers
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS: list[str] = []
# The first is outermost. The last two are there in every new project: redirects to a slash at the end, and a guard for
# forms (CSRF). You may want to take them out.
MIDDLEWARE = [
    "shop.head.without_body",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
LOGGING = {  # what fails in a view is told on standard error
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"]}},
}

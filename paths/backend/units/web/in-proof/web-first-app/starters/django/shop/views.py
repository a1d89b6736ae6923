"""The views: functions that get a request and give back a reply."""

from shop.concerts import CONCERTS  # noqa: F401  # the concerts by number: CONCERTS[1] is the first

"""The views: functions that get a request and give back a reply."""

# A view is def hello(request): ..., and gives back an HttpResponse: from django.http import HttpResponse
# The concerts are in concerts.py: from shop.concerts import CONCERTS

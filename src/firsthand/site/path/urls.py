"""The addresses of the way."""

from django.urls import path

from firsthand.site.path import views

urlpatterns = [
    path("", views.the_map, name="map"),
    path("theme/", views.theme, name="theme"),
]

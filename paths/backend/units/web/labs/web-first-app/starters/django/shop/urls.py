"""Which address leads to which view. So far there is none, and Django says 404 to everybody."""

urlpatterns: list[object] = [
    # Your turn: path("hello", views.hello), with the imports
    #     from django.urls import path
    #     from shop import views
    # `firsthand brief route` tells what it must answer.
]

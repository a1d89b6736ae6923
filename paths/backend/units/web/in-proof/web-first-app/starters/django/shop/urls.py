"""Which address leads to which view. So far there is none."""

urlpatterns: list[object] = [
    # Your turn: path("hello", views.hello). `firsthand brief route` tells what it must answer.
]

"""Which address leads to which view."""

from django.urls import path, register_converter

from shop import views


class Number:
    """A hole for a number that is written in one way only: no 0 in front, digits 0 to 9."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        """What the view gets."""
        return int(value)

    def to_url(self, value: int) -> str:
        """What stands in an address."""
        return str(value)


class Id:
    """A hole for the id of an order."""

    regex = "[A-Za-z0-9-]{1,64}"
    to_python = to_url = str


register_converter(Number, "number")
register_converter(Id, "id")

urlpatterns = [
    path("hello", views.hello),
    path("hello/<str:name>", views.hello_you),
    path("concerts", views.list_concerts),
    path("concerts/<number:number>", views.show_concert),
    path("orders", views.add_order),
    path("orders/<id:order_id>", views.one_order),
    path("breaks", views.breaks),
]

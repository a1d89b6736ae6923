"""The views: functions that get a request and give back a reply."""

import json

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop import orders
from shop.concerts import CONCERTS
from shop.middleware import problem

TEXT = "text/plain; charset=utf-8"


@require_safe
def hello(_request: HttpRequest) -> HttpResponse:
    """The greeting."""
    return HttpResponse("Hello!", content_type=TEXT)


@require_safe
def hello_you(_request: HttpRequest, name: str) -> HttpResponse:
    """The greeting by name."""
    return HttpResponse(f"Hello, {name}!", content_type=TEXT)


@require_safe
def list_concerts(request: HttpRequest) -> HttpResponse:
    """All concerts, or those of a genre."""
    genre = request.GET.get("genre")
    shown = [concert for concert in CONCERTS.values() if genre is None or concert["genre"] == genre]
    return JsonResponse(shown, safe=False)


@require_safe
def show_concert(_request: HttpRequest, number: int) -> HttpResponse:
    """One concert."""
    if number not in CONCERTS:
        raise Http404
    return JsonResponse(CONCERTS[number])


@require_POST
def add_order(request: HttpRequest) -> HttpResponse:
    """Take an order."""
    if request.content_type != "application/json":
        return problem(request, 415)
    try:
        sent = json.loads(request.body)
    except ValueError:
        return problem(request, 400, "The body is not JSON.")
    order, wrong = orders.read(sent)
    if wrong:
        return problem(request, 422, "This order cannot be taken.", errors=wrong)
    kept = orders.keep(order)
    return JsonResponse(kept, status=201, headers={"Location": f"/orders/{kept['id']}"})


@require_http_methods(["GET", "HEAD", "DELETE"])
def one_order(request: HttpRequest, order_id: str) -> HttpResponse:
    """Show an order, or take it back."""
    if request.method == "DELETE":
        if not orders.remove(order_id):
            raise Http404
        return HttpResponse(status=204)
    order = orders.find(order_id)
    if order is None:
        raise Http404
    return JsonResponse(order)


@require_safe
def breaks(request: HttpRequest) -> HttpResponse:
    """Fail on purpose."""
    raise RuntimeError(request.GET.get("because", ""))

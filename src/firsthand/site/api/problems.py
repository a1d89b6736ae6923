"""Errors of the JSON interface as RFC 9457 has them."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from firsthand.core.errors import FirsthandError, UsageError, WorkspaceError
from firsthand.study import crashes, invocation

API = "/api/"
"""What is below it is for programs."""
CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str) -> JsonResponse:
    """A problem as an answer."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse(told, status=status, content_type=CONTENT_TYPE)


def unknown() -> HttpResponse:
    """Who asks is not known."""
    answer = problem(
        HTTPStatus.UNAUTHORIZED, "Send the token in site.json of the data folder: Authorization: Bearer ..."
    )
    answer.headers["WWW-Authenticate"] = 'Bearer realm="Firsthand"'
    return answer


def told_by(api: NinjaAPI) -> None:
    """Let the interface tell its errors so."""
    api.add_exception_handler(FirsthandError, _ours)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(AuthenticationError, lambda _request, _error: unknown())
    api.add_exception_handler(
        Http404, lambda _request, _error: problem(HTTPStatus.NOT_FOUND, "There is no such thing.")
    )
    api.add_exception_handler(Exception, _broken)


def _ours(_request: HttpRequest, error: FirsthandError | type[FirsthandError]) -> HttpResponse:
    known = isinstance(error, UsageError | WorkspaceError)
    return problem(HTTPStatus.BAD_REQUEST if known else HTTPStatus.SERVICE_UNAVAILABLE, invocation.spelt(str(error)))


def _invalid(_request: HttpRequest, error: ValidationError | type[ValidationError]) -> HttpResponse:
    assert isinstance(error, ValidationError)
    found = [f"{'.'.join(map(str, each['loc'][1:])) or 'It'}: {each['msg']}" for each in error.errors]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, ". ".join(found))


def _http(_request: HttpRequest, error: HttpError | type[HttpError]) -> HttpResponse:
    assert isinstance(error, HttpError)
    return problem(error.status_code, error.message)


def _broken(_request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    assert isinstance(error, Exception)
    kept = crashes.keep(crashes.story_of(error))
    where = f" What we need to mend it is in {kept}." if kept else ""
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, f"This is our fault, and nothing of yours is lost.{where}")

"""The one format of all errors: problem details (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response

BLANK = "about:blank"
INVALID = "/problems/invalid"
DUPLICATE_SKU = "/problems/duplicate-sku"
OUT_OF_STOCK = "/problems/out-of-stock"


class ProblemError(Exception):
    """Ends a request with an error."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = BLANK,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        content = {
            "type": self.kind,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            content["errors"] = self.errors
        return Response(json.dumps(content), self.status, self.headers, content_type="application/problem+json")


def invalid(errors: Sequence[Mapping[str, str]]) -> ProblemError:
    return ProblemError(422, "Some members are not as they have to be.", kind=INVALID, errors=errors)

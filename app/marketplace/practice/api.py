"""The API of the practice marketplace: OpenChannel's Market API v2, as much of it as a reviewer's desk needs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

from app.marketplace.practice import documents, exchange, schema, stats
from app.marketplace.practice.errors import ApiError, Invalid, Unknown
from app.marketplace.practice.exchange import Parameters, PracticeRequest, answer
from app.marketplace.practice.moves import Records
from app.marketplace.practice.query import read_document, read_sort
from app.marketplace.practice.signing import DEFAULT_SECONDS, LONGEST_SECONDS, Signer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = logging.getLogger(__name__)

BASE = "/v2"
MOST_A_PAGE = 10_000
DEVELOPERS_A_PAGE = 100
OPEN = {"signed_file", "public_file"}  # served without the secret

RULES = Map(
    [
        Rule(f"{BASE}{path}", endpoint=endpoint, methods=[method])
        for method, path, endpoint in (
            ("GET", "/apps", "apps"),
            ("GET", "/apps/versions", "versions"),
            ("GET", "/apps/<app_id>", "app"),
            ("GET", "/apps/<app_id>/versions/<version>", "version"),
            ("POST", "/apps/<app_id>/versions/<version>/status", "status"),
            ("POST", "/apps/<app_id>/live", "live"),
            ("GET", "/developers", "developers"),
            ("GET", "/developers/<developer_id>", "developer"),
            ("GET", "/files", "files"),
            ("POST", "/files", "upload"),
            ("GET", "/files/byIdOrUrl", "file"),
            ("GET", "/files/download", "download"),
            ("GET", "/files/get/<file_id>/<name>", "signed_file"),
            ("GET", "/files/public/<file_id>/<name>", "public_file"),
            ("GET", "/stats/series/<period>/<fields>", "series"),
            ("GET", "/stats/total", "total"),
            ("GET", "/markets/this", "market"),
            ("GET", "/events/<event_id>", "event"),
        )
    ],
    strict_slashes=False,
    merge_slashes=False,
)


class PracticeApi:
    """The WSGI application. `secret` may be changed while it runs; an empty one lets nobody in."""

    def __init__(self, records: Records, secret: str, clock: Callable[[], float] = time.time) -> None:
        self.records, self.secret, self.clock = records, secret, clock
        self._signer = Signer(clock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._respond(PracticeRequest(environ))(environ, start_response)

    def _respond(self, request: PracticeRequest) -> Response:
        try:
            _ = request.host  # refused here when it is not this machine
            endpoint, values = RULES.bind_to_environ(request.environ).match()
            if endpoint not in OPEN and not exchange.is_authorized(request, self.records.market["id"], self.secret):
                refused = exchange.answer_plain_error(401, "The marketplace id or the secret is wrong")
                refused.headers["WWW-Authenticate"] = 'Basic realm="marketplace"'
                return refused
            if endpoint == "upload":
                request.max_content_length = exchange.MOST_UPLOAD
            response: Response = getattr(self, f"_{endpoint}")(request, Parameters(request), **values)
            return response
        except ApiError as error:
            return exchange.answer_error(error)
        except HTTPException as error:
            if error.code == 416:  # a range outside the file: the answer names its size
                return Response(status=416, headers=dict(error.get_headers()) | {"Cache-Control": "no-store"})
            return exchange.answer_plain_error(error.code or 500, error.name)
        except ConnectionError:
            raise  # the client has gone
        except Exception as error:
            log.error("the practice marketplace met an accident: %s", type(error).__name__)
            return exchange.answer_plain_error(500, "Internal error")

    # lists

    def _page(self, request: PracticeRequest, given: Parameters, kind: str, most: int | None = None) -> Response:
        query: Mapping[str, Any] = read_document(given.text("query"), "query")
        if kind == "versions" and (developer := given.text("developerId")):
            query = {"$and": [{"developerId": developer}, query]} if query else {"developerId": developer}
        number = given.number("pageNumber", 1, 1 << 31) or 1
        limit = given.number("limit", 1, MOST_A_PAGE) or most
        page = self.records.find(kind, query, read_sort(given.text("sort")), number, limit)
        pages = max(1, -(-page.all // limit)) if limit else 1
        if not limit and number > 1:
            page = page._replace(documents=[])
        head = f'{{"count":{page.all},"pages":{pages},"pageNumber":{number},"list":['
        return answer(_located(request, f"{head}{','.join(page.documents)}]}}"))

    def _versions(self, request: PracticeRequest, given: Parameters) -> Response:
        return self._page(request, given, "versions")

    def _apps(self, request: PracticeRequest, given: Parameters) -> Response:
        return self._page(request, given, "apps")

    def _developers(self, request: PracticeRequest, given: Parameters) -> Response:
        return self._page(request, given, "developers", DEVELOPERS_A_PAGE)

    def _files(self, request: PracticeRequest, given: Parameters) -> Response:
        return self._page(request, given, "files")

    # one of them

    def _app(self, request: PracticeRequest, given: Parameters, app_id: str) -> Response:
        return answer(self.records.app(app_id))

    def _version(self, request: PracticeRequest, given: Parameters, app_id: str, version: str) -> Response:
        document = self.records.version(app_id, exchange.read_number(version, "version", 0))
        if given.text("developerId", document["developerId"]) != document["developerId"]:
            raise Unknown("There is no such version of this developer")
        return answer(documents.dump(document))

    def _developer(self, request: PracticeRequest, given: Parameters, developer_id: str) -> Response:
        return answer(self.records.developer(developer_id))

    def _event(self, request: PracticeRequest, given: Parameters, event_id: str) -> Response:
        return answer(self.records.event(event_id))

    def _market(self, request: PracticeRequest, given: Parameters) -> Response:
        market = self.records.market
        told = {
            "marketplaceId": market["id"],
            "name": market["name"],
            "attributes": market["attributes"],
            "categoryGroups": market["categories"],
            "viewAppUrl": market["view"],
            "previewAppUrl": market["preview"],
        }
        return answer(documents.dump(told))

    # changes

    def _status(self, request: PracticeRequest, given: Parameters, app_id: str, version: str) -> Response:
        self.records.change_status(
            app_id,
            exchange.read_number(version, "version", 0),
            given.needed("status"),
            given.text("reason"),
            given.text("modifiedBy") or "administrator",
            given.text("developerId") or None,
        )
        return _done()

    def _live(self, request: PracticeRequest, given: Parameters, app_id: str) -> Response:
        version = exchange.read_number(given.needed("version"), "version", 0)
        self.records.go_live(app_id, version, given.needed("developerId"))
        return _done()

    # files

    def _file(self, request: PracticeRequest, given: Parameters) -> Response:
        wanted = given.needed("fileIdOrUrl")
        for path in (documents.PRIVATE, documents.PUBLIC):
            _, found, rest = wanted.partition(f"{path}/")
            if found:
                wanted = rest.partition("/")[0]
        return answer(_located(request, self.records.file(wanted)))

    def _upload(self, request: PracticeRequest, given: Parameters) -> Response:
        sent = request.files.get("file")
        if sent is None:
            raise Invalid("file is required", field="file", word="required")
        names = [name.strip() for name in given.text("hash").split(",") if name.strip()]
        wanted = {name.replace("-", "").upper() for name in names}
        file_id = self.records.add_file(
            (sent.filename or "file").replace("\\", "/").rpartition("/")[2] or "file",
            sent.stream.read(),
            private=given.flag("isPrivate"),
            content_type=sent.mimetype,
            hashes=[name for name in documents.HASHES if name.replace("-", "") in wanted],
            virus_status="NOT_SCANNED",
        )
        return answer(_located(request, self.records.file(file_id)))

    def _download(self, request: PracticeRequest, given: Parameters) -> Response:
        seconds = given.number("validSeconds", 1, LONGEST_SECONDS) or DEFAULT_SECONDS
        _, row = self.records.blob(given.needed("fileId"))
        if row["private"]:
            path = self._signer.sign(row["file_id"], row["name"], seconds)
        else:
            path = documents.file_path(row["file_id"], row["name"], private=False)
        return answer(documents.dump({"url": f"{request.scheme}://{request.host}{path}"}))

    def _signed_file(self, request: PracticeRequest, given: Parameters, file_id: str, name: str) -> Response:
        if not self._signer.accepts(file_id, name, given.text("expires"), given.text("signature")):
            return exchange.answer_plain_error(403, "The address is not signed, or no longer valid")
        return self._send(request, file_id, name, private=True)

    def _public_file(self, request: PracticeRequest, given: Parameters, file_id: str, name: str) -> Response:
        return self._send(request, file_id, name, private=False)

    def _send(self, request: PracticeRequest, file_id: str, name: str, *, private: bool) -> Response:
        path, row = self.records.blob(file_id)
        if row["name"] != name or bool(row["private"]) is not private or not path.is_file():
            raise Unknown("There is no such file")
        response = send_file(
            path,
            request.environ,
            mimetype=row["content_type"],
            as_attachment=True,
            download_name=name,
            etag=row["sha256"],
            last_modified=row["uploaded"] // 1000,
        )
        response.headers.pop("Date", None)  # the server says it
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    # statistics

    def _series(self, request: PracticeRequest, given: Parameters, period: str, fields: str) -> Response:
        if period not in stats.PERIODS:
            raise Invalid("period must be day or month", field="period")
        return answer(documents.dump(stats.read_series(self.records, period, fields, *self._span(given))))

    def _total(self, request: PracticeRequest, given: Parameters) -> Response:
        return answer(documents.dump(stats.read_total(self.records, given.needed("fields"), *self._span(given))))

    def _span(self, given: Parameters) -> tuple[Mapping[str, Any], int | None, int | None]:
        return read_document(given.text("query"), "query"), given.number("start", 0), given.number("end", 0)


def _done() -> Response:
    """Success has an empty body."""
    return Response(b"", 200, headers={"Cache-Control": "no-store", "Content-Length": "0"})


def _located(request: PracticeRequest, document: str) -> str:
    return document.replace(schema.HOST, request.host)

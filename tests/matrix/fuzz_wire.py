"""One keep-alive connection to the host, for callers that run in a thread of their own."""

import json
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit


class Wire:
    """Asks with the function key; what the host does not answer counts as status 0."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self.key = url, key
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> tuple[int, Any]:
        """(status, JSON or text)."""
        headers = {"x-functions-key": self.key, "content-type": content_type}
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, _content(answer)
        except (HTTPException, OSError) as e:
            self._connection.close()
            return 0, repr(e)

    def get(self, path: str) -> Any:
        status, body = self.ask("GET", path)
        assert status == 200, f"GET {path} answered {status}: {str(body)[:500]}"
        return body

    def close(self) -> None:
        self._connection.close()


def _content(answer: HTTPResponse) -> Any:
    text = answer.read().decode("utf-8", "replace")
    return json.loads(text) if "json" in (answer.headers["content-type"] or "") else text

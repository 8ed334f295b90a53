"""A small Hugging Face Hub on this machine, for the real client: repositories, commits, large files, and faults on request.

What it answers follows the calls of huggingface_hub 2.4: repos/create, validate-yaml, models (info, revision, tree,
branch, preupload, commit), the Git LFS batch, an upload by PUT, and resolve by HEAD and GET. Large files are sent from
another host name ("localhost"), as the Hub sends them from its storage.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

from wrinkleseg import hub as client

LARGE = (".safetensors", ".png", ".bin", ".pkl")
TOKEN = "hf_QzXk7pTestTokenOfNobody"
Files = dict[str, bytes]


@dataclass
class Repo:
    """commits: (hash, message, files), the oldest first. heads: branch to commit hash."""

    private: bool
    commits: list[tuple[str, str, Files]] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)

    def commit(self, message: str, files: Files, branch: str = "main") -> str:
        """Add a commit; gives its hash."""
        oid = hashlib.sha1(f"{len(self.commits)}{message}{sorted(files)}".encode()).hexdigest()
        self.commits.append((oid, message, files))
        self.heads[branch] = oid
        return oid

    def at(self, revision: str) -> tuple[str, Files] | None:
        """Commit hash and files at a branch or commit."""
        oid = self.heads.get(revision, revision)
        return next(((found, files) for found, _, files in self.commits if found == oid), None)


@dataclass
class Fault:
    """What goes wrong with requests whose "METHOD /path" matches.

    how: a status; "hang" (no answer), "drop" (connection closed), "broken" (half of a body, then closed) or "short" (half
    of a body, complete as far as HTTP can tell) or "flip" (one byte of a body is another). times: how often, then all is
    well.
    """

    where: str
    how: int | str
    times: int = 10**6
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Hub:
    """The server's state. token: the one that may write, and see private repositories. requests: all that came, in order."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.tokens_at_storage = 0
        self.closing = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """What HF_ENDPOINT should be."""
        return f"http://127.0.0.1:{self.port}"

    def fault(self, request: str) -> Fault | None:
        """The fault that this request meets."""
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.where, request):
                fault.times -= 1
                return fault
        return None


@contextmanager
def serving(token: str) -> Iterator[Hub]:
    """A running server on 127.0.0.1."""
    hub = Hub(token)
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    hub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def connected(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Hub]:
    """An empty Hub, and the client set to it: a cache of its own in `folder`, no login, no waiting between retries."""
    settings = {"HF_HUB_CACHE": str(folder / "cache"), "HF_HUB_DISABLE_XET": True, "HF_HUB_OFFLINE": False}
    for name, value in (settings | {"HF_TOKEN_PATH": str(folder / "no-login")}).items():
        monkeypatch.setattr(constants, name, value)
    clock = SimpleNamespace(sleep=lambda _: None, time=time.time, monotonic=time.monotonic)
    monkeypatch.setattr("huggingface_hub.utils._http.time", clock)
    monkeypatch.setattr("huggingface_hub.file_download.time", clock)
    monkeypatch.setattr(client, "TIMEOUT", 0.3)
    with serving(TOKEN) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        yield running


class _Refused(Exception):
    """An answer that is an error: status, the Hub's code for it, message."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Silence."""

    def handle_one_request(self) -> None:
        """As the parent, but a client that went away is no error."""
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_any(self) -> None:
        """Read the request, meet its fault if there is one, else answer it."""
        body = self._body()
        path = unquote(urlsplit(self.path).path)
        request = f"{self.command} {path}"
        self.hub.requests.append(request)
        self.fault = self.hub.fault(request)
        if self.fault and self.fault.how in ("hang", "drop"):
            if self.fault.how == "hang":
                self.hub.closing.wait(20)
            self.close_connection = True
            return
        try:
            if self.fault and isinstance(self.fault.how, int):
                raise _Refused(self.fault.how, message=self.fault.body.decode())
            self._route(path, body)
        except _Refused as refused:
            headers = {"X-Error-Code": refused.code, "X-Error-Message": " ".join(refused.message.split())} | (
                self.fault.headers if self.fault else {}
            )
            self._json({"error": refused.message}, refused.status, {k: v for k, v in headers.items() if v})

    do_GET = do_HEAD = do_POST = do_PUT = do_any

    def _route(self, path: str, body: bytes) -> None:
        for method, pattern, answer in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and self.command in method:
                answer(self, *match.groups(), body=body)
                return
        raise _Refused(404, message=f"no such page: {self.command} {path}")

    def _validate_yaml(self, body: bytes) -> None:
        import yaml

        content = json.loads(body)["content"]
        front = yaml.safe_load(content.split("---")[1]) if content.startswith("---") else None
        if not isinstance(front, dict):
            self._json({"errors": [{"message": "no metadata"}], "warnings": []}, 400)
            return
        self._json({"errors": [], "warnings": []})

    def _create(self, body: bytes) -> None:
        self._authorised()
        asked = json.loads(body)
        name = f"{asked['organization']}/{asked['name']}"
        url = {"url": f"{self.hub.url}/{name}"}
        if name in self.hub.repos:
            self._json({"error": "You already created this model repo"} | url, 409)
            return
        repo = self.hub.repos[name] = Repo(asked.get("visibility") == "private")
        repo.commit("initial commit", {".gitattributes": b"*.safetensors filter=lfs\n"})
        self._json(url)

    def _info(self, name: str, revision: str | None, body: bytes) -> None:
        oid, files = self._at(name, revision or "main")
        siblings = [{"rfilename": path} for path in files]
        self._json({"id": name, "sha": oid, "private": self.hub.repos[name].private, "siblings": siblings, "tags": []})

    def _tree(self, name: str, revision: str, body: bytes) -> None:
        _, files = self._at(name, revision)
        self._json([_entry(path, content) for path, content in files.items()])

    def _branch(self, name: str, branch: str, body: bytes) -> None:
        self._authorised()
        repo = self._repo(name)
        if branch in repo.heads:
            raise _Refused(409, message="Reference already exists")
        repo.heads[branch] = repo.heads["main"]
        self._json({})

    def _preupload(self, name: str, revision: str, body: bytes) -> None:
        self._authorised()
        _, present = self._at(name, revision)
        answers = []
        for file in json.loads(body)["files"]:
            path, mode = file["path"], "lfs" if file["path"].endswith(LARGE) else "regular"
            oid = {"oid": _oid(path, present[path])} if path in present else {}
            answers.append({"path": path, "uploadMode": mode, "shouldIgnore": False} | oid)
        self._json({"files": answers})

    def _batch(self, name: str, body: bytes) -> None:
        self._authorised()
        objects = []
        for each in json.loads(body)["objects"]:
            upload = {"upload": {"href": f"{self.hub.url}/storage/{each['oid']}"}}
            objects.append(each | ({} if each["oid"] in self.hub.objects else {"actions": upload}))
        self._json({"transfer": "basic", "objects": objects})

    def _store(self, oid: str, body: bytes) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            raise _Refused(400, message="content and hash differ")
        self.hub.objects[oid] = body
        self._json({})

    def _commit(self, name: str, revision: str, body: bytes) -> None:
        self._authorised()
        _, files = self._at(name, revision)
        files, message = dict(files), ""
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            match line["key"]:
                case "header":
                    message = value["summary"]
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.objects[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        oid = self._repo(name).commit(message, files, revision)
        self._json({"commitUrl": f"{self.hub.url}/{name}/commit/{oid}", "commitOid": oid, "success": True})

    def _resolve(self, name: str, revision: str, path: str, body: bytes) -> None:
        oid, files = self._at(name, revision)
        if path not in files:
            raise _Refused(404, "EntryNotFound", "Entry not found")
        content = files[path]
        headers = {"X-Repo-Commit": oid, "ETag": f'"{_oid(path, content)}"'}
        if not path.endswith(LARGE):
            self._send(200, content, headers)
            return
        sha = hashlib.sha256(content).hexdigest()
        self.hub.objects[sha] = content
        linked = {"X-Linked-Size": str(len(content)), "X-Linked-ETag": f'"{sha}"'}
        self._send(302, b"", headers | linked | {"Location": f"http://localhost:{self.hub.port}/storage/{sha}"})

    def _stored(self, oid: str, body: bytes) -> None:
        self.hub.tokens_at_storage += "Authorization" in self.headers
        content, asked = self.hub.objects[oid], self.headers.get("Range")
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        ranged = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"} if asked else {}
        self._send(206 if asked else 200, content[first:], {"ETag": f'"{oid}"'} | ranged)

    def _at(self, name: str, revision: str) -> tuple[str, Files]:
        found = self._repo(name).at(revision)
        if found is None:
            raise _Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return found

    def _repo(self, name: str) -> Repo:
        repo = self.hub.repos.get(name)
        if repo is None or (repo.private and not self._has_token()):
            raise _Refused(404 if self._has_token() else 401, "RepoNotFound", "Repository not found")
        return repo

    def _has_token(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _authorised(self) -> None:
        if not self._has_token():
            # As servers do that should not: the answer repeats what was sent.
            raise _Refused(401, message=f"Invalid credentials: {self.headers.get('Authorization')}")

    def _json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        how = self.fault.how if self.fault else ""
        half = content[: len(content) // 2]
        if how == "short":
            content = half
        if how == "flip":
            content = content[:-1] + bytes([content[-1] ^ 1])
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(half if how == "broken" else content)
        if how == "broken":
            self.close_connection = True

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


def _oid(path: str, content: bytes) -> str:
    """SHA-256 of a large file, Git's SHA-1 of another."""
    if path.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(path: str, content: bytes) -> dict:
    entry = {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
    if path.endswith(LARGE):
        entry["lfs"] = {"oid": _oid(path, content), "size": len(content), "pointerSize": 134}
    return entry


_NAME = r"([^/]+/[^/]+)"
_ROUTES = (
    (("POST",), r"/api/validate-yaml", _Handler._validate_yaml),
    (("POST",), r"/api/repos/create", _Handler._create),
    (("GET",), rf"/api/models/{_NAME}(?:/revision/(.+))?", _Handler._info),
    (("GET",), rf"/api/models/{_NAME}/tree/(.+)", _Handler._tree),
    (("POST",), rf"/api/models/{_NAME}/branch/(.+)", _Handler._branch),
    (("POST",), rf"/api/models/{_NAME}/preupload/(.+)", _Handler._preupload),
    (("POST",), rf"/{_NAME}\.git/info/lfs/objects/batch", _Handler._batch),
    (("PUT",), r"/storage/(.+)", _Handler._store),
    (("GET", "HEAD"), r"/storage/(.+)", _Handler._stored),
    (("POST",), rf"/api/models/{_NAME}/commit/(.+)", _Handler._commit),
    (("GET", "HEAD"), rf"/{_NAME}/resolve/([^/]+)/(.+)", _Handler._resolve),
)

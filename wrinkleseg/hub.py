"""The Hugging Face Hub: a checkpoint fetched by its name, and files published there as one commit.

The token is the Hub client's own affair: it comes from HF_TOKEN or from `hf auth login`, and nothing here keeps, shows
or logs it. HF_ENDPOINT names another server than huggingface.co; HF_HUB_OFFLINE=1 leaves only what was fetched before.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    get_token,
    set_client_factory,
    snapshot_download,
)
from huggingface_hub.errors import (
    HfHubHTTPError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import (
    are_progress_bars_disabled,
    disable_progress_bars,
    enable_progress_bars,
    validate_repo_id,
)
from huggingface_hub.utils._http import default_client_factory

from wrinkleseg import checkpoint

PREFIX = "hub:"
CARD = "README.md"
FILES = (checkpoint.CONFIG, checkpoint.WEIGHTS, CARD)
"""All that is ever fetched: other files of a repository, such as pickles, stay where they are."""
TIMEOUT = 30.0
"""Seconds for a connection or for the next bytes; the client itself would wait for ever."""

_HUB = "https://huggingface.co"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REVISION = re.compile(r"[\w.][\w./-]*", re.ASCII)
_TELLING = (HfHubHTTPError, httpx2.TransportError, OfflineModeIsEnabled, LocalTokenNotFoundError)

# The client, and what carries its requests: at DEBUG that one writes headers down, and a server may echo a token there.
_CHATTY = ("huggingface_hub", "httpx", "httpcore", "httpx2", "httpcore2")


class HubError(ValueError):
    """The Hub can't be reached, refuses, or holds no such checkpoint; the message says which and how to mend it."""


def address(name: str) -> tuple[str, str | None]:
    """ "hub:OWNER/NAME@REVISION" or "OWNER/NAME" as (repository, revision); without "@" the revision is None, the newest.

    Raises HubError for a name that no repository can have.
    """
    repo, marked, revision = name.removeprefix(PREFIX).partition("@")
    try:
        validate_repo_id(repo)
        good = repo.count("/") == 1 and (not marked or (_REVISION.fullmatch(revision) and ".." not in revision))
    except ValueError:  # the client's own reason; ours shows what to write
        good = False
    if not good:
        raise HubError(
            f"{name!r} names no repository of the Hub; write OWNER/NAME or OWNER/NAME@REVISION (a branch, a tag or a "
            "commit), in letters, digits, '-', '_' and '.'"
        )
    return repo, revision or None


def fetch(name: str, revision: str | None = None, endpoint: str | None = None) -> Path:
    """The folder of a checkpoint on the Hub, from the client's cache where that commit was fetched before.

    name: "OWNER/NAME". revision: a branch, a tag or a commit; None is the newest commit. endpoint: URL of the Hub, by
    default HF_ENDPOINT, else huggingface.co. Only `FILES` are fetched. Where the Hub can't be reached, an earlier fetch
    of the same revision serves. Raises HubError; the folder is not yet known to hold weights that fit: see
    `checkpoint.load`.
    """
    repo, _ = address(name)
    server = _endpoint(endpoint)
    with _client(f"{_shown(repo, revision)} could not be fetched", server):
        folder = snapshot_download(repo, revision=revision, allow_patterns=list(FILES), endpoint=server)
    _check(Path(folder), _shown(repo, revision))
    return Path(folder)


def publish(
    name: str,
    files: Mapping[str, Path | bytes],
    message: str,
    private: bool = False,
    revision: str | None = None,
    owned: Collection[str] = (),
    endpoint: str | None = None,
) -> str:
    """Put files into a model repository as one commit; gives the commit's hash. The repository is made where it is absent.

    name: "OWNER/NAME". files: what goes in, by its path there. private: only its owner may see it. revision: a branch,
    made where it is absent; None is main. owned: paths that are removed where they exist and are not in `files`.
    endpoint: as for `fetch`. Files that are there already are not sent again, and nothing new makes no commit. Raises
    HubError; until the commit, which comes last, the repository is as it was.
    """
    repo, _ = address(name)
    server = _endpoint(endpoint)
    with _client(f"{_shown(repo, revision)} could not be published", server):
        api = HfApi(endpoint=server, token=True)
        api.create_repo(repo, private=private or None, exist_ok=True)
        if private and not api.model_info(repo).private:
            raise HubError(
                f"{repo} exists and is public; make it private in its settings on the Hub, or leave --private"
            )
        if revision:
            api.create_branch(repo, branch=revision, exist_ok=True)
        stale = (set(owned) - set(files)) & set(api.list_repo_files(repo, revision=revision))
        operations = [
            *(CommitOperationAdd(path, content) for path, content in files.items()),
            *(CommitOperationDelete(path) for path in sorted(stale)),
        ]
        return api.create_commit(repo, operations, commit_message=message, revision=revision).oid


def _check(folder: Path, shown: str) -> None:
    """HubError where a fetched folder is no checkpoint, or its weights are not those that the Hub has."""
    missing = [file for file in (checkpoint.CONFIG, checkpoint.WEIGHTS) if not (folder / file).is_file()]
    if missing:
        raise HubError(f"{shown} holds no {' and no '.join(missing)}: it is no checkpoint of wrinkleseg; see its page")
    weights = folder / checkpoint.WEIGHTS
    # The cache keeps a large file under its SHA-256 and links to it: the client compares sizes only.
    kept = weights.readlink().name if weights.is_symlink() else ""
    if _SHA256.fullmatch(kept) and kept != checkpoint.file_hash(folder):
        (folder / weights.readlink()).unlink()
        weights.unlink()
        raise HubError(
            f"{shown}: the weights came damaged and are removed from the cache; run again to fetch them anew"
        )


@contextmanager
def _client(failed: str, server: str) -> Iterator[None]:
    """The Hub's client, quiet, with time limits; whatever it raises becomes a HubError that starts with `failed`."""
    _limit_waiting()
    token = ""
    try:
        with _quiet():
            token = _token()
            yield
    except HubError:
        raise
    except Exception as error:  # HTTP, files, answers of another shape, the Rust transport: one place turns them all
        reason = _reason(_telling(error), server)
        # Without its cause: the client's own messages may quote headers.
        raise HubError(f"{failed}: {reason.replace(token, '***') if token else reason}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """No line of the client's for every retry, and its progress bars only where somebody watches."""
    logs = [logging.getLogger(name) for name in _CHATTY]
    levels, hidden = [log.level for log in logs], not sys.stderr.isatty() and not are_progress_bars_disabled()
    for log in logs:
        log.setLevel(logging.ERROR)
    if hidden:
        disable_progress_bars()
    try:
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)
        if hidden:
            enable_progress_bars()


def _token() -> str:
    """The token that the client will send, "" without one. HubError for one that would break a header, and be quoted."""
    token = get_token() or ""
    if not (token.isascii() and token.isprintable()):
        raise HubError("the Hub's token holds characters that no token has: set HF_TOKEN anew, or run: hf auth login")
    return token


@cache
def _limit_waiting() -> None:
    """Give the client's requests time limits, once and for the whole process."""
    set_client_factory(_limited)


def _limited() -> httpx2.Client:
    client = default_client_factory()
    client.event_hooks = {"request": [*client.event_hooks["request"], _limit]}
    return client


def _limit(request: httpx2.Request) -> None:
    """Fill in the limits that are absent: some of the client's calls ask for none by name."""
    given = request.extensions.get("timeout", {})
    request.extensions["timeout"] = {kind: given.get(kind) or TIMEOUT for kind in ("connect", "read", "write", "pool")}


def _telling(error: BaseException) -> BaseException:
    """The error that says most in a chain of causes: the first of a known kind, else the innermost."""
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    return next((link for link in chain if isinstance(link, _TELLING)), chain[-1])


def _reason(error: BaseException, server: str) -> str:
    """What happened and how to mend it, on one line."""
    host = urlsplit(server).netloc.rpartition("@")[2] or server
    match error:
        case RevisionNotFoundError():
            return "it has no such revision; its branches, tags and commits stand on its page"
        case RemoteEntryNotFoundError():
            return "a file is not there any more; run again"
        case HfHubHTTPError():
            return _refusal(error, host)
        case OfflineModeIsEnabled():
            return (
                "HF_HUB_OFFLINE is set and no earlier fetch is complete; unset it, or fetch it where there is a network"
            )
        case LocalTokenNotFoundError():
            return "there is no token; set HF_TOKEN to one of huggingface.co/settings/tokens, or run: hf auth login"
        case httpx2.TimeoutException():
            return f"{host} did not answer in time; try again later"
        case httpx2.RemoteProtocolError():
            return f"{host} broke the connection off; try again"
        case httpx2.TransportError():
            return f"no connection to {host}; check the network, proxies and HF_ENDPOINT"
    if str(error).startswith("Consistency check failed"):
        return "a file came incomplete and was thrown away; run again"
    return f"{type(error).__name__}: {_one_line(str(error))}; check the disk, and that {host} is a Hub (HF_ENDPOINT)"


def _refusal(error: HfHubHTTPError, host: str) -> str:
    status = error.response.status_code
    match status:
        case 401:
            return (
                f"{host} wants a valid token (401), or it does not exist; set HF_TOKEN to one of "
                "huggingface.co/settings/tokens, or run: hf auth login"
            )
        case 403:
            return f"the token may not do this (403); use one with access to this owner's repositories ({host})"
        case 404:
            return (
                "it does not exist, or is private and not yours (404); check OWNER/NAME, and HF_TOKEN if it is private"
            )
        case 429:
            return f"{host} had too many requests from here (429); {_wait(error)}"
        case _ if status >= 500:
            return f"{host} is in trouble ({status}); try again later"
    return f"{host} answered {status}: {_one_line(error.server_message or 'no reason given')}"


def _wait(error: HfHubHTTPError) -> str:
    seconds = error.response.headers.get("retry-after", "")
    return f"wait {seconds} s and run again" if seconds.isdigit() else "wait some minutes and run again"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _endpoint(given: str | None) -> str:
    return (given or os.environ.get("HF_ENDPOINT") or _HUB).rstrip("/")


def _shown(repo: str, revision: str | None) -> str:
    return f"{PREFIX}{repo}@{revision}" if revision else f"{PREFIX}{repo}"

"""Downloads against a local server: pinned, cached, resumed, refused."""

from __future__ import annotations

import hashlib
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from benchmarks.suites import _download, scan
from benchmarks.suites._download import Pinned, fetch
from nsr.errors import InputError

CONTENT = bytes(range(256)) * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `CONTENT`; knows ranges unless told otherwise; may break off after some bytes."""

    asked: ClassVar[list[str | None]] = []
    ranges = True
    breaks_after: int | None = None

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        type(self).asked.append(wanted)
        if self.path != "/file":
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        end = len(CONTENT) if self.breaks_after is None else start + self.breaks_after
        self.wfile.write(CONTENT[start:end])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.asked, Handler.ranges, Handler.breaks_after = [], True, None
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_file_is_downloaded_once(server: str, tmp_path: Path) -> None:
    file = Pinned(f"{server}/file", DIGEST, "one")
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert fetch(file, tmp_path) == tmp_path / "one"
    assert Handler.asked == [None]
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_an_interrupted_download_goes_on(server: str, tmp_path: Path) -> None:
    file = Pinned(f"{server}/file", DIGEST, "one")
    Handler.breaks_after = 100_000
    with pytest.raises(InputError, match="bytes too early"):
        fetch(file, tmp_path)
    assert (tmp_path / "one.part").stat().st_size == 100_000
    Handler.breaks_after = None
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert Handler.asked == [None, "bytes=100000-"]
    assert not (tmp_path / "one.part").exists()


def test_a_server_without_ranges_sends_it_again(server: str, tmp_path: Path) -> None:
    Handler.ranges = False
    (tmp_path / "one.part").write_bytes(CONTENT[:777])
    assert fetch(Pinned(f"{server}/file", DIGEST, "one"), tmp_path).read_bytes() == CONTENT


def test_what_was_complete_is_not_asked_for_again(server: str, tmp_path: Path) -> None:
    (tmp_path / "one.part").write_bytes(CONTENT)
    assert fetch(Pinned(f"{server}/file", DIGEST, "one"), tmp_path).read_bytes() == CONTENT


def test_another_content_is_refused(server: str, tmp_path: Path) -> None:
    file = Pinned(f"{server}/file", "0" * 64, "one")
    with pytest.raises(InputError, match="not the pinned file") as error:
        fetch(file, tmp_path)
    assert "\n" not in str(error.value)
    assert file.url in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/nothing", None])
def test_what_cannot_be_reached_is_one_line(path: str | None, server: str, tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/file" if path is None else server + path
    with pytest.raises(InputError, match="cannot download") as error:
        fetch(Pinned(url, DIGEST, "one"), tmp_path)
    assert "\n" not in str(error.value)


def test_nothing_is_downloaded_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSR_DATA", raising=False)
    monkeypatch.delenv("NSR_DOWNLOAD", raising=False)
    monkeypatch.setattr(_download, "fetch", lambda *args: pytest.fail("downloads"))
    assert scan.SUITE.load("simple").origin == "random"


def test_official_splits_come_from_pinned_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("NSR_DATA", raising=False)
    monkeypatch.setenv("NSR_DOWNLOAD", "1")
    path = tmp_path / "file"
    path.write_text("IN: jump twice OUT: I_JUMP I_JUMP\nIN: run OUT: I_RUN\n")
    asked: list[Pinned] = []
    monkeypatch.setattr(_download, "fetch", lambda file: asked.append(file) or path)
    data = scan.SUITE.load("simple_p1")
    assert data.train == [(("jump", "twice"), ("I_JUMP", "I_JUMP")), (("run",), ("I_RUN",))]
    assert len(data.tests["test"]) == 20908
    assert data.origin == "published"
    assert asked[0].url.endswith(
        f"{scan.COMMIT}/simple_split/size_variations/tasks_train_simple_p1.txt"
    )
    assert scan.SUITE.load("length").origin == "by rule"


@pytest.mark.skipif(not os.environ.get("NSR_DATA"), reason="NSR_DATA is not set")
@pytest.mark.parametrize("split", scan.OFFICIAL)
def test_pinned_checksums_are_those_of_the_official_files(split: str) -> None:
    train = scan.SUITE.load(split).train
    text = "".join(f"IN: {' '.join(x)} OUT: {' '.join(y)}\n" for x, y in train)
    assert hashlib.sha256(text.encode("ascii")).hexdigest() == scan.OFFICIAL[split]

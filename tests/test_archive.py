"""Zips that strangers made: honest ones give their pictures, the others one clear message and no bytes too many."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from wrinkleseg import archive, images
from wrinkleseg.archive import ArchiveError, EntryError

RGB = np.arange(40 * 50 * 3, dtype=np.uint8).reshape(40, 50, 3)
PNG = images.png_bytes(RGB)


def pack(path: Path, entries, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip of (name or ZipInfo, content) pairs."""
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def names(path: Path) -> list[str]:
    return [member.name for member in archive.members(path)]


def patched(path: Path, offset: int, form: str, value: int) -> Path:
    """The first entry of the zip's list of contents with another value at an offset."""
    data = bytearray(path.read_bytes())
    struct.pack_into(form, data, data.index(b"PK\x01\x02") + offset, value)
    path.write_bytes(data)
    return path


def only(path: Path) -> bytes | EntryError:
    ((_, content),) = archive.pictures(path)
    return content


def test_pictures_come_out_as_they_went_in(tmp_path):
    path = pack(tmp_path / "photos.zip", [("anna.png", PNG), ("before/", b""), ("before/berta.png", PNG)])
    found = dict(archive.pictures(path))
    assert list(found) == ["anna.png", "before_berta.png"]
    assert all((images.load_rgb(data) == RGB).all() for data in found.values())


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd.jpg", "etc_passwd.jpg"),
        ("/root/anna.jpg", "root_anna.jpg"),
        ("C:\\Users\\anna.jpg", "C__Users_anna.jpg"),
        ("..\\..\\before\\anna.jpg", "before_anna.jpg"),
        ("a/./b//c.png", "a_b_c.png"),
        ("con.jpg", "_con.jpg"),
        ("LPT1", "_LPT1"),
        ("anna\u202egpj.exe", "anna_gpj.exe"),
        ("e\u0301va.jpg", "éva.jpg"),
        ("line\nbreak\0.jpg", "line_break_.jpg"),
        ("..", "photo"),
        ("", "photo"),
        ("x" * 300 + ".jpeg", "x" * 55 + ".jpeg"),
    ],
)
def test_names_become_safe(given, safe):
    assert archive.safe_name(given) == safe
    assert archive.safe_name(safe) == safe


def test_slipping_names_are_read_and_nothing_is_written(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    path = pack(folder / "slip.zip", [("../outside.png", PNG), ("/tmp/outside.png", PNG), ("..\\outside.png", PNG)])
    assert [name for name, _ in archive.pictures(path)] == ["outside.png", "tmp_outside.png", "outside-2.png"]
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["inner", "slip.zip"]


def test_same_names_are_numbered_letter_case_and_ending_aside(tmp_path):
    path = pack(tmp_path / "a.zip", [(n, PNG) for n in ("anna.png", "Anna.PNG", "anna.jpg", "anna-2.png", "x/y.png")])
    assert names(path) == ["anna.png", "Anna-2.PNG", "anna-3.jpg", "anna-2-2.png", "x_y.png"]


def test_what_systems_add_is_left_out_without_a_word(tmp_path):
    added = ["__MACOSX/._anna.png", ".DS_Store", "photos/.hidden.png", "Thumbs.db", "photos/desktop.ini", ".git/a.png"]
    path = pack(tmp_path / "mac.zip", [("anna.png", PNG), *((name, b"x") for name in added)])
    assert names(path) == ["anna.png"]


def test_one_bad_entry_is_named_and_the_others_are_read(tmp_path):
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    rare = zipfile.ZipInfo("rare.png")
    rare.compress_type = zipfile.ZIP_LZMA
    entries = [("good.png", PNG), (link, b"/etc/passwd"), (rare, PNG), ("inner.zip", _zip_bytes()), ("last.png", PNG)]
    found = dict(archive.pictures(pack(tmp_path / "mixed.zip", entries)))
    assert found["good.png"] == found["last.png"] == PNG
    said = {name: str(error) for name, error in found.items() if isinstance(error, EntryError)}
    assert set(said) == {"link.png", "rare.png", "inner.zip"} and all(name in text for name, text in said.items())
    assert "link to another file" in said["link.png"] and "zip inside the zip" in said["inner.zip"]


def test_a_locked_entry_is_refused_without_being_read(tmp_path):
    path = patched(pack(tmp_path / "locked.zip", [("anna.png", PNG), ("berta.png", PNG)]), 8, "<H", 0x1)
    (_, locked), (_, free) = archive.pictures(path)
    assert "password" in str(locked) and free == PNG


def test_what_swells_like_no_photo_is_not_unpacked(tmp_path):
    bomb = pack(tmp_path / "bomb.zip", [("zeros.bmp", bytes(20 * 2**20)), ("anna.png", PNG)])
    assert bomb.stat().st_size < 40_000
    (_, swollen), (_, good) = archive.pictures(bomb)
    assert "200 times" in str(swollen) and good == PNG


def test_pictures_that_are_too_much_together_break_the_limit_of_the_zip(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, 2**20, np.uint8).tobytes()
    path = pack(tmp_path / "large.zip", [(f"{i}.bmp", noise) for i in range(5)])
    with pytest.raises(ArchiveError, match="large.zip.*5 MiB unpacked, at most 4 MiB"):
        archive.members(path, total=4 * 2**20)
    assert len(archive.members(path, total=5 * 2**20)) == 5


def test_zips_within_zips_are_opened_once_only(tmp_path):
    inner = _zip_bytes([(f"{i}.zip", _zip_bytes([("zeros", bytes(2**20))])) for i in range(16)])
    path = pack(tmp_path / "42.zip", [(f"lib {i}.zip", inner) for i in range(16)])
    found = [content for _, content in archive.pictures(path)]
    assert len(found) == 16 and all(isinstance(each, EntryError) for each in found)


@pytest.mark.parametrize("said", [1000, len(PNG) - 1, len(PNG) + 1, 2**20])
def test_a_size_that_lies_gives_a_damaged_picture_and_no_more_bytes(tmp_path, said):
    path = patched(pack(tmp_path / "liar.zip", [("anna.png", PNG)]), 24, "<I", said)
    assert "damaged" in str(only(path))


def test_a_bomb_that_says_it_is_small_is_stopped(tmp_path):
    path = patched(pack(tmp_path / "liar.zip", [("anna.bmp", bytes(50 * 2**20))]), 24, "<I", 5000)
    (member,) = archive.members(path)
    assert member.size == 5000
    with pytest.raises(EntryError, match="damaged"):
        archive.read(path, member)


def test_more_than_a_picture_may_have_is_refused_by_its_header(tmp_path):
    path = patched(pack(tmp_path / "huge.zip", [("anna.png", PNG)]), 24, "<I", images.MAX_BYTES + 1)
    assert "too large" in str(only(path))


def test_entries_in_the_same_place_are_refused(tmp_path):
    data = b"".join(np.random.default_rng(0).integers(0, 256, 50_000, np.uint8).tobytes() for _ in range(2))
    path = pack(tmp_path / "overlap.zip", [("a.bmp", data), ("b.bmp", data)], zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    second = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    struct.pack_into("<I", raw, second + 42, 0)
    path.write_bytes(raw)
    with pytest.raises(ArchiveError, match="damaged|same place"):
        archive.members(path)


def test_damaged_bytes_are_noticed(tmp_path):
    path = pack(tmp_path / "broken.zip", [("anna.png", PNG)], zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    raw[100] ^= 0xFF
    path.write_bytes(raw)
    assert zlib.crc32(raw[38 : 38 + len(PNG)]) != zlib.crc32(PNG)
    assert "damaged" in str(only(path))


def test_ten_thousand_entries_are_too_many(tmp_path):
    path = pack(tmp_path / "many.zip", [(f"{i}.png", b"") for i in range(10_000)], zipfile.ZIP_STORED)
    with pytest.raises(ArchiveError, match="many.zip.*(10000 files|too long)"):
        archive.members(path)
    few = pack(tmp_path / "few.zip", [(f"{i}.png", b"") for i in range(archive.MAX_ENTRIES + 1)], zipfile.ZIP_STORED)
    with pytest.raises(ArchiveError, match=f"{archive.MAX_ENTRIES + 1} files"):
        archive.members(few)


def test_a_list_of_contents_as_long_as_the_file_is_not_read(tmp_path):
    path = pack(tmp_path / "many.zip", [(f"{i}.png", b"") for i in range(20_000)], zipfile.ZIP_STORED)
    with pytest.raises(ArchiveError, match="list of contents is too long"):
        archive.members(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no zip"),
        (b"PK\x05\x06" + bytes(18), "no files"),
        (b"hello", "no zip"),
        (PNG, "no zip"),
        (b"PK\x03\x04" + bytes(100), "damaged"),
    ],
)
def test_no_zip_and_an_empty_one_say_so(tmp_path, content, said):
    path = tmp_path / "odd.zip"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=f"'odd.zip' cannot be used: .*{said}"):
        archive.members(path)


def test_a_zip_that_was_cut_off_says_so(tmp_path):
    path = pack(tmp_path / "cut.zip", [("anna.png", PNG), ("berta.png", PNG)])
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ArchiveError, match="incomplete"):
        archive.members(path)


def test_a_zip_that_is_gone_or_only_has_folders_says_so(tmp_path):
    with pytest.raises(ArchiveError, match="gone.zip.*No such file"):
        archive.members(tmp_path / "gone.zip")
    with pytest.raises(ArchiveError, match="no files"):
        archive.members(pack(tmp_path / "folders.zip", [("a/", b""), ("__MACOSX/x", b"x")]))


def test_a_zip_is_known_by_content_and_by_name(tmp_path):
    pack(tmp_path / "photos.dat", [("anna.png", PNG)])
    (tmp_path / "bad.ZIP").write_bytes(b"hello")
    (tmp_path / "anna.png").write_bytes(PNG)
    known = [archive.is_zip(tmp_path / name) for name in ("photos.dat", "bad.ZIP", "anna.png", "gone.zip")]
    assert known == [True, True, False, False]


def test_bytes_carry_their_name_to_the_message():
    with pytest.raises(images.PictureError, match="'anna.jpg' cannot be used: it is a text file"):
        images.load(archive.named_file(b"hello", "anna.jpg"))


def _zip_bytes(entries=(("anna.png", PNG),)) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return file.getvalue()

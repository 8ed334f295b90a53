"""Bad and odd pictures, made here: each a file with what is owed to whoever brings it, the right picture or one clear refusal.

`pictures()` are files for the door of pictures, `archives()` zips for the batch. Plain ones are 48 x 64 of one colour, or
a colour a quarter, so that every turn shows; some show a face.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

HEIGHT, WIDTH = 48, 64
SKIN = (200, 130, 110)
GREY = (120, 120, 120)
QUARTERS = ((230, 30, 30), (30, 230, 30), (30, 30, 230), (230, 230, 30))
"""Top left, top right, bottom left, bottom right."""
UPRIGHT_CORNER = {1: 0, 2: 1, 3: 3, 4: 2, 5: 0, 6: 2, 7: 3, 8: 1}
"""Which stored quarter lies at the top left of the upright picture, by EXIF orientation (EXIF 2.32, 4.6.4 A)."""
_DAMAGED, _RAW, _PIXELS = "damaged or incomplete", "raw camera file", "megapixels"


@dataclass(frozen=True)
class Case:
    """One file.

    size: (H, W) of the right picture, None where it is refused. colour: RGB that its pixel (8, 8) must have, None for
    any, within `close` levels. words: what a refusal must say. face: whether it can be analysed.
    """

    data: bytes
    size: tuple[int, int] | None = None
    colour: tuple[int, int, int] | None = None
    words: str = ""
    face: bool = False
    close: int = 6


@dataclass(frozen=True)
class Zip:
    """One zip. words: what its refusal says, "" where it is taken. entries: words of each photo's refusal, "" for none."""

    data: bytes
    words: str = ""
    entries: dict[str, str] = field(default_factory=dict)


@cache
def pictures() -> dict[str, Case]:
    """File name -> what it holds and what must come of it."""
    groups = (_cut, _bombs, _no_pictures, _modes, _deep, _kinds, _jpegs, _turned, _profiles, _frames, _names, _faces)
    return {name: case for group in groups for name, case in group()}


@cache
def archives() -> dict[str, Zip]:
    """Zip's name -> what it holds and what must come of it."""
    return dict(_zips())


def face() -> np.ndarray:
    """A portrait in the public domain, uint8 RGB (220, 220, 3)."""
    from skimage import data

    return np.ascontiguousarray(data.astronaut()[20:240, 110:330])


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heif(image: Image.Image, **options) -> bytes:
    """The picture as HEIC."""
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=100, chroma=444, **options)
    return file.getvalue()


def noise() -> Image.Image:
    """A picture that hardly packs, so that a cut at any point cuts pixels."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, bits: int = 8, colour: int = 2, interlaced: int = 0, extra=b"") -> bytes:
    """A PNG by hand. rows: each with its filter byte. colour: 0 grey, 2 RGB. extra: chunks before the pixels."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    pixels = chunk(b"IDAT", zlib.compress(rows, 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + pixels + chunk(b"IEND", b"")


def zipped(**files: bytes) -> bytes:
    """A zip of files, "__" in their names for a dot."""
    return zip_of({name.replace("__", "."): data for name, data in files.items()})


def zip_of(files: dict[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files by name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return made.getvalue()


def plain(mode: str = "RGB", colour=SKIN) -> Image.Image:
    """64 x 48 of one colour."""
    return Image.new(mode, (WIDTH, HEIGHT), colour)


def quarters() -> Image.Image:
    """A quarter of the picture in each colour."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for number, colour in enumerate(QUARTERS):
        top, left = number // 2 * HEIGHT // 2, number % 2 * WIDTH // 2
        rgb[top : top + HEIGHT // 2, left : left + WIDTH // 2] = colour
    return Image.fromarray(rgb)


def _right(data: bytes, colour=SKIN, size=(HEIGHT, WIDTH), **known) -> Case:
    return Case(data, size, colour, **known)


def _refused(data: bytes, words: str) -> Case:
    return Case(data, words=words)


def _cut() -> Iterator[tuple[str, Case]]:
    """Cut off at several points, as a broken download is."""
    whole = {kind.lower(): encoded(noise(), kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")}
    whole |= {"heic": heif(noise()), "progressive.jpg": encoded(noise(), "JPEG", progressive=True)}
    for kind, data in whole.items():
        for percent in (1, 20, 60, 95):
            kept = max(24, len(data) * percent // 100)
            yield f"cut at {percent}.{kind}", _refused(data[:kept], _DAMAGED)
    yield "empty.jpg", _refused(b"", "it is empty")
    yield "zeros.jpg", _refused(bytes(5000), "file of an unknown kind")
    yield "only the first bytes.png", _refused(b"\x89PNG\r\n\x1a\n", _DAMAGED)
    yield "only the first bytes.jpg", _refused(b"\xff\xd8\xff", _DAMAGED)


def _bombs() -> Iterator[tuple[str, Case]]:
    """Small files that promise, or unpack to, far more than a photo."""
    yield "400 megapixels.png", _refused(png(20_000, 20_000, b"\0"), _PIXELS)
    yield "four thousand megapixels.png", _refused(png(65_535, 65_535, b"\0"), "too many pixels")
    black = png(12_000, 12_000, bytes(12_000 * 3 + 1) * 1000)
    yield "black for real.png", _refused(black, _PIXELS)
    wide = encoded(plain(), "JPEG")
    at = wide.index(b"\xff\xc0") + 5
    yield "header of 65500.jpg", _refused(wide[:at] + struct.pack(">HH", 65_500, 65_500) + wide[at + 4 :], "too many")
    bmp = bytearray(encoded(plain(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 30_000, 30_000)
    yield "header of 30000.bmp", _refused(bytes(bmp), "too many pixels")
    gif = bytearray(encoded(plain(), "GIF"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    yield "header of 65535.gif", _refused(bytes(gif), "too many pixels")
    big = encoded(Image.new("1", (16_000, 16_000)), "TIFF", compression="group4")
    yield "one bit and large.tif", _refused(big, "too many pixels")
    yield (
        "deflated.tif",
        _refused(encoded(Image.new("L", (9_000, 9_000)), "TIFF", compression="tiff_adobe_deflate"), _PIXELS),
    )
    yield (
        "lossless and large.webp",
        _refused(encoded(Image.new("RGB", (9_000, 8_000)), "WEBP", lossless=True, method=0), _PIXELS),
    )
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9))
    rows = (b"\0" + bytes(SKIN) * WIDTH) * HEIGHT
    yield "text bomb.png", _refused(png(WIDTH, HEIGHT, rows, extra=text), _DAMAGED)
    profile = chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(100_000_000), 9))
    yield "profile bomb.png", _refused(png(WIDTH, HEIGHT, rows, extra=profile), _DAMAGED)
    yield "pixels without end.png", _right(png(WIDTH, HEIGHT, rows + bytes(50_000_000)))
    yield "1x1.png", _refused(encoded(Image.new("RGB", (1, 1)), "PNG"), "only 1 x 1 pixels")
    yield "1x20000.png", _refused(encoded(Image.new("RGB", (1, 20_000)), "PNG"), "only 1 x 20000 pixels")
    yield "20000x31.jpg", _refused(encoded(Image.new("RGB", (20_000, 31)), "JPEG"), "only 20000 x 31 pixels")
    yield "no pixels.png", _refused(png(0, 0, b""), _DAMAGED)


def _no_pictures() -> Iterator[tuple[str, Case]]:
    """What is called a picture and is none."""
    others = {
        "notes.jpg": (b"my wrinkles\n" * 50, "text file"),
        "page.jpg": (b"<!DOCTYPE html><html><body><img src=x onerror=alert(1)></body></html>", "text file"),
        "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect/></svg>', "text file"),
        "drawing with a mark.png": ("\ufeff<?xml version='1.0'?><svg/>".encode(), "text file"),
        "entity.svg": (b'<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', "text file"),
        "paper.jpg": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF document"),
        "layers.psd": (b"8BPS\0\1" + bytes(60), "Photoshop file"),
        "icon.ico": (encoded(plain().convert("RGBA"), "ICO"), "file of an unknown kind"),
        "canon.cr2": (b"II*\0\x10\0\0\0CR\x02\0" + bytes(80), _RAW),
        "fuji.raf": (b"FUJIFILMCCD-RAW 0201" + bytes(80), _RAW),
        "negative.dng": (encoded(plain(), "TIFF", tiffinfo={50706: b"\x01\x04\0\0"}), _RAW),
        "preview.dng": (encoded(plain(), "TIFF", tiffinfo={254: 1}), _RAW),
        "film.jpg": (b"\0\0\0\x20ftypmp42\0\0\0\0mp42isom" + bytes(64), "video"),
        "jpeg2000.jpg": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), "JPEG 2000"),
        "jxl.jpg": (b"\xff\x0a" + bytes(40), "JPEG XL"),
        "array.png": (b"\x93NUMPY\x01\0" + bytes(80), "numpy array"),
        "packed.jpg": (zipped(a__txt=b"hello"), "ZIP archive"),
        "packed.tif": (b"\x1f\x8b\x08" + bytes(20), "gzip archive"),
        "script.png": (b"#!/bin/sh\nrm -rf /\n", "text file"),
        "late start.jpg": (b"\0" * 20 + encoded(plain(), "JPEG"), "file of an unknown kind"),
        "a tiff of nothing.tif": (b"II*\0\x08\0\0\0\0\0\0\0\0\0", _DAMAGED),
        "a tiff that bites its tail.tif": (b"II*\0\x08\0\0\0\0\0\x08\0\0\0", _DAMAGED),
    }
    yield from ((name, _refused(*given)) for name, given in others.items())


def _modes() -> Iterator[tuple[str, Case]]:
    """Other ways to write a colour."""
    transparent = plain().convert("RGBA")
    transparent.paste((255, 0, 255, 0), (0, 0, WIDTH, HEIGHT))
    yield "transparent.png", _right(encoded(transparent, "PNG"), (128, 128, 128))
    yield "transparent.webp", _right(encoded(transparent, "WEBP", lossless=True), (128, 128, 128))
    yield "half clear.png", _right(encoded(plain("RGBA", (255, 0, 0, 128)), "PNG"), (192, 64, 64))
    yield "grey with alpha.png", _right(encoded(plain("LA", (120, 255)), "PNG"), GREY)
    yield "palette.png", _right(encoded(plain().convert("P", palette=Image.Palette.ADAPTIVE), "PNG"))
    yield "palette.bmp", _right(encoded(plain().convert("P", palette=Image.Palette.ADAPTIVE), "BMP"))
    yield "four colours.png", _right(encoded(quarters().quantize(4), "PNG", bits=2), QUARTERS[0])
    for kind, ending in (("PNG", "png"), ("TIFF", "tif"), ("BMP", "bmp")):
        yield f"one bit.{ending}", _right(encoded(plain("1", 1), kind), (255, 255, 255))
    yield "grey.jpg", _right(encoded(plain("L", 120), "JPEG"), GREY)
    paper = plain("CMYK", (0, 0, 0, 0))
    yield "cmyk.jpg", _right(encoded(paper, "JPEG"), (255, 255, 255))
    yield "cmyk.tif", _right(encoded(paper, "TIFF"), (255, 255, 255))
    yield "bits of a byte.tif", _right(encoded(plain("L", 120), "TIFF", compression="packbits"), GREY)
    lab = ImageCms.profileToProfile(
        plain(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    yield "lab.tif", _right(encoded(lab, "TIFF"))


def _deep() -> Iterator[tuple[str, Case]]:
    """More than 8 bits a channel, and numbers that are none."""
    size = (HEIGHT, WIDTH)
    yield "16 bits.png", _right(encoded(Image.fromarray(np.full(size, 120 * 257, np.uint16)), "PNG"), GREY)
    yield "16 bits.tif", _right(encoded(Image.fromarray(np.full(size, 120 * 257, np.uint16)), "TIFF"), GREY)
    row = b"\0" + struct.pack(">3H", *(value * 257 for value in SKIN)) * WIDTH
    yield "16 bits in colour.png", _right(png(WIDTH, HEIGHT, row * HEIGHT, bits=16))
    yield "32 bits.tif", _right(encoded(Image.fromarray(np.full(size, 120, np.int32)), "TIFF"), None)
    yield (
        "32 bits below zero.tif",
        _right(encoded(Image.fromarray(np.full(size, -(2**31), np.int32)), "TIFF"), (0, 0, 0)),
    )
    values = np.full(size, 0.5, np.float32)
    yield "floats.tif", _right(encoded(Image.fromarray(values), "TIFF"), (128, 128, 128))
    for name, value in (("nan", np.nan), ("inf", np.inf), ("minus inf", -np.inf)):
        values = np.full(size, 0.5, np.float32)
        values[:20, :20] = value
        yield f"{name}.tif", _right(encoded(Image.fromarray(values), "TIFF"), (0, 0, 0))
    yield "nothing but nan.tif", _right(encoded(Image.fromarray(np.full(size, np.nan, np.float32)), "TIFF"), (0, 0, 0))
    top = np.full(size, np.finfo(np.float32).max)
    yield "largest floats.tif", _right(encoded(Image.fromarray(top), "TIFF"), (255, 255, 255))
    least = np.full(size, np.finfo(np.float32).tiny / 4, np.float32)
    yield "smallest floats.tif", _right(encoded(Image.fromarray(least), "TIFF"), (0, 0, 0))


def _kinds() -> Iterator[tuple[str, Case]]:
    """Formats and their rarer forms; the content counts, not the ending."""
    yield "really a png.jpg", _right(encoded(plain(), "PNG"))
    yield "really a jpeg.png", _right(encoded(plain(), "JPEG"))
    yield "really a webp.heic", _right(encoded(plain(), "WEBP", lossless=True))
    yield "really a heic.jpg", _right(heif(plain()))
    yield "photo.heic", _right(heif(quarters()), QUARTERS[0])
    yield "photo.avif", _right(encoded(plain(), "AVIF", quality=90))
    yield "interlaced.png", _right(png(WIDTH, HEIGHT, _adam7(np.array(quarters())), interlaced=1), QUARTERS[0])
    for packing in ("tiff_lzw", "tiff_deflate", "jpeg"):
        yield f"{packing}.tif", _right(encoded(plain(), "TIFF", compression=packing))
    yield "big.tif", _right(encoded(plain(), "TIFF", big_tiff=True))
    yield "motorola.tif", _right(_big_endian_tiff())
    down = bytearray(encoded(quarters(), "BMP"))
    down[22:26] = struct.pack("<i", -HEIGHT)
    yield "from the top.bmp", _right(bytes(down), QUARTERS[2])
    yield "32 bits.bmp", _right(encoded(plain("RGBA", (*SKIN, 255)), "BMP"))
    yield "interlaced.gif", _right(encoded(plain(), "GIF", interlace=1))


def _jpegs() -> Iterator[tuple[str, Case]]:
    """What JPEG files bring along."""
    whole = encoded(plain(), "JPEG", quality=95)
    yield "progressive.jpg", _right(encoded(plain(), "JPEG", progressive=True))
    yield "garbage behind.jpg", _right(whole + bytes(range(256)) * 40)
    yield "another photo behind.jpg", _right(whole + encoded(quarters(), "JPEG"))
    yield "a zip behind.jpg", _right(whole + zipped(a__txt=b"hello"))
    yield "two pictures.mpo", _right(encoded(plain(), "MPO", save_all=True, append_images=[plain(colour=GREY)]))
    yield "long comment.jpg", _right(encoded(plain(), "JPEG", comment=b"%s" * 30_000))
    for name, camera in _broken_exif().items():
        segment = b"\xff\xe1" + struct.pack(">H", len(camera) + 2) + camera
        yield f"camera data {name}.jpg", _right(whole[:2] + segment + whole[2:])


def _broken_exif() -> dict[str, bytes]:
    head = b"Exif\0\0II*\0\x08\0\0\0"

    def entry(kind: int, count: int, value: bytes) -> bytes:
        return head + struct.pack("<HHHI", 1, 0x0112, kind, count) + value.ljust(4, b"\0") + bytes(4)

    return {
        "of garbage": b"Exif\0\0II*\0\xff\xff\xff\xff garbage",
        "that ends": head[:9],
        "of no kind": entry(99, 1, b"\6"),
        "as text": entry(2, 4, b"six\0"),
        "without end": entry(3, 2**31, b"\xff\xff\xff\xff"),
        "as a fraction": entry(5, 1, struct.pack("<I", 9_999)),
        "in a circle": head + struct.pack("<HHHII", 1, 0x8769, 4, 1, 8) + struct.pack("<I", 8),
        "of turn 9": entry(3, 1, b"\x09"),
    }


def _turned() -> Iterator[tuple[str, Case]]:
    """All eight orientations, as JPEG, HEIC and TIFF have them."""
    for number, corner in UPRIGHT_CORNER.items():
        camera = Image.Exif()
        camera[0x0112] = number
        size = (HEIGHT, WIDTH) if number < 5 else (WIDTH, HEIGHT)
        known = {"colour": QUARTERS[corner], "size": size, "close": 12}
        yield f"turn {number}.jpg", _right(encoded(quarters(), "JPEG", exif=camera, quality=98), **known)
        yield f"turn {number}.heic", _right(heif(quarters(), exif=camera.tobytes()), **known)
        yield f"turn {number}.tif", _right(encoded(quarters(), "TIFF", tiffinfo={0x0112: number}), **known)


def _profiles() -> Iterator[tuple[str, Case]]:
    """Colour profiles: one that fits, and others."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, profile in {"fit": srgb, "cut": srgb[:200], "junk": b"no profile", "zero": bytes(400)}.items():
        yield f"profile {name}.jpg", _right(encoded(plain(), "JPEG", icc_profile=profile))
        yield f"profile {name}.png", _right(encoded(plain(), "PNG", icc_profile=profile))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    yield "profile of another space.png", _right(encoded(plain(), "PNG", icc_profile=lab), None)


def _frames() -> Iterator[tuple[str, Case]]:
    """Several pictures in one file: the first counts."""
    rest = [plain(colour=colour) for colour in QUARTERS]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(plain(), kind, save_all=True, append_images=rest, **options)
        yield f"five frames.{kind.lower()}", _right(data)
    second = encoded(plain(), "GIF", save_all=True, append_images=rest)
    yield "second frame cut.gif", Case(second[: len(second) * 2 // 3], (HEIGHT, WIDTH), SKIN)


def _names() -> Iterator[tuple[str, Case]]:
    """Names that mean something to a shell, a page, a spreadsheet or another system."""
    data = encoded(plain(), "PNG")
    for name in (
        *("-rf.png", "=1+1.png", "con.png", "..png", "a..b.png", "%2e%2e%2fup.png", "..\\up.png", "<b onload=x>.png"),
        *("'; drop table.png", "$(id).png", "名前 🙂.png", "e\u0301.png", f"{'long' * 50}.png", "{name} %s.png"),
        *("two\nlines.png", "\u202egnp.png", "PHOTO.PNG"),
    ):
        yield name, _right(data)
    yield "bad\nname <i>.jpg", _refused(b"", "it is empty")


def _faces() -> Iterator[tuple[str, Case]]:
    """A face, written in odd ways: each can be analysed."""
    rgb = Image.fromarray(face())
    known = {"size": (220, 220), "colour": None, "face": True}
    camera = Image.Exif()
    camera[0x0112] = 6
    lying = rgb.transpose(Image.Transpose.ROTATE_90)
    yield "face.jpg", _right(encoded(rgb, "JPEG", quality=90), **known)
    yield "face lying.jpg", _right(encoded(lying, "JPEG", exif=camera, quality=90), **known)
    yield "face cmyk.jpg", _right(encoded(rgb.convert("CMYK"), "JPEG", quality=90), **known)
    yield "face palette.gif", _right(encoded(rgb, "GIF"), **known)
    yield (
        "face deep.png",
        _right(encoded(Image.fromarray(np.array(rgb.convert("L")).astype(np.uint16) * 257), "PNG"), **known),
    )
    yield "face.heic", _right(heif(rgb), **known)


def _adam7(rgb: np.ndarray) -> bytes:
    """Rows of the seven passes of an interlaced PNG (PNG specification, 8.2), each with filter 0."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    return b"".join(b"\0" + row.tobytes() for y, x, down, right in passes for row in rgb[y::down, x::right])


def _big_endian_tiff() -> bytes:
    """One strip of RGB, most significant byte first (TIFF 6.0, section 6)."""
    pixels = bytes(SKIN) * (WIDTH * HEIGHT)
    bits = 8 + len(pixels)
    tags = ((256, WIDTH), (257, HEIGHT), (259, 1), (262, 2), (277, 3), (278, HEIGHT))
    entries = [struct.pack(">HHIHH", tag, 3, 1, value, 0) for tag, value in tags]
    entries += [struct.pack(">HHII", tag, 4, 1, value) for tag, value in ((273, 8), (279, len(pixels)))]
    entries += [struct.pack(">HHII", 258, 3, 3, bits)]
    table = struct.pack(">H", len(entries)) + b"".join(sorted(entries)) + bytes(4)
    return b"MM\0*" + struct.pack(">I", bits + 6) + pixels + struct.pack(">3H", 8, 8, 8) + table


def _zips() -> Iterator[tuple[str, Zip]]:
    good, small = encoded(Image.fromarray(face()), "PNG"), zipped(a__png=encoded(plain(), "PNG"))
    yield "empty.zip", Zip(zip_of({}), "there are no files in it")
    yield (
        "only folders.zip",
        Zip(zip_of({"a/": b"", "__MACOSX/._a.jpg": b"x", ".hidden.png": good}), "there are no files"),
    )
    yield "no zip.zip", Zip(b"this is text", "it is no zip")
    yield "zero.zip", Zip(b"", "it is no zip")
    for percent in (10, 50, 99):
        yield f"cut at {percent}.zip", Zip(small[: len(small) * percent // 100], "it is no zip")
    yield (
        "nested.zip",
        Zip(zip_of({"face.png": good, "in.zip": small}), entries={"face.png": "", "in.zip": "zip inside"}),
    )
    yield (
        "text inside.zip",
        Zip(zip_of({"face.png": good, "a.txt": b"hi"}), entries={"face.png": "", "a.txt": "text file"}),
    )
    bomb = {"face.png": good, "bomb.png": bytes(60_000_000)}
    yield "bomb.zip", Zip(zip_of(bomb), entries={"face.png": "", "bomb.png": "would unpack"})
    many = {f"{number}.png": bytes(60_000_000) for number in range(2)} | {"face.png": good}
    yield "bombs.zip", Zip(zip_of(many), entries={"0.png": "would unpack", "1.png": "would unpack", "face.png": ""})
    up = {"../../up.png": good, "/etc/passwd.png": good, "C:\\windows\\x.png": good, "con.png": good}
    yield (
        "up.zip",
        Zip(zip_of(up), entries={"up.png": "", "etc_passwd.png": "", "C__windows_x.png": "", "_con.png": ""}),
    )
    yield "twice.zip", Zip(zip_of({"a/x.png": good, "b/x.png": b""}), entries={"a_x.png": "", "b_x.png": "it is empty"})
    yield "rare.zip", Zip(zip_of({"face.png": good}, zipfile.ZIP_BZIP2), entries={"face.png": "rare way"})
    locked = bytearray(zip_of({"face.png": good}))
    locked[6] |= 1
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    yield "locked.zip", Zip(bytes(locked), entries={"face.png": "password"})
    wrong = bytearray(zip_of({"first.png": good, "face.png": good}, zipfile.ZIP_STORED))
    wrong[500] ^= 0xFF
    yield "one wrong byte.zip", Zip(bytes(wrong), entries={"first.png": "damaged in the zip", "face.png": ""})
    yield "text in front.zip", Zip(b"MZ" + bytes(500) + small, entries={"a.png": ""})

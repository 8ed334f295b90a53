"""Every kind of file that people bring, made here with Pillow and pillow-heif, and read back through the one door."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFile

from wrinkleseg import images
from wrinkleseg.images import GROUND, PictureError

HEIGHT, WIDTH = 48, 64
ORIENTATION = 0x0112
# Where each corner (top left, top right, bottom left, bottom right) of the stored picture has to come out: EXIF 2.32, 4.6.4 A
UPRIGHT = {1: "TtBb", 2: "tTbB", 3: "bBtT", 4: "BbTt", 5: "TBtb", 6: "BTbt", 7: "btBT", 8: "tbTB"}
CORNERS = {"T": (230, 30, 30), "t": (30, 230, 30), "B": (30, 30, 230), "b": (230, 230, 30)}


def four_corners() -> Image.Image:
    """A quarter of the picture in each colour, so that every turn and mirroring shows."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    top, left = slice(0, HEIGHT // 2), slice(0, WIDTH // 2)
    bottom, right = slice(HEIGHT // 2, None), slice(WIDTH // 2, None)
    for letter, rows, columns in (("T", top, left), ("t", top, right), ("B", bottom, left), ("b", bottom, right)):
        rgb[rows, columns] = CORNERS[letter]
    return Image.fromarray(rgb)


def seen_corners(rgb: np.ndarray) -> str:
    """The corners as letters, in reading order."""
    points = [rgb[8, 8], rgb[8, -8], rgb[-8, 8], rgb[-8, -8]]
    return "".join(min(CORNERS, key=lambda c: np.abs(np.array(CORNERS[c]) - p.astype(int)).sum()) for p in points)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heif(image: Image.Image, **options) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=100, chroma=444, **options)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x010F] = "Camera Maker"
    data.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # GPS latitude
    return data.tobytes()


def with_orientation(kind: str, orientation: int) -> bytes:
    picture = four_corners()
    if kind == "HEIF":
        return heif(picture, exif=exif(orientation))
    if kind == "TIFF":
        return encoded(picture, kind, tiffinfo={ORIENTATION: orientation})
    return encoded(picture, kind, exif=exif(orientation))


def grey_png(values: np.ndarray) -> bytes:
    return encoded(Image.fromarray(values), "PNG")


@pytest.fixture
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


# What comes in


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_lossless_formats_give_the_very_pixels(noise, kind):
    picture = images.load(encoded(Image.fromarray(noise), kind))
    assert np.array_equal(picture.rgb, noise)
    assert picture.rgb.dtype == np.uint8
    assert picture.rgb.flags.c_contiguous
    assert picture.rgb.flags.writeable
    assert picture.format == kind
    assert picture.notes == ()


def test_lossless_webp_gives_the_very_pixels(noise):
    assert np.array_equal(images.load_rgb(encoded(Image.fromarray(noise), "WEBP", lossless=True)), noise)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF", "HEIF"])
def test_lossy_formats_come_close(astronaut, kind):
    portrait = Image.fromarray(astronaut)
    data = heif(portrait) if kind == "HEIF" else encoded(portrait, kind, quality=95)
    picture = images.load(data)
    assert picture.format == kind
    assert np.abs(picture.rgb.astype(int) - astronaut).mean() < 4


def test_path_bytes_and_file_give_the_same(noise, tmp_path):
    path = tmp_path / "photo.of.me.dat"  # the content counts, not the name
    path.write_bytes(encoded(Image.fromarray(noise), "PNG"))
    with path.open("rb") as file:
        file.read(100)  # someone looked at it before
        from_file = images.load_rgb(file)
        assert not file.closed
    sources = [path, str(path), path.read_bytes(), bytearray(path.read_bytes()), memoryview(path.read_bytes())]
    for rgb in [from_file, *(images.load_rgb(source) for source in sources)]:
        assert np.array_equal(rgb, noise)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind, orientation):
    picture = images.load(with_orientation(kind, orientation))
    assert seen_corners(picture.rgb) == UPRIGHT[orientation]
    assert picture.rgb.shape == ((HEIGHT, WIDTH, 3) if orientation < 5 else (WIDTH, HEIGHT, 3))


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_left_alone(orientation):
    assert seen_corners(images.load_rgb(with_orientation("JPEG", orientation))) == UPRIGHT[1]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_camera_data_do_not_cost_the_photo():
    plain = encoded(four_corners(), "JPEG")
    broken = b"Exif\0\0II*\0\xff\xff\xff\xff garbage"
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(broken) + 2) + broken + plain[2:]
    assert seen_corners(images.load_rgb(data)) == UPRIGHT[1]


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK"])
def test_other_modes_become_rgb(astronaut, mode):
    image = Image.fromarray(astronaut).convert(mode)
    rgb = images.load_rgb(encoded(image, "TIFF" if mode == "CMYK" else "PNG"))
    assert np.abs(rgb.astype(int) - np.array(image.convert("RGB"))).max() <= 1


def test_lab_tiff(astronaut):
    rgb = Image.fromarray(astronaut)
    lab = ImageCms.profileToProfile(
        rgb, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert np.abs(images.load_rgb(encoded(lab, "TIFF")).astype(int) - astronaut).mean() < 2


def test_cmyk_jpeg_keeps_white_white_and_says_that_colours_are_approximate():
    picture = images.load(encoded(Image.new("CMYK", (WIDTH, HEIGHT), (0, 0, 0, 0)), "JPEG"))
    assert picture.rgb.min() > 250
    assert "CMYK" in picture.notes[0]


# More than 8 bits


def test_16_bit_grey_is_scaled_by_its_range():
    ramp = np.linspace(0, 65535, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)
    expected = np.rint(ramp / 257).astype(np.uint8)
    for data in (grey_png(ramp), encoded(Image.fromarray(ramp), "TIFF")):
        picture = images.load(data)
        assert np.array_equal(picture.rgb, np.dstack([expected] * 3))
        assert "8 bits" in picture.notes[0] or "scaled to 8" in picture.notes[0]


def test_16_bit_colour_is_scaled_by_its_range():
    """Pillow cannot write such a PNG: three 16-bit samples a pixel, big-endian, one row after another."""
    values = np.linspace(0, 65535, HEIGHT * WIDTH * 3).reshape(HEIGHT, WIDTH, 3).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header(WIDTH, HEIGHT, bits=16)) + chunk(b"IDAT", zlib.compress(rows))
    rgb = images.load_rgb(data + chunk(b"IEND", b""))
    assert np.abs(rgb - values / 257).max() <= 1


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0, 3e6])
def test_float_and_integer_tiffs_use_the_smallest_range_that_holds_them(top):
    ramp = np.linspace(0, top, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    expected = np.rint(ramp / top * 255)
    assert np.abs(images.load_rgb(encoded(Image.fromarray(ramp), "TIFF"))[..., 0] - expected).max() <= 1
    if top > 1:
        whole = Image.fromarray(np.rint(ramp).astype(np.int32))
        assert np.abs(images.load_rgb(encoded(whole, "TIFF"))[..., 0] - expected).max() <= 1


def test_floats_below_zero_and_without_a_number_become_black():
    values = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    values[0, :3] = (np.nan, -4, np.inf)
    rgb = images.load_rgb(encoded(Image.fromarray(values), "TIFF"))
    assert rgb[0, :3].max() == 0
    assert (rgb[1:] == 128).all()


# Transparency: the colours hidden under it never show

HIDDEN, SHOWN = (255, 0, 255), (10, 120, 60)


def half_transparent(mode: str) -> Image.Image:
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[..., :3], rgba[..., 3] = SHOWN, 255
    rgba[:, WIDTH // 2 :] = (*HIDDEN, 0)
    return Image.fromarray(rgba).convert(mode)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_transparent_parts_lie_on_mid_grey(kind):
    picture = images.load(encoded(half_transparent("RGBA"), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert (picture.rgb[:, : WIDTH // 2] == SHOWN).all()
    assert (picture.rgb[:, WIDTH // 2 :] == GROUND).all()
    assert "transparent" in picture.notes[0]


def test_grey_with_alpha():
    rgb = images.load_rgb(encoded(half_transparent("LA"), "PNG"))
    assert (rgb[:, WIDTH // 2 :] == GROUND).all()
    assert len(np.unique(rgb[:, : WIDTH // 2])) == 1


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_a_transparent_entry(kind):
    indices = np.zeros((HEIGHT, WIDTH), np.uint8)
    indices[:, WIDTH // 2 :] = 1
    image = Image.fromarray(indices).convert("P")
    image.putpalette([*SHOWN, *HIDDEN])
    rgb = images.load_rgb(encoded(image, kind, transparency=1))
    assert (rgb[:, : WIDTH // 2] == SHOWN).all()
    assert (rgb[:, WIDTH // 2 :] == GROUND).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_with_one_transparent_value(dtype):
    values = np.full((HEIGHT, WIDTH), 20, dtype) * (257 if dtype == np.uint16 else 1)
    values[:, WIDTH // 2 :] = 7
    rgb = images.load_rgb(encoded(Image.fromarray(values.astype(dtype)), "PNG", transparency=7))
    assert (rgb[:, : WIDTH // 2] == 20).all()
    assert (rgb[:, WIDTH // 2 :] == GROUND).all()


def test_half_an_opacity_mixes_by_half():
    rgb = images.load_rgb(encoded(Image.new("RGBA", (WIDTH, HEIGHT), (255, 0, 0, 128)), "PNG"))
    assert np.abs(rgb.astype(int) - (192, 64, 64)).max() <= 1


def test_an_alpha_channel_that_hides_nothing_is_not_mentioned(noise):
    picture = images.load(encoded(Image.fromarray(noise).convert("RGBA"), "PNG"))
    assert np.array_equal(picture.rgb, noise)
    assert picture.notes == ()


# Colour profiles


def matrix_profile(primaries: list[tuple[float, float, float]], space: bytes = b"RGB ") -> bytes:
    """An ICC 4 display profile: the columns of RGB to XYZ (D50), and sRGB's own tone curve."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"para\0\0\0\0\0\x03\0\0" + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    tags = {tag: b"XYZ \0\0\0\0" + fixed(*xyz) for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249)
    name = "test".encode("utf-16-be")
    tags[b"desc"] = b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(name), 28) + name
    offset, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, content in tags.items():
        table += tag + struct.pack(">II", offset + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s", offset + len(body), b"\0" * 4, 0x04000000, b"mntr", space, b"XYZ ", b"acsp")
    return head.ljust(68, b"\0") + fixed(0.9642, 1, 0.8249).ljust(60, b"\0") + table + body


DISPLAY_P3 = [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)]


def linear(value: np.ndarray) -> np.ndarray:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def companded(value: np.ndarray) -> np.ndarray:
    value = np.clip(value, 0, 1)
    return np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("colour", [(200, 130, 110), (90, 60, 50), (250, 250, 250), (120, 160, 90)])
def test_display_p3_becomes_srgb(kind, colour):
    """Reference: the linear matrix from Display P3 to sRGB (both D65), as in CSS Color 4."""
    to_srgb = np.array([[1.22494, -0.22494, 0], [-0.04206, 1.04206, 0], [-0.01964, -0.07864, 1.09827]])
    expected = companded(to_srgb @ linear(np.array(colour) / 255)) * 255
    options = {"quality": 100, "subsampling": 0} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    plain = Image.new("RGB", (WIDTH, HEIGHT), colour)
    picture = images.load(encoded(plain, kind, icc_profile=matrix_profile(DISPLAY_P3), **options))
    assert np.abs(picture.rgb[20, 20] - expected).max() <= 2
    assert "sRGB" in picture.notes[0]


@pytest.mark.parametrize(
    "profile", [b"no profile at all", matrix_profile(DISPLAY_P3, space=b"CMYK")], ids=["junk", "CMYK"]
)
def test_a_profile_that_is_broken_or_unfit_is_left_aside(noise, profile):
    picture = images.load(encoded(Image.fromarray(noise), "PNG", icc_profile=profile))
    assert np.array_equal(picture.rgb, noise)
    assert "profile" in picture.notes[0]


def test_an_srgb_profile_changes_nothing(noise):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = images.load(encoded(Image.fromarray(noise), "PNG", icc_profile=profile))
    assert np.array_equal(picture.rgb, noise)
    assert picture.notes == ()


# Several frames or pages


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_is_used_and_that_is_said(kind):
    frames = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ((200, 0, 0), (0, 200, 0), (0, 0, 200))]
    options = {"lossless": True} if kind == "WEBP" else {}
    picture = images.load(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert (picture.rgb == (200, 0, 0)).all()
    assert len(picture.notes) == 1
    assert "3" in picture.notes[0]
    assert "first" in picture.notes[0]


# What is refused


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, bits: int = 8) -> bytes:
    return struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)


def png_of_header(width: int, height: int) -> bytes:
    """A PNG that promises width x height pixels and holds next to none."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header(width, height))
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [8193, 10_000, 20_000, 60_000])
def test_too_many_pixels_are_refused_from_the_header(side, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded before it was checked"))
    with pytest.raises(PictureError, match="pixels.*Expected.*smaller"):
        images.load(png_of_header(side, side))


@pytest.mark.filterwarnings("error::PIL.Image.DecompressionBombWarning")
def test_a_bomb_warning_turned_into_an_error_is_ours_too():
    with pytest.raises(PictureError, match="too many pixels"):
        images.load(png_of_header(10_000, 10_000))


@pytest.mark.parametrize("size", [(31, 500), (500, 31), (1, 1)])
def test_too_few_pixels_are_refused(size):
    with pytest.raises(PictureError, match=f"only {size[0]} x {size[1]} pixels.*larger picture"):
        images.load(encoded(Image.new("RGB", size), "PNG"))


def test_too_many_bytes_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(images.MAX_BYTES + 1)  # a sparse file: it takes no room
    with monkeypatch.context() as patch, pytest.raises(PictureError, match=r"huge\.jpg.*64\.0 MiB"):
        patch.setattr(Path, "open", lambda *_: pytest.fail("opened before it was checked"))
        images.load(path)
    with path.open("rb") as file, pytest.raises(PictureError, match="too large"):
        images.load(file)
    with pytest.raises(PictureError, match="too large"):
        images.load(bytes(images.MAX_BYTES + 1))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9])
def test_a_cut_file_is_refused(noise, kind, kept):
    image = Image.fromarray(noise)
    data = heif(image) if kind == "HEIF" else encoded(image, kind)
    with pytest.raises(PictureError, match="Expected a photo as JPEG"):
        images.load(data[: max(16, int(len(data) * kept))])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF"])
def test_nothing_but_a_picture_error_comes_out_of_damaged_files(noise, kind):
    """Forty files of each kind with a few wrong bytes: each is read or refused, and never anything else."""
    rng, image = np.random.default_rng(1), Image.fromarray(noise)
    data = heif(image) if kind == "HEIF" else encoded(image, kind)
    outcomes = []
    for trial in range(40):
        damaged = np.frombuffer(data, np.uint8).copy()
        damaged[rng.integers(8, 60 if trial % 2 else len(data), 6)] = rng.integers(0, 256, 6)
        try:
            outcomes.append(images.load(damaged.tobytes()).rgb.shape[2])
        except PictureError as error:
            outcomes.append(str(error))
    assert all(outcome == 3 or "Expected" in outcome for outcome in outcomes)
    assert any(outcome != 3 for outcome in outcomes)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        ("Wrinkles in fünf words\n".encode(), "text file"),
        (b"%PDF-1.7\n...", "PDF"),
        (b"PK\x03\x04\x14\0\0\0", "ZIP"),
        (b"\0\0\0\x20ftypmp42\0\0\0\0mp42isom", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw camera file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "text file"),
        (b"\x93NUMPY\x01\0", "numpy"),
        (bytes(range(256)), "unknown kind"),
    ],
    ids=["empty", "text", "pdf", "zip", "mp4", "avi", "raw", "svg", "npy", "bytes"],
)
def test_what_is_no_picture_is_named(tmp_path, data, kind):
    path = tmp_path / "my photo.jpg"
    path.write_bytes(data)
    for source in (path, data):
        with pytest.raises(PictureError, match=f"{kind}.*{len(data)} bytes.*Expected a photo as JPEG.*save it as JPEG"):
            images.load(source)
    with pytest.raises(PictureError, match=r"^'my photo\.jpg'"):
        images.load(path)


def test_a_raw_photo_is_not_taken_for_its_preview(noise):
    for tags in ({50706: b"\x01\x04\0\0"}, {254: 1}):
        with pytest.raises(PictureError, match="raw camera file"):
            images.load(encoded(Image.fromarray(noise), "TIFF", tiffinfo=tags))


def test_paths_that_cannot_be_read(tmp_path):
    with pytest.raises(PictureError, match=r"'none\.jpg'.*no such file"):
        images.load(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="folder"):
        images.load(tmp_path)
    with pytest.raises(PictureError, match="no such file"):
        images.load("a\0b.jpg")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(PictureError, match="binary"):
        images.load(io.StringIO("text"))
    closed = io.BytesIO(b"1234")
    closed.close()
    with pytest.raises(PictureError, match="cannot be read"):
        images.load(closed)
    for wrong in (None, 3, np.zeros((64, 64, 3), np.uint8)):
        with pytest.raises(PictureError, match=f"got {type(wrong).__name__}"):
            images.load(wrong)


# Masks


def test_load_mask_reads_what_save_png_wrote(tmp_path):
    mask = np.random.default_rng(2).random((HEIGHT, WIDTH)) > 0.5
    for top in (1, 255):
        images.save_png(tmp_path / "mask.png", mask.astype(np.uint8) * top)
        assert np.array_equal(images.load_mask(tmp_path / "mask.png"), mask)
    images.save_png(tmp_path / "empty.png", np.zeros((HEIGHT, WIDTH), np.uint8))
    assert not images.load_mask(tmp_path / "empty.png").any()


def test_a_mask_of_16_bits_may_hold_0_and_1_or_the_whole_range():
    mask = np.random.default_rng(2).random((HEIGHT, WIDTH)) > 0.5
    for top in (1, 65535):
        assert np.array_equal(images.load_mask(encoded(Image.fromarray(mask.astype(np.uint16) * top), "PNG")), mask)


@pytest.mark.parametrize("brightest", [2, 127])
def test_a_mask_that_numbers_classes_is_refused(brightest):
    """Read as any mask, it would mark nothing."""
    classes = np.zeros((HEIGHT, WIDTH), np.uint8)
    classes[16:32, 16:32] = brightest
    with pytest.raises(PictureError, match=f"brightest value is {brightest}.*255"):
        images.load_mask(encoded(Image.fromarray(classes), "PNG"))


def test_a_photo_is_no_mask(noise):
    """Strokes painted on a copy of the photo: the bright skin would count as marked."""
    with pytest.raises(PictureError, match="neither dark nor bright"):
        images.load_mask(encoded(Image.fromarray(noise), "PNG"))
    soft = np.zeros((HEIGHT, WIDTH), np.uint8)
    soft[16:32] = 255
    soft[14:16] = 128
    assert images.load_mask(encoded(Image.fromarray(soft), "PNG")).sum() == 18 * WIDTH


def test_a_mask_with_transparent_parts_is_refused():
    """Laid on grey they would count as marked; laid on black, strokes in black would vanish."""
    strokes = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    strokes[16:32, 16:32] = 255
    with pytest.raises(PictureError, match="transparent parts.*white on black"):
        images.load_mask(encoded(Image.fromarray(strokes), "PNG"))
    strokes[..., 3] = 255
    assert images.load_mask(encoded(Image.fromarray(strokes), "PNG")).sum() == 256


def test_a_mask_saved_as_jpeg_keeps_its_ground_empty():
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[16:32, 16:32] = 255
    loaded = images.load_mask(encoded(Image.fromarray(mask), "JPEG", quality=60))
    assert np.array_equal(loaded, mask > 0)


# What goes out


def test_png_round_trip(noise, tmp_path):
    images.save_png(tmp_path / "colour.png", noise)
    images.save_png(tmp_path / "grey.png", noise[..., 0])
    assert np.array_equal(np.array(Image.open(tmp_path / "colour.png")), noise)
    assert np.array_equal(np.array(Image.open(tmp_path / "grey.png")), noise[..., 0])
    assert np.array_equal(images.load_rgb(images.png_bytes(noise[:, ::-1])), noise[:, ::-1])


def test_place_and_camera_never_leave(tmp_path):
    data = encoded(four_corners(), "JPEG", exif=exif(6), comment=b"at home", icc_profile=matrix_profile(DISPLAY_P3))
    assert b"Camera Maker" in data
    images.save_png(tmp_path / "out.png", images.load_rgb(data))
    written = (tmp_path / "out.png").read_bytes()
    names, position = [], 8
    while position < len(written):
        length = int.from_bytes(written[position : position + 4], "big")
        names.append(written[position + 4 : position + 8])
        position += length + 12
    assert set(names) == {b"IHDR", b"IDAT", b"IEND"}
    with Image.open(tmp_path / "out.png") as image:
        assert image.info == {}
        assert not image.getexif()


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4), bool), np.zeros((4, 4), np.float32), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4), np.uint8)],
    ids=["bool", "float", "four channels", "no pixels"],
)
def test_png_refuses_what_it_cannot_hold(array):
    with pytest.raises(ValueError, match=r"a PNG takes uint8 \(H, W\)"):
        images.png_bytes(array)


# What is left behind


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "GIF", "HEIF"])
def test_no_file_stays_open(noise, tmp_path, kind):
    image = Image.fromarray(noise)
    path = tmp_path / "photo"
    path.write_bytes(heif(image) if kind == "HEIF" else encoded(image, kind))
    cut = tmp_path / "cut"
    cut.write_bytes(path.read_bytes()[:200])
    images.load(path)
    before = len(os.listdir("/proc/self/fd"))
    kept = [images.load(path) for _ in range(5)]
    for _ in range(5):
        with pytest.raises(PictureError):
            images.load(cut)
    assert len(kept) == 5
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_setting_of_pillow_changes(noise):
    settings = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, "HEIF" in Image.OPEN)
    images.load(heif(Image.fromarray(noise)))
    with pytest.raises(PictureError):
        images.load(png_of_header(20_000, 20_000))
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, "HEIF" in Image.OPEN) == settings


def test_real_photos_are_read_without_a_remark(data_dir):
    paths = sorted((data_dir / "wrinkle" / "images").iterdir())[::10]
    for path in paths:
        picture = images.load(path)
        assert picture.rgb.ndim == 3
        assert picture.rgb.std() > 10
    assert len(paths) > 3

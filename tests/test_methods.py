"""Every method behind one call: on a real portrait, by name, joined, missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from wrinkleseg import checkpoint, face, inference, masks, methods
from wrinkleseg.checkpoint import Config
from wrinkleseg.geometry import Box
from wrinkleseg.inference import DeviceError, Runtime
from wrinkleseg.methods import MethodError
from wrinkleseg.preprocess import Preprocess


@pytest.fixture(scope="module")
def scene(astronaut) -> tuple:
    found = face.find(astronaut)[0]
    return astronaut, found, face.regions(astronaut, found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A network with random weights, saved as a checkpoint."""
    torch.manual_seed(0)
    config = Config(
        "wrinkle-pore",
        {"tasks": ["wrinkle", "pore"]},
        Preprocess({"wrinkle": 96, "pore": 128}),
        {"wrinkle": 0.4, "pore": 0.6},
        title="Random",
    )
    place = tmp_path_factory.mktemp("models") / "random"
    checkpoint.save(place, config, config.build())
    return place


def assert_maps(maps: dict[str, np.ndarray], scene: tuple, tasks: set[str]) -> None:
    rgb, _, regions = scene
    assert set(maps) == tasks
    for task, values in maps.items():
        assert values.shape == rgb.shape[:2] and values.dtype == np.float32
        assert values.min() >= 0 and values.max() <= 1
        assert not values[~methods.skin_for(task, regions)].any()
    if "wrinkle" in maps:  # pores are not resolved in so small a face
        assert maps["wrinkle"].max() > 0


@pytest.mark.parametrize("name", [info.name for info in methods.available()])
def test_every_available_method_on_a_portrait(name: str, scene: tuple) -> None:
    method = methods.load(name, "cpu")
    maps = method(*scene)
    assert_maps(maps, scene, set(method.info.tasks))
    assert set(method.info.thresholds) == set(method.info.tasks)
    assert all(0 < value < 1 for value in method.info.thresholds.values())


def test_a_folder_is_a_method(folder: Path, scene: tuple) -> None:
    method = methods.load(str(folder), "cpu")
    assert_maps(method(*scene), scene, {"wrinkle", "pore"})
    assert method.info.weights == checkpoint.weights_hash(folder)
    assert method.info.parameters == 5_190_856


def test_mirrored_photo_gives_mirrored_maps(folder: Path, scene: tuple) -> None:
    # Both a picture and its mirror image go through, so that neither side of a face is seen better.
    rgb, found, regions = scene
    box = face.Box(found.box.top, rgb.shape[1] - found.box.right, found.box.height, found.box.width)
    mirrored = replace(found, box=box)
    flipped = face.Regions(regions.wrinkle_skin[:, ::-1], regions.pore_skin[:, ::-1], {})
    method = methods.load(str(folder), "cpu")
    one = method(rgb, found, regions)["wrinkle"]
    other = method(rgb[:, ::-1].copy(), mirrored, flipped)["wrinkle"]
    assert np.abs(one - other[:, ::-1]).max() < 0.02


def test_joined_methods_take_each_task_once(folder: Path, scene: tuple) -> None:
    joint = methods.load(f"frangi+{folder}", "cpu")
    alone = methods.load("frangi")(*scene)["wrinkle"]
    maps = joint(*scene)
    assert_maps(maps, scene, {"wrinkle", "pore"})
    assert np.array_equal(maps["wrinkle"], alone)
    assert joint.info.thresholds == {"wrinkle": methods.load("frangi").info.thresholds["wrinkle"], "pore": 0.6}
    assert joint.info.tasks == ("wrinkle", "pore")


def test_a_narrowed_method_knows_its_thresholds_alone(folder: Path) -> None:
    for name in (str(folder), f"frangi+{folder}"):
        method = methods.load(name, "cpu")
        info = method.only(("wrinkle",)).info
        assert info.thresholds == {"wrinkle": method.info.thresholds["wrinkle"]} and info.tasks == ("wrinkle",)
        assert set(method.info.thresholds) == {"wrinkle", "pore"}


def test_the_default_gives_both() -> None:
    if not methods.model_folder("unetpp").is_dir():
        pytest.skip("no weights are shipped")
    assert methods.load(methods.DEFAULT, "cpu").info.tasks == ("wrinkle", "pore")


def test_joining_what_adds_nothing() -> None:
    with pytest.raises(MethodError, match="adds nothing"):
        methods.load("frangi+gabor")


@pytest.mark.parametrize("name", ["fragni", "", "frangi+", "no/such/folder"])
def test_unknown_name_lists_the_known(name: str) -> None:
    with pytest.raises(MethodError, match=r"frangi, gabor"):
        methods.load(name)


def test_untrained_network_says_how_to_train_it(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WRINKLESEG_MODELS", str(tmp_path))
    with pytest.raises(MethodError, match="python -m train"):
        methods.load("unetpp")
    infos = {info.name: info for info in methods.known()}
    assert not infos["unetpp"].ready and infos["unetpp"].parameters > 1e6
    assert infos["frangi"].ready


def test_broken_weights_are_a_method_error(folder: Path, tmp_path: Path) -> None:
    (tmp_path / checkpoint.CONFIG).write_text((folder / checkpoint.CONFIG).read_text())
    with pytest.raises(MethodError, match="does not hold the weights"):
        methods.load(str(tmp_path))


def test_weights_are_read_once_and_again_when_they_change(folder: Path, tmp_path: Path, monkeypatch) -> None:
    place = tmp_path / "models" / "wrinkle-pore"
    config, first = checkpoint.load(folder)
    checkpoint.save(place, config, first)
    monkeypatch.setenv("WRINKLESEG_MODELS", str(place.parent))
    real, read = checkpoint.load_usable, []
    monkeypatch.setattr(checkpoint, "load_usable", lambda path: (read.append(path), real(path))[1])
    (info,) = (info for info in methods.available() if info.parameters)
    loaded = methods.load("wrinkle-pore", "cpu")
    assert read == [place] and loaded.info == info, "who asks what is here does not read it twice"
    with torch.no_grad():
        loaded.model.head.weight.zero_()
    again = methods.load("wrinkle-pore", "cpu")
    assert again.model.head.weight.abs().sum() > 0, "what was loaded is nobody else's"
    checkpoint.save(place, config, config.build())
    assert methods.load("wrinkle-pore", "cpu").info.weights != info.weights and read == [place, place]


class _SpotAndSpeck(torch.nn.Module):
    """Whatever it is shown, a spot of 4 x 4 px in both maps, and a speck of 1 x 3 px."""

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        logits = torch.full((len(pictures), *pictures.shape[2:]), -20.0)
        logits[:, 400:404, 400:404] = logits[:, 500, 500:503] = 20.0
        return {"wrinkle": logits, "pore": logits}


def test_a_speck_is_no_pore() -> None:
    preprocess = Preprocess({"wrinkle": 1200, "pore": 1200}, mirrored=())
    rgb, box = np.zeros((1500, 1500, 3), np.uint8), Box(0, 0, 1500, 1200)
    runtime = Runtime(torch.device("cpu"), torch.float32)
    wrinkles, pores = (
        masks.areas(inference.predict(_SpotAndSpeck(), preprocess, runtime, rgb, box, 1200, task) > 0.5)
        for task in ("wrinkle", "pore")
    )
    assert wrinkles.min() <= 3 and pores.min() >= 9
    assert sorted(pores) == sorted(wrinkles[wrinkles > 3]), "what is no speck is left as it was"


class _Hill(torch.nn.Module):
    """Whatever it is shown, a line with broad sides."""

    def forward(self, pictures: torch.Tensor) -> dict[str, torch.Tensor]:
        away = torch.arange(pictures.shape[-2]).sub(200).abs()[:, None]
        logits = (2 - 0.6 * away).expand(len(pictures), *pictures.shape[2:])
        return {"wrinkle": logits, "pore": logits}


def test_lines_get_steep_sides_where_the_checkpoint_asks_for_them() -> None:
    soft = Preprocess({"wrinkle": 384, "pore": 384}, mirrored=())
    steep = replace(soft, crisp=("wrinkle",))
    away = np.abs(np.arange(416, dtype=np.float32) - 200)[:, None]
    hill = np.tile(1 / (1 + np.exp(np.minimum(0.6 * away - 2, 50))), (1, 416)).astype(np.float32)
    for width, radius in ((384, 4), (96, 1)):
        assert np.array_equal(inference.cleaned(hill, steep, "wrinkle", width), masks.crisp(hill, radius))
    assert np.array_equal(inference.cleaned(hill, steep, "pore", 384), hill)
    rgb, box, runtime = (
        np.zeros((416, 416, 3), np.uint8),
        Box(0, 0, 416, 416),
        Runtime(torch.device("cpu"), torch.float32),
    )
    broad, narrow = (inference.predict(_Hill(), how, runtime, rgb, box, 384, "wrinkle") for how in (soft, steep))
    assert (broad > 0.25).sum() > 1.2 * (narrow > 0.25).sum() > 0


def test_device_is_chosen_once() -> None:
    runtime = Runtime.choose("cpu")
    assert runtime.device.type == "cpu"
    assert runtime.precision in (torch.float32, torch.bfloat16)
    state = torch.get_rng_state()
    inference._bfloat16_pays.cache_clear()
    assert Runtime.choose("cpu") == runtime, "the same processor chooses alike"
    assert torch.equal(torch.get_rng_state(), state), "the check draws no number that training would have drawn"


@pytest.mark.parametrize(("coarse", "chosen"), [(10.0, "float32"), (0.9, "float32"), (0.5, "bfloat16")])
def test_the_coarser_format_must_be_clearly_faster(monkeypatch, coarse: float, chosen: str) -> None:
    monkeypatch.setattr(inference, "_check_seconds", lambda kind: coarse if kind == torch.bfloat16 else 1.0)
    inference._bfloat16_pays.cache_clear()
    assert Runtime.choose("cpu").precision == getattr(torch, chosen)
    inference._bfloat16_pays.cache_clear()


@pytest.mark.parametrize(
    ("capability", "device", "precision"),
    [((9, 0), "cuda", "bfloat16"), ((8, 0), "cuda", "bfloat16"), ((7, 5), "cuda", "float32"), ((6, 1), "cpu", None)],
)
def test_a_card_gets_the_format_that_it_is_fast_in_and_one_without_kernels_is_left_alone(
    monkeypatch, capability, device, precision
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90", "compute_90"])
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    found = Runtime.choose("auto")
    assert found.device.type == device and (precision is None or found.precision == getattr(torch, precision))
    if device == "cpu":
        with pytest.raises(DeviceError, match="no kernels .*--device cpu"):
            Runtime.choose("cuda")


def test_a_card_that_is_only_lent_later_is_taken_for_a_new_one(monkeypatch) -> None:
    def not_yet() -> tuple[int, int]:
        raise RuntimeError("No CUDA GPUs are available")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75"])
    monkeypatch.setattr(torch.cuda, "get_device_capability", not_yet)
    assert Runtime.choose("auto") == Runtime(torch.device("cuda"), torch.bfloat16)


def test_absent_device() -> None:
    with pytest.raises(DeviceError, match="auto, cpu, cuda"):
        Runtime.choose("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(MethodError, match="no CUDA device"):
            methods.load("frangi", "cuda")

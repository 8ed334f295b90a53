"""Networks written in a cheaper form give what the libraries' own give: maps, and gradients to the same tensors."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch
from timm.layers import Conv2dSame
from torch import Tensor, nn

from wrinkleseg import face, methods, models
from wrinkleseg.inference import Runtime, predict
from wrinkleseg.models.dense_decoder import DenseConvolution, DenseDecoder
from wrinkleseg.models.depthwise import Depthwise, exact_depthwise
from wrinkleseg.models.exact import Exact, with_exact_start
from wrinkleseg.models.narrow_norm import NarrowNorm, narrow_norms
from wrinkleseg.models.same_padding import EvenStride, evenly_strided

ENCODERS = ("tu-tf_efficientnet_lite2", "resnet18", "efficientnet-b0")


def pair(encoder: str) -> tuple[nn.Module, models.NamedMaps]:
    """segmentation_models.pytorch's own network and ours, with the same weights."""
    torch.manual_seed(3)
    ours = models.build("unetpp", tasks=("wrinkle", "pore"), encoder=encoder, in_channels=4)
    plain = smp.UnetPlusPlus(encoder, encoder_weights=None, in_channels=4, classes=2)
    plain.load_state_dict(ours.network.state_dict())  # the names are the same, or this fails
    return plain, ours


@pytest.mark.parametrize("encoder", ENCODERS)
class TestUNetPlusPlus:
    @pytest.mark.parametrize("size", [(64, 64), (96, 160)])
    def test_maps_are_the_librarys(self, encoder: str, size: tuple[int, int]) -> None:
        plain, ours = (network.double().eval() for network in pair(encoder))  # so that rounding is out of the way
        picture = torch.rand(2, 4, *size, dtype=torch.float64)
        with torch.inference_mode():
            expected, found = plain(picture), ours(picture)
        assert torch.allclose(expected[:, 0], found["wrinkle"], rtol=0, atol=1e-9)
        assert torch.allclose(expected[:, 1], found["pore"], rtol=0, atol=1e-9)

    def test_gradients_are_the_librarys(self, encoder: str) -> None:
        plain, ours = (network.double().train() for network in pair(encoder))
        picture = torch.rand(2, 4, 64, 64, dtype=torch.float64)
        torch.manual_seed(0)
        plain(picture)[:, 0].square().mean().backward()
        torch.manual_seed(0)  # some encoders drop paths by chance
        ours(picture)["wrinkle"].square().mean().backward()
        found = {name: parameter.grad for name, parameter in ours.network.named_parameters()}
        for name, parameter in plain.named_parameters():
            if parameter.grad is None:  # a layer that the encoder has and does not use
                assert found[name] is None
            else:
                assert torch.allclose(found[name], parameter.grad, rtol=1e-6, atol=1e-9), name


def test_a_split_convolution_is_the_whole_one() -> None:
    whole = nn.Conv2d(5 + 3 + 2, 4, 3, padding=1)
    below, beside = torch.rand(1, 5, 6, 7), [torch.rand(1, 3, 12, 14), torch.rand(1, 2, 12, 14)]
    doubled = below.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    expected = whole(torch.cat([doubled, *beside], dim=1))
    split = DenseConvolution.like(whole, [3, 2])
    assert torch.allclose(split(below, beside), expected, atol=1e-6)
    split.settle()
    assert torch.allclose(split(below, beside), expected, atol=1e-6)


def test_on_other_devices_the_convolution_stays_whole() -> None:
    """The meta device stands for one."""
    split = DenseConvolution.like(nn.Conv2d(8, 4, 3, padding=1, device="meta"), [3])
    found = split(torch.rand(1, 5, 6, 7, device="meta"), [torch.rand(1, 3, 12, 14, device="meta")])
    assert found.shape == (1, 4, 12, 14)


def test_another_kernel_is_not_split() -> None:
    with pytest.raises(ValueError, match="3x3"):
        DenseConvolution.like(nn.Conv2d(4, 4, 5, padding=2), [])


def test_a_node_by_hand() -> None:
    """One pixel of 1 below, a kernel of ones: doubled it is a square of four, each place counts those within one pixel."""
    layer = nn.Conv2d(1, 1, 3, padding=1, bias=False)
    nn.init.ones_(layer.weight)
    below = torch.zeros(1, 1, 3, 3)
    below[..., 1, 1] = 1
    row = torch.tensor([0.0, 1.0, 2.0, 2.0, 1.0, 0.0])
    assert torch.equal(DenseConvolution.like(layer, [])(below, [])[0, 0], row[:, None] * row[None, :])


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("size", [(8, 12), (9, 12), (8, 7), (2, 2)])
def test_even_stride_is_tensorflows_padding(kernel: int, size: tuple[int, int]) -> None:
    own = Conv2dSame(6, 6, kernel, stride=2, groups=3)
    model = nn.Sequential(own)
    maps = torch.rand(2, 6, *size)
    expected = own(maps)
    assert evenly_strided(model) is model and isinstance(model[0], EvenStride)
    assert model[0].weight is own.weight and model[0].bias is own.bias
    assert torch.allclose(model[0](maps), expected, atol=1e-6)


def test_layers_that_it_cannot_stand_for_are_left() -> None:
    layers = nn.Sequential(
        Conv2dSame(3, 3, 3, stride=1),
        Conv2dSame(3, 3, 4, stride=2),
        Conv2dSame(3, 3, 1, stride=2),
        nn.Conv2d(3, 3, 3, stride=2),
    )
    before, kinds = list(layers), [type(layer) for layer in layers]
    assert list(evenly_strided(layers)) == before and [type(layer) for layer in layers] == kinds


def test_the_decoder_keeps_the_librarys_tensors() -> None:
    decoder = smp.UnetPlusPlus("resnet18", encoder_weights=None).decoder
    before = copy.deepcopy(decoder.state_dict())
    after = DenseDecoder(decoder).state_dict()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_folding_settles_the_kernels() -> None:
    model = models.build("unetpp", tasks=("wrinkle",), encoder="resnet18").eval()
    kernels: list[Tensor] = []
    for layer in models.folded(model).modules():
        if isinstance(layer, DenseConvolution):
            kernels += layer._settled
    assert len(kernels) == 11 + 20  # 11 nodes, and 1 + 3 + 6 + 10 maps beside them
    assert not any(kernel.requires_grad for kernel in kernels)


@pytest.mark.parametrize(
    ("encoder", "first"),
    [
        ("resnet18", ["conv1"] + [f"layer1.{block}.conv{number}" for block in (0, 1) for number in (1, 2)]),
        (
            "efficientnet-b0",
            ["_conv_stem", "_blocks.0._depthwise_conv", "_blocks.0._project_conv", "_blocks.1._expand_conv"],
        ),
    ],
)
def test_what_runs_up_to_a_quarter_of_the_side_is_exact(encoder: str, first: list[str]) -> None:
    """The first ones by name; of the rest, none of the decoder, and none of the layers that see the whole picture as one."""
    model = with_exact_start(models.build("unetpp", tasks=("wrinkle",), encoder=encoder).eval())
    chosen = [name for name, layer in model.named_modules() if isinstance(layer, Exact)]
    assert {f"network.encoder.{name}" for name in first} <= set(chosen) and len(chosen) < 12
    assert all(name.startswith("network.encoder.") and "_se_" not in name for name in chosen)


def test_an_exact_convolution_hears_nothing_of_autocast() -> None:
    layer, maps = nn.Conv2d(3, 4, 3), torch.rand(1, 3, 9, 9)
    expected = layer(maps)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(maps).dtype == torch.bfloat16
        assert torch.equal(Exact(layer)(maps), expected)
        assert Exact(layer)(maps.bfloat16()).dtype == torch.float32
    halved = Exact(layer.to(torch.bfloat16))
    assert halved(maps).dtype == torch.bfloat16  # a network wholly in that format stays in it


@pytest.mark.parametrize(
    ("name", "task", "most"),
    [("unetpp", "wrinkle", 0.01), ("wrinkle-pore", "wrinkle", 0.01), ("wrinkle-pore", "pore", 0.03)],
)
def test_the_shipped_maps_hardly_feel_bfloat16(name: str, task: str, most: float, astronaut) -> None:
    """What the network itself gives; with every layer in bfloat16 it is off by 0.015, 0.020 and 0.050."""
    method, found = methods.load(name, "cpu"), face.find(astronaut)[0]
    plain = replace(method.config.preprocess, crisp=())
    skin = face.regions(astronaut, found).wrinkle_skin
    maps = []
    for precision in (torch.float32, torch.bfloat16):
        runtime = Runtime(torch.device("cpu"), precision)
        seen = (method.model, plain, runtime, astronaut, found.box, found.width, task, skin)
        maps.append(predict(*seen))
    assert 0 < np.abs(maps[0] - maps[1])[skin].max() < most


@pytest.mark.parametrize("channels", [8, 24, 32])
def test_a_narrow_norm_is_torchs(channels: int) -> None:
    """Maps, gradients, running mean and variance; 32 channels are left to torch."""
    torch.manual_seed(0)
    plain = nn.BatchNorm2d(channels, momentum=0.3).double()
    nn.init.uniform_(plain.weight), nn.init.normal_(plain.bias)
    narrow = narrow_norms(nn.Sequential(copy.deepcopy(plain)))[0]
    assert isinstance(narrow, NarrowNorm)
    maps = (3 + 2 * torch.randn(3, channels, 6, 8, dtype=torch.float64)).contiguous(memory_format=torch.channels_last)
    pull, grads = torch.randn_like(maps), []
    for norm in (plain, narrow):
        inputs = maps.clone().requires_grad_()
        found = norm(inputs).relu_()  # in place, as the decoder does it
        found.backward(pull)
        grads.append(
            (found.detach(), inputs.grad, norm.weight.grad, norm.bias.grad, norm.running_mean, norm.running_var)
        )
    for expected, found in zip(*grads, strict=True):
        assert torch.allclose(found, expected, rtol=1e-9, atol=1e-9)
    assert narrow.num_batches_tracked == plain.num_batches_tracked == 1
    assert torch.allclose(narrow.eval()(maps), plain.eval()(maps), rtol=1e-9)


def test_a_narrow_norm_in_bfloat16_is_as_good_as_torchs() -> None:
    """Beside float64; a batch norm's gradient has the mean 0 in each channel."""
    torch.manual_seed(0)
    shape, errors, means = (3, 8, 64, 64), [], []
    maps = (1 + 2 * torch.randn(shape)).bfloat16().contiguous(memory_format=torch.channels_last)
    pull = (0.5 + torch.randn(shape)).bfloat16().contiguous(memory_format=torch.channels_last)
    exact = maps.double().requires_grad_()
    nn.BatchNorm2d(8).double()(exact).backward(pull.double())
    for norm in (nn.BatchNorm2d(8), NarrowNorm(8)):
        inputs = maps.clone().requires_grad_()
        found = norm(inputs)
        found.backward(pull)
        assert found.dtype == inputs.grad.dtype == torch.bfloat16
        errors.append((inputs.grad - exact.grad).abs().mean())
        means.append(inputs.grad.double().mean((0, 2, 3)).abs().max())
    assert errors[1] < 2 * errors[0] and means[1] < 1e-3


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("width", [7, 8])
def test_a_narrow_norm_takes_any_width(layout: torch.memory_format, width: int) -> None:
    norm = NarrowNorm(8)
    maps = torch.randn(2, 8, 5, width).contiguous(memory_format=layout)
    assert torch.allclose(norm(maps), nn.BatchNorm2d(8)(maps), atol=1e-5)


@pytest.mark.parametrize(
    ("made", "kernel", "stride"),
    [
        (nn.Conv2d, 3, 1),
        (nn.Conv2d, 3, 2),
        (nn.Conv2d, 5, 1),
        (nn.Conv2d, 5, 2),
        (Conv2dSame, 3, 2),
        (Conv2dSame, 5, 2),
    ],
)
def test_depthwise_convolutions_learn_exactly(made: type, kernel: int, stride: int) -> None:
    """Under autocast their maps and gradients are float32's; without gradients they are as coarse as the rest."""
    plain, slow = made(6, 6, kernel, stride=stride, groups=6), (kernel, stride) != (3, 1)
    own = evenly_strided(exact_depthwise(nn.Sequential(copy.deepcopy(plain))))[0]
    assert type(own) is (EvenStride if made is Conv2dSame else Depthwise if slow else nn.Conv2d)
    maps, found = torch.randn(1, 6, 16, 16), []
    for layer, on in ((plain, False), (own, True)):
        inputs = maps.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=on):
            given = layer(inputs)
        given.float().square().sum().backward()
        found.append((given, inputs.grad, layer.weight.grad))
    for expected, mine in zip(*found, strict=True):
        assert torch.allclose(mine.float(), expected, rtol=1e-4, atol=1e-4) == slow
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        assert own(maps).dtype == torch.bfloat16

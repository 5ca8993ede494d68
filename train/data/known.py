"""The data sets that recipes name: their sizes, and where one gets them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """`digest` is that of the whole set (see Dataset.digest), so that a card can say that it was this one.

    `keras` is its module in keras.datasets, where it has one; `source` tells a reader where it comes from.
    """

    shape: tuple[int, int, int]
    classes: int
    train: int
    test: int
    source: str
    digest: str = ""
    keras: str = ""


KNOWN: Mapping[str, Known] = {
    "mnist": Known(
        (28, 28, 1),
        10,
        60_000,
        10_000,
        "MNIST, by Yann LeCun, Corinna Cortes and Christopher Burges",
        "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
        "mnist",
    ),
    "fashion_mnist": Known(
        (28, 28, 1),
        10,
        60_000,
        10_000,
        "Fashion-MNIST, by Han Xiao, Kashif Rasul and Roland Vollgraf",
        "ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f",
        "fashion_mnist",
    ),
    "cifar10": Known(
        (32, 32, 3),
        10,
        50_000,
        10_000,
        "CIFAR-10, by Alex Krizhevsky",
        "80387ddb9a0edf3fc4a964ee3770296169bb26a651050df20035579673099660",
        "cifar10",
    ),
    "cifar100": Known((32, 32, 3), 100, 50_000, 10_000, "CIFAR-100, by Alex Krizhevsky", keras="cifar100"),
    "svhn": Known((32, 32, 3), 10, 73_257, 26_032, "SVHN, the street view house numbers, by Yuval Netzer and others"),
    "gtsrb": Known(
        (32, 32, 3),
        43,
        39_209,
        12_630,
        "GTSRB, the German traffic sign recognition benchmark, each sign cut out and scaled to 32 x 32",
        "51d843a645b5c6f8869b86d14706ba462f3eee2774e304c84c0b5b057b7aa8e7",
    ),
    "olivetti": Known(
        (64, 64, 1),
        40,
        250,
        150,
        "the Olivetti faces of AT&T Laboratories Cambridge (ORL), as the LB-CNN authors split them",
        "59d310a145cdf6539d1cfa5666edeff7e0a305a40466e42963018eb8f15b81d4",
    ),
}

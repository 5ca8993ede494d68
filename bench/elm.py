"""LB-CNN's extreme learning machine beside the paper's algorithm in NumPy: same features, same machine, one run.

    python bench/elm.py mnist.npz                       # 20,000 images, 15,680 features: a quarter of an hour, 9 GB
    python bench/elm.py mnist.npz --images 2000 --multipliers 10 4

Told are, each from a process of its own and with one thread, seconds of processor, peak memory, and the accuracy of
what came out on the test set:

- the exact solve. The paper: (I / C + H'H)^-1 H'T by numpy.linalg.solve, whose identity is float64 and makes all of
it so.
  Here: train/elm/ridge.py.
- a trial of a search, with all these images: for the paper a solve of its own, here kernels that differ from those one
  stands on by one (train/elm/set_aside.py): its share of what is worked out once for eight, and what is its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

C = 300.0
BROOD = 8
WAYS = ("paper", "solve", "trial")
PLACE = (1, 0)  # the kernel that is changed: the first of the second layer
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"), "1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--multipliers", type=int, nargs="+", default=[80, 4])
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(globals()[args.way](args)))
        return
    with tempfile.TemporaryDirectory() as folder:
        prepare(args, Path(folder))
        run = [sys.executable, *sys.argv, "--folder", folder, "--way"]
        show(
            {
                way: json.loads(
                    subprocess.run([*run, way], stdout=subprocess.PIPE, check=True, env=os.environ | THREADS).stdout
                )
                for way in WAYS
            }
        )


def prepare(args: argparse.Namespace, folder: Path) -> None:
    """Features of both sets, and all that a stand needs besides."""
    from binloom.train.elm.features import features_of
    from binloom.train.elm.kernels import Kernels
    from binloom.train.elm.members import members
    from binloom.train.models import lbcnn

    with np.load(args.data) as data:
        images, labels = data["x_train"][: args.images], data["y_train"][: args.images].reshape(-1)
        images, labels = np.concatenate([images, data["x_test"]]), np.concatenate([labels, data["y_test"].reshape(-1)])
    images = images if images.ndim == 4 else images[..., np.newaxis]
    (member,) = members(lbcnn(*args.multipliers, input_shape=images.shape[1:]))
    kernels = Kernels.of(member.front).drawn(1)
    kernels.set(member.front)
    features = features_of(member.front, images)
    np.save(folder / "train.npy", features[: args.images])
    np.save(folder / "test.npy", features[args.images :])
    np.savez(folder / "images.npz", images=images, labels=labels)
    (folder / "front.json").write_text(member.front.to_json())


def paper(args: argparse.Namespace) -> dict:
    """elmTrain of the authors, line by line: H has a column an image."""
    hidden = np.load(args.folder / "train.npy").T.astype(np.float32) * np.float32(1 / 255)
    with np.load(args.folder / "images.npz") as data:
        labels = data["labels"]
    c = C / np.einsum("ij,ij->i", hidden, hidden).mean()  # the same strength as ours
    start = time.process_time()
    neurons, count = hidden.shape
    targets = np.zeros((labels.max() + 1, count), dtype="int8")
    for index in range(count):
        targets[labels[index], index] = 1
    targets = targets * 2 - 1
    weights = np.linalg.solve(np.eye(neurons) / c + np.dot(hidden, hidden.T), np.dot(hidden, targets.T))
    seconds, peak = time.process_time() - start, memory()
    del hidden
    test = np.load(args.folder / "test.npy")
    return {"seconds": seconds, "peak": peak, "right": right(test, weights * (1 / 255), labels[count:])}


def solve(args: argparse.Namespace) -> dict:
    """The whole regression, as `binloom train` has it."""
    from binloom.train.elm import ridge
    from binloom.train.elm.samples import Samples

    features = np.load(args.folder / "train.npy")
    with np.load(args.folder / "images.npz") as data:
        labels = data["labels"]
    start = time.process_time()
    weights = ridge.solve(Samples(features, labels[: len(features)], int(labels.max()) + 1, 1 / 255), C)
    seconds, peak = time.process_time() - start, memory()
    test, answers = np.load(args.folder / "test.npy"), labels[len(features) :]
    return {"seconds": seconds, "peak": peak, "right": right(test, weights[:-1] * (1 / 255), answers, weights[-1])}


def trial(args: argparse.Namespace) -> dict:
    """One kernel of the second layer changed, by a climb that stands on the others."""
    from binloom.train.elm.features import front_from
    from binloom.train.elm.judge import Judges
    from binloom.train.elm.kernels import Kernels
    from binloom.train.elm.set_aside import SetAside

    with np.load(args.folder / "images.npz") as data:
        images, labels = data["images"], data["labels"].astype(np.int64)
    front, every = (args.folder / "front.json").read_text(), np.arange(len(images))
    judges = Judges(front, images, labels, every, len(images), int(labels.max()) + 1, C, False, 1 / 255)
    here = Kernels.of(front_from(front)).drawn(1)
    stand, begun = SetAside.on(judges, here, (every[: args.images], every[args.images :])), time.process_time()
    rest, rested = stand.rest(PLACE), time.process_time()
    features = judges.through(here.flipped(PLACE, np.random.default_rng(1)), PLACE)
    made = time.process_time()
    verdict, done = stand.changed(rest, features), time.process_time()
    seconds = (rested - begun) / BROOD + done - rested
    same = stand.changed(rest, judges.through(here, PLACE))
    return {
        "seconds": seconds,
        "shared": rested - begun,
        "own": done - made,
        "peak": memory(),
        "right": len(stand.aside) - same.wrong,
        "changed": len(stand.aside) - verdict.wrong,
    }


def right(test: np.ndarray, weights: np.ndarray, labels: np.ndarray, bias: np.ndarray | float = 0.0) -> int:
    """Test images that are classified right."""
    told = [part.astype(np.float32) @ weights.astype(np.float32) + bias for part in np.array_split(test, 20)]
    return int((np.concatenate(told).argmax(axis=1) == labels).sum())


def memory() -> float:
    """The most this process has held, in GB. (getrusage would tell what the process held that it was forked from.)"""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e9


def show(found: dict[str, dict]) -> None:
    print("| | seconds of processor | peak memory | test images right |")
    print("|---|---|---|---|")
    for way, row in found.items():
        print(f"| {way} | {row['seconds']:.1f} | {row['peak']:.2f} GB | {row['right']:,} |")
    paper, solve, trial = (found[way] for way in WAYS)
    memory, seconds = (solve[what] / paper[what] for what in ("peak", "seconds"))
    print(f"\nsolve: {memory:.2f} of the memory, {seconds:.2f} of the time.")
    print(
        f"trial: {paper['seconds'] / trial['seconds']:.1f} times as fast; {trial['shared']:.1f} s once for {BROOD}, "
        f"{trial['own']:.1f} s each."
    )


if __name__ == "__main__":
    main()

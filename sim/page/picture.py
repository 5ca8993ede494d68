"""The dataflow of a build as an SVG: a box an op, an edge a stream; how much each op takes and does."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import accumulate

from binloom.sim.page.figure import at, figure
from binloom.sim.page.layout import Edge, Layout, layout
from binloom.sim.page.words import fold_of, stream_of
from binloom.sim.record import AREA

BOX, RAIL = 330, 104  # widths of a column with ops and of one for edges that pass by
TALL, SLIM = 66, 44  # heights of boxes: of ops that take room on the chip, and of the others
GAP, SIDE, TOP = 44, 34, 8
LINE = 14  # of the text that says what an op takes, where that is known
FORK, JOIN = 9, 10  # how far below an op its streams part, and above one they meet
SPREAD = 22  # between the ends of streams that meet
ROUND = 6
SCALE = 0.75  # smaller it is not drawn: letters stay legible, and the page scrolls
NAME = 24  # letters that fit


def picture(manifest: Mapping, report: Mapping) -> str:
    """The whole picture."""
    ops = {op["name"]: op for op in manifest["ops"]}
    drawing = _Drawing(manifest, report, layout({name: op["inputs"] for name, op in ops.items()}))
    parts = [*drawing.edges(), *drawing.boxes()]
    width, height = drawing.size
    return (
        f'<svg class="flow" role="img" aria-label="Dataflow of {escape(manifest["name"])}" width="{width}" '
        f'height="{height}" style="min-width: {SCALE * width:.0f}px" viewBox="0 0 {width} {height}">'
        + "\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


class _Drawing:
    def __init__(self, manifest: Mapping, report: Mapping, plan: Layout) -> None:
        self.manifest, self.report, self.plan = manifest, report, plan
        self.ops = {op["name"]: op for op in manifest["ops"]}
        self.numbers = {op["name"]: number for number, op in enumerate(report["ops"])}
        self.period = max(at(report, f"ops.{number}.cycles_per_frame") for number in self.numbers.values())
        tall = TALL if report["lut"] is not None else TALL - LINE
        self.heights = {name: tall if op["blocks"] else SLIM for name, op in self.ops.items()}
        rows = max(plan.rows.values()) + 1
        tallest = [max(self.heights[name] for name, row in plan.rows.items() if row == line) for line in range(rows)]
        self.tops = [TOP + sum(tallest[:line]) + GAP * line for line in range(rows + 1)]
        widths = [BOX + SIDE if wide else RAIL for wide in plan.wide]
        order = sorted(range(len(widths)), key=lambda track: (plan.wide[track], track))  # rails stand on the left
        lefts = dict(zip(order, accumulate((widths[track] for track in order), initial=0), strict=False))
        self.centres = [lefts[track] + (BOX if wide else RAIL) // 2 + 1 for track, wide in enumerate(plan.wide)]
        self.size = (sum(widths) - SIDE + 2, self.tops[-1] - GAP + TOP)
        self.fifos = {name: list(_fifos(op, manifest["plan"]["depths"])) for name, op in self.ops.items()}

    def top(self, name: str) -> int:
        return self.tops[self.plan.rows[name]]

    def bottom(self, name: str) -> int:
        return self.top(name) + self.heights[name]

    def boxes(self) -> Iterator[str]:
        for name, op in self.ops.items():
            yield self._box(name, op, f"ops.{self.numbers[name]}")

    def _box(self, name: str, op: Mapping, key: str) -> str:
        left, top = self.centres[self.plan.tracks[name]] - BOX // 2, self.top(name)
        slowest = name == self.manifest["timing"]["bottleneck"]
        kind = f"{op['op']}, bottleneck" if slowest else op["op"]
        lines = [
            f'<g class="op{" slowest" if slowest else ""}" transform="translate({left} {top})">',
            f"<title>{escape(name)}: {escape(op['op'])} of {escape(op['source'] or name)}</title>",
            f'<rect class="box" width="{BOX}" height="{self.heights[name]}" rx="6"/>',
            f'<text class="name" x="12" y="20">{escape(_short(name, NAME))}</text>',
            f'<text class="kind" x="{BOX - 12}" y="20" text-anchor="end">{escape(kind)}</text>',
        ]
        cycles = f"{figure(self.report, f'{key}.cycles_per_frame', 'tspan')} cycles"
        if not op["blocks"]:
            lines.append(f'<text x="12" y="36">{escape(stream_of(op))}</text>')
        else:
            lines += [
                f'<text x="12" y="37">{escape(fold_of(op))}</text>',
                f'<text x="{BOX - 12}" y="37" text-anchor="end">{cycles}</text>',
                f'<text x="12" y="53">{self._area(key)}</text>',
                *self._load(at(self.report, f"{key}.cycles_per_frame"), self.heights[name] - 7),
            ]
        return "".join([*lines, "</g>"])

    def _area(self, key: str) -> str:
        counts = [(what, at(self.report, f"{key}.{what}")) for what in AREA]
        words = [
            f"{figure(self.report, f'{key}.{what}', 'tspan')} {what.upper()}"
            for what, count in counts
            if count or (what == "lut" and count is not None)
        ]
        return " \N{MIDDLE DOT} ".join(words)

    def _load(self, cycles: int, y: int) -> tuple[str, str]:
        """How much of a frame's time it works."""
        share = max(2.0, (BOX - 24) * min(1.0, cycles / self.period))
        return (
            f'<rect class="rest" x="12" y="{y}" width="{BOX - 24}" height="3" rx="1.5"/>',
            f'<rect class="load" x="12" y="{y}" width="{share:.1f}" height="3" rx="1.5"/>',
        )

    def edges(self) -> Iterator[str]:
        for edge in self.plan.edges:
            yield self._edge(edge)

    def _edge(self, edge: Edge) -> str:
        start, end, port = edge
        way = self.centres[self.plan.edges[edge]]
        x1, x2 = self._end(edge, start, leaving=True), self._end(edge, end, leaving=False)
        y1, y2 = self.bottom(start), self.top(end)
        straight = x1 == x2 == way
        # Bends as low as its own row lets them be where it leaves, as high where it comes in.
        fork, join = self.tops[self.plan.rows[start] + 1] - GAP + FORK, y2 - JOIN
        points = [(x1, y1), (x1, fork), (way, fork), (way, join), (x2, join), (x2, y2)]
        rail = not self.plan.wide[self.plan.edges[edge]]
        places: dict[str, tuple[float, float]] = {}
        if straight or self.plan.tracks[start] == self.plan.edges[edge]:
            places["stream"] = (way + 8, y1 + GAP / 2 + 5)
        elif not rail:
            places["stream"] = (way + 8, y2 - GAP / 2 + 5 if x2 == way else join - 6)
        words = []
        if "stream" in places:
            x, y = places["stream"]
            words.append(f'<text class="stream" x="{x}" y="{y}">{escape(stream_of(self.ops[start]))}</text>')
        if depth := self.fifos[end][port]:
            where = (way, (fork + join) / 2) if rail else (way - 36, places["stream"][1] - 4)
            words.append(_pill(*where, f"FIFO {depth:,}"))
        arrow = f'<path class="tip" d="M {x2} {y2} l -4 -7 h 8 z"/>'
        return f'<path class="edge" d="{_rounded(points)}"/>{arrow}{"".join(words)}'

    def _end(self, edge: Edge, name: str, leaving: bool) -> float:
        """Where at an op an edge begins or ends: the one in its own column in the middle, the others beside it."""
        at_op = [other for other in self.plan.edges if other[0 if leaving else 1] == name]
        home = self.plan.tracks[name]
        aside = [other for other in at_op if self.plan.edges[other] != home]
        aside.sort(key=lambda other: self.centres[self.plan.edges[other]])
        centre = self.centres[home]
        if edge not in aside or (len(at_op) == 1 and not leaving):
            return centre
        left = sum(self.centres[self.plan.edges[other]] < centre for other in aside)
        place = aside.index(edge) - left
        return centre + SPREAD * (place if place < 0 else place + 1)


def _fifos(op: Mapping, depths: Mapping[str, Sequence[int]]) -> Iterator[int]:
    """The beats of FIFO on the way from each stream that an op reads to its own block."""
    own = [block["name"] for block in op["blocks"]]
    if not own:
        yield from (0 for _ in op["inputs"])
    for block in op["blocks"]:
        for port, source in enumerate(block["inputs"]):
            if source not in own:
                yield _depth(depths, block["name"], port) + _onward(op, depths, block["name"])


def _onward(op: Mapping, depths: Mapping[str, Sequence[int]], name: str) -> int:
    for block in op["blocks"]:
        if name in block["inputs"]:
            return _depth(depths, block["name"], block["inputs"].index(name)) + _onward(op, depths, block["name"])
    return 0


def _depth(depths: Mapping[str, Sequence[int]], name: str, port: int) -> int:
    given = depths.get(name, ())
    return given[port] if port < len(given) else 0


def _pill(x: float, y: float, words: str) -> str:
    width = 7 * len(words) + 4
    return (
        f'<rect class="fifo" x="{x - width / 2:.1f}" y="{y - 9:.1f}" width="{width}" height="18" rx="4"/>'
        f'<text class="fifo" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{words}</text>'
    )


def _rounded(points: Sequence[tuple[float, float]]) -> str:
    """A line through points, upright and level by turns, with its corners rounded."""
    kept = [point for number, point in enumerate(points) if not number or point != points[number - 1]]
    bends = [
        kept[n]
        for n in range(1, len(kept) - 1)
        if not (kept[n - 1][0] == kept[n][0] == kept[n + 1][0] or kept[n - 1][1] == kept[n][1] == kept[n + 1][1])
    ]
    line = [kept[0], *bends, kept[-1]]
    words = [f"M {line[0][0]} {line[0][1]}"]
    for before, (x, y), after in zip(line, line[1:-1], line[2:], strict=False):
        words.append(f"L {_towards(x, before[0])} {_towards(y, before[1])}")
        words.append(f"Q {x} {y} {_towards(x, after[0])} {_towards(y, after[1])}")
    words.append(f"L {line[-1][0]} {line[-1][1]}")
    return " ".join(words)


def _towards(place: float, other: float) -> float:
    """A little way from one place to another, at most half of it."""
    step = min(ROUND, abs(other - place) / 2)
    return place + step if other > place else place - step if other < place else place


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}\N{HORIZONTAL ELLIPSIS}"

"""Writes the driver in C for a build: what is the same for all, and the sizes, names and weights of this one."""

from collections.abc import Iterable
from pathlib import Path
from string import Template

from binloom.boards.host.device import baud_of
from binloom.boards.host.layout import Layout
from binloom.boards.identity import model_hash
from binloom.compiler.build import Build
from binloom.compiler.errors import InputError
from binloom.hw.link.elements import bytes_of, frame_bytes
from binloom.hw.link.format import VERSION
from binloom.hw.link.image_store import block_bytes
from binloom.hw.stream import Map

HERE = Path(__file__).parent
SAME = ("binloom.h", "binloom.c", "example.c")
PIXELS = ((1, 8), (2, 16), (4, 32))  # bytes of an element up to which, and the bits of its type

HEADER = Template("""\
/* The board that carries $name: its sizes. Written by binloom from the build's manifest. */
#ifndef BINLOOM_MODEL_H
#define BINLOOM_MODEL_H

#include <stdint.h>

#define BINLOOM_NAME $text
#define BINLOOM_PROTOCOL $protocol
#define BINLOOM_SPEED B$baud /* of the line, as termios has it */

#define BINLOOM_HEIGHT $height
#define BINLOOM_WIDTH $width
#define BINLOOM_CHANNELS $channels
#define BINLOOM_ELEMENTS $elements
#define BINLOOM_LOGITS $logits
#define BINLOOM_CLASSES $classes

#define BINLOOM_IMAGE_BYTES $image_bytes
#define BINLOOM_IMAGE_BLOCK $image_block
#define BINLOOM_RESULT_BYTES $result_bytes
#define BINLOOM_LOAD_BYTES $load_bytes

typedef $pixel binloom_pixel; /* from $lo to $hi */

extern const uint8_t binloom_hash[32];
extern const uint8_t binloom_weights[];
extern const char *const binloom_names[BINLOOM_CLASSES]; /* null where the build has no names */

/* An image as it lies in memory to the bytes that travel. */
void binloom_pack(const binloom_pixel image[BINLOOM_ELEMENTS], uint8_t bytes[BINLOOM_IMAGE_BYTES]);

/* The class of a result, and the numbers that rank the classes. */
int binloom_class(const uint8_t result[BINLOOM_RESULT_BYTES], int64_t logits[BINLOOM_LOGITS]);

#endif
""")

SOURCE = Template("""\
/* What belongs to $name. Written by binloom from the build's manifest. */
#include "binloom_model.h"

const uint8_t binloom_hash[32] = {
$hash
};

const uint8_t binloom_weights[] = {
$weights
};

const char *const binloom_names[BINLOOM_CLASSES] = {$names};

void binloom_pack(const binloom_pixel image[BINLOOM_ELEMENTS], uint8_t bytes[BINLOOM_IMAGE_BYTES])
{
    for (int k = 0; k < BINLOOM_ELEMENTS; ++k)
        for (int byte = 0; byte < $size; ++byte) *bytes++ = (uint8_t)((uint32_t)image[k] >> 8 * byte);
}

static int64_t element(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int byte = 0; byte < $logit_size; ++byte) value |= (uint64_t)bytes[byte] << 8 * byte;
    $decode
}

int binloom_class(const uint8_t result[BINLOOM_RESULT_BYTES], int64_t logits[BINLOOM_LOGITS])
{
    int best = 0;
    for (int k = 0; k < BINLOOM_LOGITS; ++k) {
        logits[k] = element(result + $offset + k * $logit_size);
        if (logits[k] > logits[best]) best = k;
    }
    return BINLOOM_LOGITS == 1 ? logits[0] > 0 : best;
}
""")


def write(build: Build, out: Path) -> list[Path]:
    """The files of the driver in the folder `out`. InputError where the build ranks no classes."""
    layout = Layout(build)
    if not layout.logits:
        raise InputError(f"{build.dir} gives no logits", "compile it with --output logits or both")
    if bytes_of(layout.input) > PIXELS[-1][0]:
        raise InputError(f"{build.dir} takes numbers of more than 32 bits", "there is no driver in C for it")
    texts = {name: (HERE / name).read_text(encoding="utf-8") for name in SAME}
    texts["binloom_model.h"] = HEADER.substitute(_header(build, layout))
    texts["binloom_model.c"] = SOURCE.substitute(_source(build, layout))
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (out / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror})", "give another folder") from None
    return [out / name for name in texts]


def _header(build: Build, layout: Layout) -> dict:
    image, logits = layout.input, layout.outputs[layout.logits]
    bits = next(bits for size, bits in PIXELS if bytes_of(image) <= size)
    return {
        "name": build.name,
        "text": _text(build.name),
        "protocol": VERSION,
        "baud": baud_of(build.dir),
        "height": image.height,
        "width": image.width,
        "channels": image.channels,
        "elements": image.pixels * image.channels,
        "logits": logits.channels,
        "classes": max(2, logits.channels),
        "image_bytes": frame_bytes(image),
        "image_block": block_bytes(image),
        "result_bytes": sum(layout.sizes.values()),
        "load_bytes": 2 * len(build.load_image),
        "pixel": f"{'' if image.element.signed else 'u'}int{bits}_t",
        "lo": 0 if image.element.bit else image.element.lo,
        "hi": image.element.hi,
    }


def _source(build: Build, layout: Layout) -> dict:
    image, logits = layout.input, layout.outputs[layout.logits]
    offset = 0
    for name, size in layout.sizes.items():
        if name == layout.logits:
            break
        offset += size
    assert not any(map.permuted or map.planes > 1 for map in (image, logits)), "a port has the order of its channels"
    sign = 1 << (8 * bytes_of(logits) - 1)
    return {
        "name": build.name,
        "hash": _bytes(bytes.fromhex(model_hash(build.manifest))),
        "weights": _bytes(build.load_image.astype("<u2").tobytes() or b"\0"),
        "names": ", ".join(map(_text, layout.classes)) if layout.classes else "0",
        "size": bytes_of(image),
        "logit_size": bytes_of(logits),
        "offset": offset,
        "decode": _decode(logits, sign),
    }


def _decode(map: Map, sign: int) -> str:
    """How an element's bytes become its number."""
    if map.element.bit:
        return "return value ? 1 : -1;"
    if not map.stored_signed:
        return "return (int64_t)value;"
    return f"return (int64_t)(value ^ {sign:#x}u) - {sign:#x};"


def _text(text: str) -> str:
    """A string of C; what is not plain ASCII in octal."""
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return f'"{"".join(plain)}"'


def _bytes(data: bytes) -> str:
    return "\n".join(f"    {_list(data[at : at + 16])}" for at in range(0, len(data), 16))


def _list(some: Iterable[int]) -> str:
    return " ".join(f"{byte:#04x}," for byte in some)

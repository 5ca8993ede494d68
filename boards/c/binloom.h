/* A board that carries a network of binloom, for programs in C: images in, classes out. docs/link.md has the protocol.
 *
 * C99 and nothing else: the line is two functions of yours, so that it runs on a microcontroller as well. example.c has
 * them for a serial port of Linux. Sizes and names are those of one build: binloom_model.h.
 */
#ifndef BINLOOM_H
#define BINLOOM_H

#include <stddef.h>
#include <stdint.h>

#include "binloom_model.h"

enum {
    BINLOOM_OK = 0,
    BINLOOM_NO_ANSWER = -1,   /* nothing whole came back, however often it was asked */
    BINLOOM_GONE = -2,        /* write or read failed */
    BINLOOM_WRONG_MODEL = -3, /* the board carries another model, in other streams, or another protocol */
    BINLOOM_REFUSED = -4,     /* a request was refused that should not have been */
    BINLOOM_WEIGHTS = -5      /* the board does not keep its weights */
};

enum { BINLOOM_LONGEST = 265, BINLOOM_BLOCK = 256 };

typedef struct binloom {
    /* Yours. Both give -1 where the line is gone. `write` sends all of it; `read` gives how many bytes it has put into
     * `data`, at most `size`, as soon as there are any, and 0 after `milliseconds`. */
    int (*write)(void *context, const uint8_t *data, size_t size);
    int (*read)(void *context, uint8_t *data, size_t size, unsigned milliseconds);
    void *context;
    unsigned milliseconds; /* to wait for an answer before it is asked for again */
    unsigned tries;        /* waits in a row until nobody is there */
    /* The driver's own. */
    uint16_t number, image;
    uint8_t held[BINLOOM_LONGEST + 3]; /* what has come of a packet, still coded; then the packet itself */
    size_t filled;
    uint8_t bytes[64]; /* read and not looked at yet */
    int at, have;
} binloom;

/* Begins with a board: is it this model's, are its weights good. Call it again after the line was gone. */
int binloom_open(binloom *board);

/* One image as its bytes travel (binloom_pack makes them) to its result. */
int binloom_infer(binloom *board, const uint8_t image[BINLOOM_IMAGE_BYTES], uint8_t result[BINLOOM_RESULT_BYTES]);

/* Frames that the board holds itself through the network, as fast as it takes them: how many cycles they took. */
int binloom_benchmark(binloom *board, uint16_t frames, uint32_t *cycles);

#endif

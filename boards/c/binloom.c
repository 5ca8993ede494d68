#include "binloom.h"

#include <string.h>

enum { IDENTIFY = 1, IMAGE, RESULT, LOAD, CHECK, BENCHMARK, COUNTERS, RESET, REFUSED = 127, REPLY = 128 };
enum { BUSY = 4, NO_WEIGHTS = 5, NOISE = 6 }; /* codes of REFUSED */
enum { FILLING, WHOLE, DONE, UNKNOWN };       /* places of an image */
enum { BUILT_IN, MISSING, GOOD, BAD };        /* weights */
enum { HEAD = 3, TAIL = 4, TIMED_OUT = 0, DAMAGED = 1 };
enum {
    IMAGE_BLOCKS = (BINLOOM_IMAGE_BYTES + BINLOOM_IMAGE_BLOCK - 1) / BINLOOM_IMAGE_BLOCK,
    RESULT_BLOCKS = (BINLOOM_RESULT_BYTES + BINLOOM_BLOCK - 1) / BINLOOM_BLOCK,
    LOAD_BLOCKS = (BINLOOM_LOAD_BYTES + BINLOOM_BLOCK - 1) / BINLOOM_BLOCK
};

static uint32_t crc32(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    while (size--) {
        crc ^= *data++;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static uint32_t number_at(const uint8_t *data, int bytes)
{
    uint32_t value = 0;
    while (bytes--) value = value << 8 | data[bytes];
    return value;
}

/* A request in COBS, a zero on both sides. */
static int send(binloom *board, int kind, uint16_t seq, const uint8_t *body, size_t size)
{
    uint8_t plain[BINLOOM_LONGEST], coded[BINLOOM_LONGEST + 4] = {0};
    size_t length = HEAD + size, code = 1, end = 2;
    plain[0] = (uint8_t)kind, plain[1] = (uint8_t)seq, plain[2] = (uint8_t)(seq >> 8);
    if (size) memcpy(plain + HEAD, body, size);
    for (uint32_t crc = crc32(plain, length), i = 0; i < TAIL; ++i) plain[length++] = (uint8_t)(crc >> 8 * i);
    for (size_t i = 0; i < length; ++i) {
        if (plain[i]) coded[end++] = plain[i];
        if (!plain[i] || end - code == 255) coded[code] = (uint8_t)(end - code), code = end++;
    }
    coded[code] = (uint8_t)(end - code), coded[end++] = 0;
    return board->write(board->context, coded, end) < 0 ? BINLOOM_GONE : BINLOOM_OK;
}

/* What is held, out of COBS and checked: its length without the CRC, or 0 where it is no packet. */
static size_t decoded(binloom *board)
{
    uint8_t *data = board->held;
    size_t out = 0;
    for (size_t at = 0; at < board->filled;) {
        const size_t run = data[at++];
        if (at + run - 1 > board->filled) return 0;
        memmove(data + out, data + at, run - 1);
        out += run - 1, at += run - 1;
        if (run < 255 && at < board->filled) data[out++] = 0;
    }
    if (out < HEAD + TAIL || crc32(data, out - TAIL) != number_at(data + out - TAIL, TAIL)) return 0;
    return out - TAIL;
}

/* The length of the next packet, which is then in `held`; TIMED_OUT, DAMAGED (it may be asked for again at once), or GONE. */
static int receive(binloom *board)
{
    for (;;) {
        if (board->at == board->have) {
            board->have = board->read(board->context, board->bytes, sizeof board->bytes, board->milliseconds);
            board->at = 0;
            if (board->have < 0) return board->have = 0, BINLOOM_GONE;
            if (board->have == 0) return TIMED_OUT;
        }
        const uint8_t byte = board->bytes[board->at++];
        if (byte) {
            if (board->filled < sizeof board->held) board->held[board->filled++] = byte;
        } else if (board->filled) {
            const size_t size = board->filled == sizeof board->held ? 0 : decoded(board);
            board->filled = 0;
            if (!size || (board->held[0] == (REFUSED | REPLY) && size == HEAD + 2 && board->held[HEAD + 1] == NOISE))
                return DAMAGED;
            return (int)size;
        }
    }
}

/* Sends a request until it is answered; the body of the answer is then in `held` behind its head, and this is its length. */
static int ask(binloom *board, int kind, const uint8_t *body, size_t size)
{
    const uint16_t seq = ++board->number;
    for (unsigned waits = 0; waits < board->tries;) {
        if (send(board, kind, seq, body, size) < 0) return BINLOOM_GONE;
        for (;;) {
            const int got = receive(board);
            if (got < 0) return got;
            if (got == TIMED_OUT) ++waits;
            if (got == TIMED_OUT || got == DAMAGED) break;
            if (number_at(board->held + 1, 2) != seq) continue;
            if (board->held[0] == (kind | REPLY)) return got - HEAD;
            if (board->held[0] != (REFUSED | REPLY) || board->held[HEAD] != kind) continue;
            if (board->held[HEAD + 1] != BUSY) return BINLOOM_REFUSED;
            while (receive(board) > TIMED_OUT) {} /* frames run: a little later */
            ++waits;
            break;
        }
    }
    return BINLOOM_NO_ANSWER;
}

static int load(binloom *board)
{
    int got = ask(board, CHECK, NULL, 0), failed = 0, missing = got == BINLOOM_REFUSED;
    for (int32_t block = 0; got >= 0 || missing; block = (int32_t)number_at(board->held + HEAD + 1, 2), missing = 0) {
        const uint8_t state = missing ? MISSING : board->held[HEAD];
        if (state == BUILT_IN || state == GOOD) return BINLOOM_OK;
        if (block >= LOAD_BLOCKS || state == BAD) block = 0, ++failed;
        if (failed > 3) return BINLOOM_WEIGHTS;
        const int32_t start = block * BINLOOM_BLOCK, left = BINLOOM_LOAD_BYTES - start;
        const size_t size = (size_t)(left < BINLOOM_BLOCK ? left : BINLOOM_BLOCK);
        uint8_t body[2 + BINLOOM_BLOCK] = {(uint8_t)block, (uint8_t)(block >> 8)};
        memcpy(body + 2, binloom_weights + start, size);
        got = ask(board, LOAD, body, 2 + size);
    }
    return got;
}

int binloom_open(binloom *board)
{
    static const uint8_t wake[4] = {0}, images = 0, block = 0;
    board->filled = 0, board->at = board->have = 0;
    if (board->write(board->context, wake, sizeof wake) < 0) return BINLOOM_GONE;
    int got = ask(board, RESET, &images, 1);
    if (got >= 0) got = ask(board, IDENTIFY, &block, 1);
    if (got < 0) return got;
    const uint8_t *told = board->held + HEAD + 1;
    if (got < 1 + 56 || told[0] != BINLOOM_PROTOCOL || memcmp(told + 24, binloom_hash, sizeof binloom_hash) ||
        number_at(told + 2, 2) != BINLOOM_IMAGE_BLOCK || number_at(told + 4, 4) != BINLOOM_IMAGE_BYTES ||
        number_at(told + 8, 4) != BINLOOM_RESULT_BYTES || number_at(told + 12, 4) != BINLOOM_LOAD_BYTES)
        return BINLOOM_WRONG_MODEL;
    return BINLOOM_LOAD_BYTES ? load(board) : BINLOOM_OK;
}

int binloom_infer(binloom *board, const uint8_t image[BINLOOM_IMAGE_BYTES], uint8_t result[BINLOOM_RESULT_BYTES])
{
    const uint16_t seq = board->image++;
    uint8_t missing[(IMAGE_BLOCKS + 7) / 8], body[1 + BINLOOM_BLOCK];
    int there[RESULT_BLOCKS] = {0}, next = 0, resend = 1; /* `next` is the first block of the result that is not there */
    memset(missing, 0xFF, sizeof missing);
    for (unsigned waits = 0; waits < board->tries;) {
        for (int k = 0; resend && k < IMAGE_BLOCKS; ++k) {
            if (!(missing[k / 8] >> k % 8 & 1)) continue;
            const size_t start = (size_t)k * BINLOOM_IMAGE_BLOCK, left = BINLOOM_IMAGE_BYTES - start;
            const size_t size = left < BINLOOM_IMAGE_BLOCK ? left : BINLOOM_IMAGE_BLOCK;
            body[0] = (uint8_t)k;
            memcpy(body + 1, image + start, size);
            if (send(board, IMAGE, seq, body, 1 + size) < 0) return BINLOOM_GONE;
        }
        /* Answers to blocks tell what the board misses while others are on their way: only one to a question counts. */
        int got, asked = !resend;
        for (resend = 0; (got = receive(board)) > DAMAGED;) {
            const uint8_t kind = board->held[0], *told = board->held + HEAD;
            if (number_at(board->held + 1, 2) != seq) continue;
            if (kind == (RESULT | REPLY) && told[0] < RESULT_BLOCKS) {
                const size_t start = (size_t)told[0] * BINLOOM_BLOCK, size = (size_t)got - HEAD - 1;
                if (start + size > BINLOOM_RESULT_BYTES) return BINLOOM_WRONG_MODEL;
                memcpy(result + start, told + 1, size);
                there[told[0]] = 1, waits = 0;
                while (next < RESULT_BLOCKS && there[next]) ++next;
                if (next == RESULT_BLOCKS) return BINLOOM_OK;
            } else if (kind == (IMAGE | REPLY) && asked && told[0] != WHOLE) {
                resend = told[0] != DONE;
                if ((size_t)got == HEAD + 1 + sizeof missing) memcpy(missing, told + 1, sizeof missing);
                break;
            } else if (kind == (REFUSED | REPLY) && told[0] == IMAGE) {
                if (told[1] != BUSY && told[1] != NO_WEIGHTS) return BINLOOM_REFUSED;
                if (told[1] == NO_WEIGHTS && (got = load(board)) < 0) return got;
                break;
            }
        }
        if (got < 0) return got;
        if (got == TIMED_OUT) ++waits;
        body[0] = (uint8_t)next;
        if (!resend && send(board, RESULT, seq, body, 1) < 0) return BINLOOM_GONE;
    }
    return BINLOOM_NO_ANSWER;
}

int binloom_benchmark(binloom *board, uint16_t frames, uint32_t *cycles)
{
    const uint8_t body[2] = {(uint8_t)frames, (uint8_t)(frames >> 8)};
    int got = ask(board, BENCHMARK, body, sizeof body);
    const uint16_t seq = board->number;
    while (got >= 0 && board->held[HEAD] == 0) { /* it runs, and says so when it is done; asked again it tells where it is */
        if ((got = receive(board)) < 0) return got;
        if (got > DAMAGED && board->held[0] == (BENCHMARK | REPLY) && number_at(board->held + 1, 2) == seq) continue;
        board->number = (uint16_t)(seq - 1);
        got = ask(board, BENCHMARK, body, sizeof body);
    }
    if (got >= 0) *cycles = number_at(board->held + HEAD + 3, 4);
    return got < 0 ? got : BINLOOM_OK;
}

/* Classifies images on a board:  example /dev/ttyUSB0 < images
 *
 * The input holds images one after the other, as they lie in memory: rows of pixels, all channels of a pixel together.
 */
#define _DEFAULT_SOURCE /* for B1000000 and the like */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "binloom.h"

static int port;

static int put(void *context, const uint8_t *data, size_t size)
{
    (void)context;
    while (size) {
        const ssize_t some = write(port, data, size);
        if (some <= 0) return -1;
        data += some, size -= (size_t)some;
    }
    return 0;
}

static int get(void *context, uint8_t *data, size_t size, unsigned milliseconds)
{
    struct pollfd waits = {port, POLLIN, 0};
    (void)context;
    if (poll(&waits, 1, (int)milliseconds) == 0) return 0;
    const ssize_t some = read(port, data, size);
    return some > 0 ? (int)some : -1;
}

static int open_port(const char *path)
{
    struct termios line;
    port = open(path, O_RDWR | O_NOCTTY);
    if (port < 0 || tcgetattr(port, &line)) return -1;
    line.c_iflag = line.c_oflag = line.c_lflag = 0;
    line.c_cflag = CS8 | CREAD | CLOCAL;
    line.c_cc[VMIN] = 1, line.c_cc[VTIME] = 0;
    cfsetispeed(&line, BINLOOM_SPEED), cfsetospeed(&line, BINLOOM_SPEED);
    return tcsetattr(port, TCSAFLUSH, &line);
}

int main(int count, char **arguments)
{
    static binloom_pixel image[BINLOOM_ELEMENTS];
    static uint8_t bytes[BINLOOM_IMAGE_BYTES], result[BINLOOM_RESULT_BYTES];
    static int64_t logits[BINLOOM_LOGITS];
    binloom board = {.write = put, .read = get, .milliseconds = 1000, .tries = 10};
    int error;
    if (count != 2 || open_port(arguments[1])) return fprintf(stderr, "usage: example PORT < images\n"), 2;
    if ((error = binloom_open(&board))) return fprintf(stderr, "no board of this model: error %d\n", error), 1;
    while (fread(image, sizeof image, 1, stdin)) {
        binloom_pack(image, bytes);
        if ((error = binloom_infer(&board, bytes, result))) return fprintf(stderr, "error %d\n", error), 1;
        const int found = binloom_class(result, logits);
        printf("%d", found);
        for (int k = 0; k < BINLOOM_LOGITS; ++k) printf(" %lld", (long long)logits[k]);
        printf("%s%s\n", binloom_names[found] ? " " : "", binloom_names[found] ? binloom_names[found] : "");
    }
    return 0;
}

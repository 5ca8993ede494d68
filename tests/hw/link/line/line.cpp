// Bytes from stdin into a link, each a little-endian uint16: below 256 a byte, else 256 cycles of rest for each 256.
// What comes back goes to stdout; on stderr the cycles, how often a byte had to wait, and the two lamps at the end.
#include "line.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
    VerilatedContext context;
    auto line = make_line(context);
    const int gap = argc > 1 ? std::atoi(argv[1]) : 10;
    const int take = argc > 2 ? std::atoi(argv[2]) : 1;
    uint64_t cycles = 0, waits = 0;
    std::vector<uint8_t> heard;
    auto tick = [&] {
        *line->out_ready = cycles % take == 0;
        *line->clk = 0;
        line->eval();
        if (*line->out_valid && *line->out_ready) heard.push_back(*line->out);
        *line->clk = 1;
        line->eval();
        ++cycles;
    };
    *line->in_valid = 0;
    *line->rst = 1;
    tick();
    tick();
    *line->rst = 0;
    unsigned char two[2];
    while (std::fread(two, 1, 2, stdin) == 2) {
        const unsigned told = two[0] | two[1] << 8;
        if (told >= 256) {
            for (unsigned n = 0; n < (told & 0xff00u); ++n) tick();
            continue;
        }
        *line->in = told;
        *line->in_valid = 1;
        *line->clk = 0;
        line->eval();
        while (!*line->in_ready) {
            ++waits;
            tick();
            *line->clk = 0;
            line->eval();
            if (waits > 1000000) return 3;
        }
        tick();
        *line->in_valid = 0;
        for (int n = 1; n < gap; ++n) tick();
    }
    std::fwrite(heard.data(), 1, heard.size(), stdout);
    std::fprintf(stderr, "%llu %llu %d %d\n", (unsigned long long)cycles, (unsigned long long)waits, *line->ready,
                 *line->trouble);
    return 0;
}

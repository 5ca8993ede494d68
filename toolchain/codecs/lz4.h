// The two functions of LZ4 that Verilator's FST writer calls, so that waves need no library that a bare machine lacks.
// An LZ4 block may consist of one run of literals, and that is all we write: valid for every reader, compressed by none.
#pragma once
#include <cstring>

static inline int LZ4_compressBound(int size) { return size + size / 255 + 16; }

static inline int LZ4_compress_default(const char* source, char* target, int size, int capacity) {
    if (capacity < LZ4_compressBound(size)) return 0;
    char* out = target;
    // The token's upper half is the number of literals, 15 meaning that bytes follow which add to it, up to one below 255.
    if (size < 15) {
        *out++ = static_cast<char>(size << 4);
    } else {
        *out++ = static_cast<char>(0xF0);
        int rest = size - 15;
        for (; rest >= 255; rest -= 255) *out++ = static_cast<char>(255);
        *out++ = static_cast<char>(rest);
    }
    std::memcpy(out, source, size);
    return static_cast<int>(out + size - target);
}

// A board's SPI flash, asleep at first, as an FPGA that has started leaves it: read in mode 0, from an address on.
#pragma once

#include <cstdint>
#include <fstream>
#include <ios>
#include <vector>

class Flash {
public:
    // Words of 16 bits in hexadecimal, the low byte of each first, lie from `at` on; all else is erased.
    Flash(const char* words, uint32_t at) : at(at) {
        std::ifstream file(words);
        for (unsigned word; file >> std::hex >> word;) {
            bytes.push_back(word & 0xFF);
            bytes.push_back(word >> 8);
        }
    }

    bool empty() const { return bytes.empty(); }

    // One cycle of the board's clock: what it drives, and the bit that it reads in the next.
    uint8_t step(bool cs_n, bool sck, bool copi) {
        if (cs_n) {
            if (taken >= 8 && command == WAKE) awake = true;
            taken = 0;
        } else if (sck && !before) {
            if (taken < 8) command = command << 1 | copi;
            else if (taken < 32) address = (address << 1 | copi) & 0xFFFFFF;
            ++taken;
        } else if (!sck && before && taken >= 32 && awake && command == READ) {
            const uint32_t place = address + (taken - 32) / 8 - at;
            given = (place < bytes.size() ? bytes[place] : ERASED) >> (7 - taken % 8) & 1;
        }
        before = sck;
        return given;
    }

private:
    static constexpr uint8_t WAKE = 0xAB, READ = 0x03, ERASED = 0xFF;
    std::vector<uint8_t> bytes;
    uint32_t at, address = 0, taken = 0;
    uint8_t command = 0, given = 1;
    bool awake = false, before = false;
};

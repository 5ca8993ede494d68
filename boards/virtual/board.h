// What is known of a board's design: its clock, and its serial line as two wires, its SPI bus as four, or two streams of bytes. The generated
// glue fills one in; what a design has not got stays null.
#pragma once

#include <cstdint>
#include <memory>

#include "verilated.h"

struct Stream {
    CData *payload = nullptr, *valid = nullptr, *ready = nullptr;
};

struct Board {
    CData* clock = nullptr;
    CData* reset = nullptr;
    CData *rx = nullptr, *tx = nullptr;  // the wires of a whole board, so many cycles a bit
    uint32_t divisor = 0;
    CData *spi_sck = nullptr, *spi_cs = nullptr, *spi_copi = nullptr, *spi_cipo = nullptr;  // its bus, where it has one
    Stream in, out;  // what is behind its UART
    CData *flash_sck = nullptr, *flash_cs = nullptr, *flash_copi = nullptr, *flash_cipo = nullptr;  // where it reads one

    virtual ~Board() = default;
    virtual void eval() = 0;
};

std::unique_ptr<Board> make_board(VerilatedContext& context);

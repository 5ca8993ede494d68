// The wires of a verilated link, by whatever name.
#pragma once
#include <cstdint>
#include <memory>
#include "verilated.h"

struct Line {
    uint8_t *clk = nullptr, *rst = nullptr;
    uint8_t *in = nullptr, *in_valid = nullptr, *in_ready = nullptr;
    uint8_t *out = nullptr, *out_valid = nullptr, *out_ready = nullptr;
    uint8_t *ready = nullptr, *trouble = nullptr;
    virtual void eval() = 0;
    virtual ~Line() = default;
};

std::unique_ptr<Line> make_line(VerilatedContext&);

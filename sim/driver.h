// What the driver knows of a design: its streams, its clock, its reset. The generated glue fills one in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#endif

struct Stream {
    std::string name;
    int bits;           // of the payload
    void* payload;      // little-endian, in as many bytes as Verilator's type for `bits` has
    CData* valid;
    CData* ready;
    CData* last;        // null where the port has none
};

struct Design {
    CData* clock = nullptr;
    CData* reset = nullptr;
    bool reset_active = true;
    std::vector<Stream> inputs, outputs;

    virtual ~Design() = default;
    virtual void eval() = 0;
#if VM_TRACE_FST
    virtual void trace(VerilatedFstC& wave) = 0;
#endif
};

std::unique_ptr<Design> make_design(VerilatedContext& context);

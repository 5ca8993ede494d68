// The block RAM of an ECP5, behind the pins of DP16KD and PDPW16KD: 512 rows of 36 bits, two ports of their own width and clock.
//
// Address, 14 bits: ad[13:5] is the row. Below it stands the place in the row, as far as the width leaves one: a word of 18 bits
// begins at bit 18 * ad[4], one of 9 at 9 * ad[4:3], and in a word of 9 the narrower ones reach bits 0 to 7 only: one of 4 begins
// at 4 * ad[2], one of 2 at 2 * ad[2:1], one of 1 at ad[2:0]. Words of 18 and 36 bits are written by bytes of 9; their enables
// come in on the address pins that such words do not need, ad[1:0] and ad[3:0].
//
// WIDTH_A = 36 joins both ports: A writes {di_b, di_a} and nothing else, B only reads, and a word of 36 bits is {do_b, do_a}.
//
// A port takes part in a clock edge when ce is high and cs equals SELECT. While it writes, its output keeps its value (NORMAL),
// takes the word as it was (READBEFOREWRITE) or as it becomes (WRITETHROUGH). rst clears the outputs, whatever ce and cs are; a
// synchronous one also keeps the port from writing. OUTREG is one more register behind the output, with oce as its enable.
//
// Two ports that meet in the same bits, at least one of them writing, are promised nothing. Such bits read here as the complement
// of what the other port writes, and become the complement of what port B writes where both do, so that a netlist that counts on
// an outcome does not pass. Two clocks meet where one rises while the other is high.
module BINLOOM_ECP5_BLOCK_RAM #(
    parameter WIDTH_A = 18, WIDTH_B = 18,
    parameter REGISTER_A = "NOREG", REGISTER_B = "NOREG",
    parameter WRITE_A = "NORMAL", WRITE_B = "NORMAL",
    parameter RESET = "SYNC", RELEASE = "SYNC",
    parameter [2:0] SELECT_A = 0, SELECT_B = 0,
    parameter [20479:0] CONTENT = 0  // words of 18 bits, two unused bits after each
) (
    input clk_a, ce_a, oce_a, we_a, rst_a,
    input clk_b, ce_b, oce_b, we_b, rst_b,
    input [2:0] cs_a, cs_b,
    input [13:0] ad_a, ad_b,
    input [17:0] di_a, di_b,
    output [17:0] do_a, do_b
);
    localparam WIDE = WIDTH_A == 36;

    generate
        if (WIDTH_A != 1 && WIDTH_A != 2 && WIDTH_A != 4 && WIDTH_A != 9 && WIDTH_A != 18 && WIDTH_A != 36)
            $error("an ECP5 block RAM is 1, 2, 4, 9, 18 or 36 bits wide, not %0d", WIDTH_A);
        if (WIDTH_B != 1 && WIDTH_B != 2 && WIDTH_B != 4 && WIDTH_B != 9 && WIDTH_B != 18 && !(WIDE && WIDTH_B == 36))
            $error("port B of an ECP5 block RAM is 1, 2, 4, 9 or 18 bits wide, or 36 beside a port A of 36, not %0d", WIDTH_B);
        if (RESET != RELEASE) $error("RESETMODE and ASYNC_RESET_RELEASE must be the same in this model");
    endgenerate

    // The first bit of a word in its row.
    function [5:0] place(input integer width, input [4:0] ad);
        case (width)
            36: place = 0;
            18: place = 18 * ad[4];
            9: place = 9 * ad[4:3];
            4: place = 9 * ad[4:3] + 4 * ad[2];
            2: place = 9 * ad[4:3] + 2 * ad[2:1];
            default: place = 9 * ad[4:3] + ad[2:0];
        endcase
    endfunction

    // The bits of its row that a word has.
    function [35:0] bits(input integer width, input [4:0] ad);
        bits = ((36'd1 << width) - 36'd1) << place(width, ad);
    endfunction

    // The bits of its row that a port writes.
    function [35:0] enabled(input integer width, input [4:0] ad);
        case (width)
            36: enabled = {{9{ad[3]}}, {9{ad[2]}}, {9{ad[1]}}, {9{ad[0]}}};
            18: enabled = {18'd0, {9{ad[1]}}, {9{ad[0]}}} << place(width, ad);
            default: enabled = bits(width, ad);
        endcase
    endfunction

    reg [35:0] rows[0:511];
    integer i;
    initial for (i = 0; i < 512; i = i + 1) rows[i] = {CONTENT[40*i+20 +: 18], CONTENT[40*i +: 18]};

    wire hold = RESET == "SYNC";  // a reset that also keeps from writing
    wire on_a = ce_a && cs_a == SELECT_A, on_b = ce_b && cs_b == SELECT_B;
    wire write_a = on_a && (WIDE || we_a) && !(hold && rst_a), write_b = !WIDE && on_b && we_b && !(hold && rst_b);
    wire [35:0] mask_a = write_a ? enabled(WIDTH_A, ad_a[4:0]) : 36'd0;
    wire [35:0] mask_b = write_b ? enabled(WIDTH_B, ad_b[4:0]) : 36'd0;
    wire [35:0] new_a = WIDE ? {di_b, di_a} : {18'd0, di_a} << place(WIDTH_A, ad_a[4:0]);
    wire [35:0] new_b = {18'd0, di_b} << place(WIDTH_B, ad_b[4:0]);

    wire [35:0] met_a = ad_a[13:5] == ad_b[13:5] ? mask_b : 36'd0;  // what the other port writes in a port's row
    wire [35:0] met_b = ad_a[13:5] == ad_b[13:5] ? mask_a : 36'd0;

    // Bit by bit, because both ports may write other bits of one row at once.
    integer j, k;
    always @(posedge clk_a)
        for (j = 0; j < 36; j = j + 1) if (mask_a[j] && !(clk_b && met_a[j])) rows[ad_a[13:5]][j] <= new_a[j];
    always @(posedge clk_b)
        for (k = 0; k < 36; k = k + 1) if (mask_b[k]) rows[ad_b[13:5]][k] <= new_b[k] ^ (clk_a && met_b[k]);

    wire [35:0] row_a = rows[ad_a[13:5]], row_b = rows[ad_b[13:5]];
    wire [35:0] word_a, word_b;
    BINLOOM_ECP5_BLOCK_RAM_PORT #(WIDE ? "NORMAL" : WRITE_A, REGISTER_A, RESET) port_a (
        clk_a, on_a, we_a, oce_a, rst_a, row_a, (row_a & ~mask_a) | (new_a & mask_a),
        bits(WIDTH_A, ad_a[4:0]), place(WIDTH_A, ad_a[4:0]), clk_b, met_a, ~new_b, word_a
    );
    BINLOOM_ECP5_BLOCK_RAM_PORT #(WIDE ? "NORMAL" : WRITE_B, REGISTER_B, RESET) port_b (
        clk_b, on_b, !WIDE && we_b, oce_b, rst_b, row_b, (row_b & ~mask_b) | (new_b & mask_b),
        bits(WIDTH_B, ad_b[4:0]), place(WIDTH_B, ad_b[4:0]), clk_a, met_b, ~new_a, word_b
    );
    assign do_a = WIDE ? word_b[17:0] : word_a[17:0];
    assign do_b = WIDTH_B == 36 ? word_b[35:18] : word_b[17:0];
endmodule


// A port's output: the latch of the RAM and the register behind it.
module BINLOOM_ECP5_BLOCK_RAM_PORT #(
    parameter WRITE = "NORMAL", REGISTER = "NOREG", RESET = "SYNC"
) (
    input clk, on, we, oce, rst,
    input [35:0] held, left,  // the addressed row, as it is and as this port leaves it
    input [35:0] bits,  // of the word in that row, the first of them at `place`
    input [5:0] place,
    input other,  // the other port's clock, what that port writes in this row, and what it then reads as here
    input [35:0] met, garbage,
    output [35:0] word
);
    generate
        if (WRITE != "NORMAL" && WRITE != "READBEFOREWRITE" && WRITE != "WRITETHROUGH") $error("no WRITEMODE %s", WRITE);
        if (REGISTER != "NOREG" && REGISTER != "OUTREG") $error("no REGMODE %s", REGISTER);
        if (RESET != "SYNC" && RESET != "ASYNC") $error("no RESETMODE %s", RESET);
    endgenerate

    reg [35:0] latch = 0, kept = 0, row;
    wire clear = RESET == "ASYNC" && rst;
    always @(posedge clk or posedge clear)
        if (clear) {latch, kept} <= 0;
        else if (rst) {latch, kept} <= 0;
        else begin
            if (on && (!we || WRITE != "NORMAL")) begin
                row = we && WRITE == "WRITETHROUGH" ? left : held;
                if (other) row = (row & ~met) | (garbage & met);
                latch <= (row & bits) >> place;
            end
            if (oce) kept <= latch;
        end
    assign word = REGISTER == "OUTREG" ? kept : latch;
endmodule

// Two bits of an ECP5's carry chain: a LUT of four inputs each, and the carry that its lower half makes.

module CCU2C (input CIN, A0, B0, C0, D0, A1, B1, C1, D1, output S0, S1, COUT);
    parameter [15:0] INIT0 = 0, INIT1 = 0;
    parameter INJECT1_0 = "YES", INJECT1_1 = "YES";
    wire lut0 = INIT0[{D0, C0, B0, A0}];
    wire lut1 = INIT1[{D1, C1, B1, A1}];
    wire in0 = INJECT1_0 == "YES" ? 1'b0 : CIN;
    wire carry0 = lut0 ? CIN : INJECT1_0 != "YES" && INIT0[{2'b00, B0, A0}];
    wire in1 = INJECT1_1 == "YES" ? 1'b0 : carry0;
    assign S0 = lut0 ^ in0;
    assign S1 = lut1 ^ in1;
    assign COUT = lut1 ? carry0 : INJECT1_1 != "YES" && INIT1[{2'b00, B1, A1}];
endmodule

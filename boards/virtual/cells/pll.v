// PLLs, of which a simulation needs only that there is a clock: what comes in goes out, and is steady. The board's clock is
// then as fast as the simulation is.

module EHXPLLL (
    input CLKI, CLKFB, RST, STDBY, PHASESEL0, PHASESEL1, PHASEDIR, PHASESTEP, PHASELOADREG, PLLWAKESYNC, ENCLKOP,
    output CLKOP, LOCK
);
    parameter PLLRST_ENA = "", INTFB_WAKE = "", STDBY_ENABLE = "", DPHASE_SOURCE = "", FEEDBK_PATH = "";
    parameter OUTDIVIDER_MUXA = "", OUTDIVIDER_MUXB = "", OUTDIVIDER_MUXC = "", OUTDIVIDER_MUXD = "", CLKOP_ENABLE = "";
    parameter CLKI_DIV = 1, CLKFB_DIV = 1, CLKOP_DIV = 1, CLKOP_CPHASE = 0, CLKOP_FPHASE = 0;
    assign CLKOP = CLKI;
    assign LOCK = 1;
endmodule

module SB_PLL40_PAD (input PACKAGEPIN, RESETB, BYPASS, output PLLOUTGLOBAL, LOCK);
    parameter FEEDBACK_PATH = "", DIVR = 0, DIVF = 0, DIVQ = 0, FILTER_RANGE = 0;
    assign PLLOUTGLOBAL = PACKAGEPIN;
    assign LOCK = 1;
endmodule

module SB_PLL40_CORE (input REFERENCECLK, RESETB, BYPASS, output PLLOUTGLOBAL, LOCK);
    parameter FEEDBACK_PATH = "", DIVR = 0, DIVF = 0, DIVQ = 0, FILTER_RANGE = 0;
    assign PLLOUTGLOBAL = REFERENCECLK;
    assign LOCK = 1;
endmodule

module rPLL (
    input CLKIN, CLKFB, RESET, RESET_P,
    input [5:0] FBDSEL, IDSEL, ODSEL,
    input [3:0] PSDA, DUTYDA, FDLY,
    output CLKOUT, LOCK
);
    parameter FCLKIN = "", IDIV_SEL = 0, FBDIV_SEL = 0, ODIV_SEL = 0;
    assign CLKOUT = CLKIN;
    assign LOCK = 1;
endmodule

// MULT18X18D: P = A * B, each operand signed or not, behind and before registers that may be there or not.
//
// A register is there when its REG_..._CLK names a clock; its CE and RST are chosen by name too. SIGNEDA and SIGNEDB keep their
// operand company through the input registers. SOURCEA and SOURCEB take an operand from the shift chain, whose next link and the
// ALU see what the input registers hold. The uses that are not modelled end elaboration.
module MULT18X18D (
    input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    input CLK3, CLK2, CLK1, CLK0, CE3, CE2, CE1, CE0, RST3, RST2, RST1, RST0,
    input SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7, SRIA6, SRIA5, SRIA4,
          SRIA3, SRIA2, SRIA1, SRIA0,
    input SRIB17, SRIB16, SRIB15, SRIB14, SRIB13, SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7, SRIB6, SRIB5, SRIB4,
          SRIB3, SRIB2, SRIB1, SRIB0,
    output SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7, SROA6, SROA5, SROA4,
          SROA3, SROA2, SROA1, SROA0,
    output SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7, SROB6, SROB5, SROB4,
          SROB3, SROB2, SROB1, SROB0,
    output ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5, ROA4, ROA3, ROA2,
          ROA1, ROA0,
    output ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5, ROB4, ROB3, ROB2,
          ROB1, ROB0,
    output ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5, ROC4, ROC3, ROC2,
          ROC1, ROC0,
    output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
          P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0,
    output SIGNEDP
);
    parameter REG_INPUTA_CLK = "NONE", REG_INPUTA_CE = "CE0", REG_INPUTA_RST = "RST0";
    parameter REG_INPUTB_CLK = "NONE", REG_INPUTB_CE = "CE0", REG_INPUTB_RST = "RST0";
    parameter REG_INPUTC_CLK = "NONE", REG_INPUTC_CE = "CE0", REG_INPUTC_RST = "RST0";
    parameter REG_PIPELINE_CLK = "NONE", REG_PIPELINE_CE = "CE0", REG_PIPELINE_RST = "RST0";
    parameter REG_OUTPUT_CLK = "NONE", REG_OUTPUT_CE = "CE0", REG_OUTPUT_RST = "RST0";
    parameter CLK0_DIV = "ENABLED", CLK1_DIV = "ENABLED", CLK2_DIV = "ENABLED", CLK3_DIV = "ENABLED";
    parameter HIGHSPEED_CLK = "NONE", CAS_MATCH_REG = "FALSE", SOURCEB_MODE = "B_SHIFT", MULT_BYPASS = "DISABLED";
    parameter RESETMODE = "SYNC", GSR = "ENABLED";

    generate
        if (HIGHSPEED_CLK != "NONE") $error("MULT18X18D: HIGHSPEED_CLK is not modelled");
        if (CAS_MATCH_REG != "FALSE") $error("MULT18X18D: CAS_MATCH_REG is not modelled");
        if (SOURCEB_MODE != "B_SHIFT") $error("MULT18X18D: of SOURCEB_MODE only B_SHIFT is modelled");
        if (MULT_BYPASS != "DISABLED") $error("MULT18X18D: MULT_BYPASS is not modelled");
        if (CLK0_DIV != "ENABLED" || CLK1_DIV != "ENABLED" || CLK2_DIV != "ENABLED" || CLK3_DIV != "ENABLED")
            $error("MULT18X18D: of CLKn_DIV only ENABLED is modelled");
    endgenerate

    wire [3:0] clk = {CLK3, CLK2, CLK1, CLK0}, ce = {CE3, CE2, CE1, CE0}, rst = {RST3, RST2, RST1, RST0};
    wire [17:0] a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
    wire [17:0] b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
    wire [17:0] c = {C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0};
    wire [17:0] chain_a = {SRIA17, SRIA16, SRIA15, SRIA14, SRIA13, SRIA12, SRIA11, SRIA10, SRIA9, SRIA8, SRIA7, SRIA6,
                           SRIA5, SRIA4, SRIA3, SRIA2, SRIA1, SRIA0};
    wire [17:0] chain_b = {SRIB17, SRIB16, SRIB15, SRIB14, SRIB13, SRIB12, SRIB11, SRIB10, SRIB9, SRIB8, SRIB7, SRIB6,
                           SRIB5, SRIB4, SRIB3, SRIB2, SRIB1, SRIB0};

    wire sign_a, sign_b;
    wire [17:0] in_a, in_b, in_c;
    BINLOOM_ECP5_MULT_REGISTER #(19, REG_INPUTA_CLK, REG_INPUTA_CE, REG_INPUTA_RST, RESETMODE)
        input_a (clk, ce, rst, {SIGNEDA, SOURCEA ? chain_a : a}, {sign_a, in_a});
    BINLOOM_ECP5_MULT_REGISTER #(19, REG_INPUTB_CLK, REG_INPUTB_CE, REG_INPUTB_RST, RESETMODE)
        input_b (clk, ce, rst, {SIGNEDB, SOURCEB ? chain_b : b}, {sign_b, in_b});
    BINLOOM_ECP5_MULT_REGISTER #(18, REG_INPUTC_CLK, REG_INPUTC_CE, REG_INPUTC_RST, RESETMODE)
        input_c (clk, ce, rst, c, in_c);

    wire signed [18:0] factor_a = {sign_a & in_a[17], in_a}, factor_b = {sign_b & in_b[17], in_b};
    wire signed [37:0] product = factor_a * factor_b;
    wire [36:0] middle, last;
    BINLOOM_ECP5_MULT_REGISTER #(37, REG_PIPELINE_CLK, REG_PIPELINE_CE, REG_PIPELINE_RST, RESETMODE)
        pipeline (clk, ce, rst, {sign_a | sign_b, product[35:0]}, middle);
    BINLOOM_ECP5_MULT_REGISTER #(37, REG_OUTPUT_CLK, REG_OUTPUT_CE, REG_OUTPUT_RST, RESETMODE)
        result (clk, ce, rst, middle, last);

    assign {SIGNEDP, P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
            P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = last;
    assign {ROA17, ROA16, ROA15, ROA14, ROA13, ROA12, ROA11, ROA10, ROA9, ROA8, ROA7, ROA6, ROA5, ROA4, ROA3, ROA2,
            ROA1, ROA0} = in_a;
    assign {ROB17, ROB16, ROB15, ROB14, ROB13, ROB12, ROB11, ROB10, ROB9, ROB8, ROB7, ROB6, ROB5, ROB4, ROB3, ROB2,
            ROB1, ROB0} = in_b;
    assign {ROC17, ROC16, ROC15, ROC14, ROC13, ROC12, ROC11, ROC10, ROC9, ROC8, ROC7, ROC6, ROC5, ROC4, ROC3, ROC2,
            ROC1, ROC0} = in_c;
    assign {SROA17, SROA16, SROA15, SROA14, SROA13, SROA12, SROA11, SROA10, SROA9, SROA8, SROA7, SROA6, SROA5, SROA4,
            SROA3, SROA2, SROA1, SROA0} = in_a;
    assign {SROB17, SROB16, SROB15, SROB14, SROB13, SROB12, SROB11, SROB10, SROB9, SROB8, SROB7, SROB6, SROB5, SROB4,
            SROB3, SROB2, SROB1, SROB0} = in_b;
endmodule


// One of its registers, or a wire where CLK is "NONE".
module BINLOOM_ECP5_MULT_REGISTER #(
    parameter WIDTH = 18, CLK = "NONE", CE = "CE0", RST = "RST0", RESETMODE = "SYNC"
) (
    input [3:0] clk, ce, rst,
    input [WIDTH-1:0] d,
    output [WIDTH-1:0] q
);
    generate
        if (CLK == "NONE") assign q = d;
        else begin
            localparam CLOCK = CLK == "CLK0" ? 0 : CLK == "CLK1" ? 1 : CLK == "CLK2" ? 2 : 3;
            localparam ENABLE = CE == "CE0" ? 0 : CE == "CE1" ? 1 : CE == "CE2" ? 2 : 3;
            localparam CLEAR = RST == "RST0" ? 0 : RST == "RST1" ? 1 : RST == "RST2" ? 2 : 3;
            reg [WIDTH-1:0] kept = 0;
            wire clear = RESETMODE == "ASYNC" && rst[CLEAR];
            always @(posedge clk[CLOCK] or posedge clear)
                if (clear) kept <= 0;
                else if (rst[CLEAR]) kept <= 0;
                else if (ce[ENABLE]) kept <= d;
            assign q = kept;
        end
    endgenerate
endmodule

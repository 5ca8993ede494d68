// Outputs that are let go, on a wire that is pulled up.

module OBZ (input I, T, output O);
    assign O = I | T;
endmodule

module SB_IO (output PACKAGE_PIN, input D_OUT_0, OUTPUT_ENABLE);
    parameter [5:0] PIN_TYPE = 0;
    assign PACKAGE_PIN = D_OUT_0 | ~OUTPUT_ENABLE;
endmodule

module TBUF (input I, OEN, output O);
    assign O = I | OEN;
endmodule

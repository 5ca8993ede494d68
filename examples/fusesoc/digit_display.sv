// A digit on a display of seven segments: pixels come in as an AXI4-Stream, the class of each frame stays lit.
module digit_display (
    input  logic       clk,
    input  logic       rst_n,
    input  logic [7:0] s_axis_tdata,
    input  logic       s_axis_tvalid,
    output logic       s_axis_tready,
    input  logic       s_axis_tlast,
    output logic [6:0] segments,  // g to a, 1 is lit
    output logic       fresh      // high for a cycle with each new digit
);
  logic [7:0] digit;
  logic digit_valid, digit_last;

  digits_axi network (
      .aclk(clk),
      .aresetn(rst_n),
      .s_axis_tdata(s_axis_tdata),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tlast(s_axis_tlast),
      .m_axis_tdata(digit),
      .m_axis_tvalid(digit_valid),
      .m_axis_tready(1'b1),
      .m_axis_tlast(digit_last)
  );

  always_ff @(posedge clk) begin
    fresh <= digit_valid && digit_last && rst_n;
    if (!rst_n) segments <= 7'b0000000;
    else if (digit_valid)
      case (digit)
        0: segments <= 7'b0111111;
        1: segments <= 7'b0000110;
        2: segments <= 7'b1011011;
        3: segments <= 7'b1001111;
        4: segments <= 7'b1100110;
        5: segments <= 7'b1101101;
        6: segments <= 7'b1111101;
        7: segments <= 7'b0000111;
        8: segments <= 7'b1111111;
        9: segments <= 7'b1101111;
        default: segments <= 7'b1000000;
      endcase
  end
endmodule

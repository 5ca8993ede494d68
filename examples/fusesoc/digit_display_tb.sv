// The frames of the network's own vectors, and what the display shows of each. +vectors=FOLDER says where they are.
`timescale 1ns / 1ps

module digit_display_tb;
  localparam int Pixels = 28 * 28, Frames = 4;
  localparam logic [6:0] Shown[10] = '{'h3F, 'h06, 'h5B, 'h4F, 'h66, 'h6D, 'h7D, 'h07, 'h7F, 'h6F};
  logic clk = 0, rst_n = 0, tready, fresh;
  logic [6:0] segments;
  logic [7:0] pixels[Frames*Pixels];
  logic [3:0] digits[Frames];
  int at = 0, frame = 0;
  string vectors;

  always #5 clk = !clk;

  digit_display dut (
      .clk(clk),
      .rst_n(rst_n),
      .s_axis_tdata(pixels[at%(Frames*Pixels)]),
      .s_axis_tvalid(rst_n && at < Frames * Pixels),
      .s_axis_tready(tready),
      .s_axis_tlast(at % Pixels == Pixels - 1),
      .segments(segments),
      .fresh(fresh)
  );

  initial begin
    if (!$value$plusargs("vectors=%s", vectors)) vectors = "vectors";
    $readmemh({vectors, "/pixels.hex"}, pixels);
    $readmemh({vectors, "/dense_output_class.hex"}, digits);
    repeat (3) @(posedge clk);
    rst_n <= 1;
    repeat (200_000) @(posedge clk);
    $fatal(1, "FAIL: only %0d digits came", frame);
  end

  always @(posedge clk) begin
    if (rst_n && tready && at < Frames * Pixels) at <= at + 1;
    if (fresh) begin
      if (segments !== Shown[digits[frame]])
        $fatal(1, "FAIL: frame %0d shows %b, and is a %0d", frame, segments, digits[frame]);
      frame <= frame + 1;
      if (frame == Frames - 1) begin
        $display("PASS: %0d digits", Frames);
        $finish;
      end
    end
  end
endmodule

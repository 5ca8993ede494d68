"""Wires that nothing reads go, and with them what is said of them."""

from binloom.compiler.emit.tidy import tidy


def test_the_attribute_of_a_dropped_wire_goes_with_it() -> None:
    text = """
module top(x, y);
  input x;
  wire x;
  output y;
  wire y;
  (* init = 4'h0 *)
  wire [3:0] unread;
  (* init = 1'h0 *)
  reg kept = 1'h0;
  (* keep *)
  (* init = 4'h0 *)
  wire [3:0] last;
  assign unread = x;
  assign last = x;
  assign y = kept;
endmodule
"""
    told = tidy(text, "top", ["x", "y"], set())
    assert "unread" not in told
    assert "last" not in told
    assert told.count("(*") == 1
    assert "(* init = 1'h0 *)\n  reg kept" in told


def test_tidy_drops_what_nothing_reads() -> None:
    text = """/* a generator's name */

module \\top.inner (a, b);
  input a;
  wire a;
  output b;
  wire b;
  wire [3:0] \\c[0] ;
  wire d;
  wire e;
  wire kept;
  assign b = a;
  assign d = a;
  assign e = d;
  assign kept = a;
  assign \\c[0]  = e;
endmodule

module top(x);
  input x;
  wire x;
  wire y;
  \\top.inner  inner (
    .a(x),
    .b(y)
  );
endmodule
"""
    assert (
        tidy(text, "top", ["x"], {"kept"})
        == """module top_inner (a, b);
  input a;
  wire a;
  output b;
  wire b;
  wire kept;
  assign b = a;
  assign kept = a;
endmodule

module top (x);
  input x;
  wire x;
  wire y;
  top_inner  inner (
    .a(x),
    .b(y)
  );
endmodule
"""
    )

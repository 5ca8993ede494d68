"""What can be built for: FPGA families and devices, boards, and how their tools are called."""

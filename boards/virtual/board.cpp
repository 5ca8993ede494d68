// A board behind a pseudo-terminal: each cycle of its clock is simulated, however long that takes.
//
// Arguments, for a board that reads its flash: a file of words in hexadecimal, and their address. The first line of the output is the terminal's path; it is opened like any serial port, closed and
// opened again at will, which the board does not notice, and its baud rate does not matter. Runs until standard input ends.

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>

#include "board.h"
#include "flash.h"

namespace {

using Clock = std::chrono::steady_clock;
using Bytes = std::deque<uint8_t>;

constexpr int SLICE = 256;             // cycles between two looks at the terminal
constexpr size_t AHEAD = 4096;         // bytes that are taken from it before the board wants them
constexpr int FASTEST = 40;            // cycles of a byte on the fastest line: ten bits of four
constexpr double TIRED = 20e6;         // cycles without a byte after which half of the time is slept
constexpr std::chrono::milliseconds NAP(1), LONGEST(100);

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

// The board's end of the terminal.
class Terminal {
public:
    Terminal() : master(posix_openpt(O_RDWR | O_NOCTTY)) {
        if (master < 0 || grantpt(master) || unlockpt(master)) fail("no pseudo-terminal");
        const char* const path = ptsname(master);
        const int other = path ? open(path, O_RDWR | O_NOCTTY) : -1;
        termios raw{};
        if (other < 0 || tcgetattr(other, &raw)) fail("no pseudo-terminal");
        cfmakeraw(&raw);
        if (tcsetattr(other, TCSANOW, &raw) || close(other)) fail("no pseudo-terminal");
        if (fcntl(master, F_SETFL, O_NONBLOCK)) fail("no pseudo-terminal");
        std::printf("%s\n", path);
        std::fflush(stdout);
    }

    // Takes what was sent and gives what is to be read. What comes while nobody has the terminal open is lost.
    void exchange(Bytes& in, Bytes& out) {
        uint8_t buffer[AHEAD];
        if (in.size() < AHEAD) {
            const ssize_t got = read(master, buffer, sizeof buffer);
            open_ = got >= 0 || errno != EIO;
            if (got > 0) in.insert(in.end(), buffer, buffer + got);
        }
        if (!open_) out.clear();
        while (!out.empty()) {
            const size_t some = std::min(out.size(), sizeof buffer);
            std::copy_n(out.begin(), some, buffer);
            const ssize_t put = write(master, buffer, some);
            if (put <= 0) return;
            out.erase(out.begin(), out.begin() + put);
        }
    }

    // Sleeps, until something is sent at the longest. Ends the program when standard input has ended.
    void sleep(Clock::duration time) {
        pollfd events[] = {{STDIN_FILENO, POLLIN, 0}, {open_ ? master : -1, POLLIN, 0}};
        const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
        if (poll(events, 2, static_cast<int>(count)) > 0 && events[0].revents) std::exit(0);
    }

private:
    int master;
    bool open_ = false;
};

// The other end of the two wires, as a USB adapter has it.
class Wires {
public:
    explicit Wires(Board& board) : board(board) { *board.rx = 1; }

    void drive(Bytes& in) {
        if (send_timer) {
            --send_timer;
            return;
        }
        if (!send_left) {
            if (in.empty()) return;
            word = 1u << 9 | in.front() << 1;  // a start bit of 0, the byte, a stop bit of 1
            in.pop_front();
            send_left = 10;
        }
        *board.rx = word & 1;
        word >>= 1;
        --send_left;
        send_timer = board.divisor - 1;
    }
    bool sample(Bytes&, Bytes& out) {
        if (take_timer) {
            --take_timer;
            return true;
        }
        if (!take_left) {
            if (*board.tx) return send_left || send_timer;
            take_left = 9;
            take_timer = board.divisor + board.divisor / 2 - 1;  // the middle of the first bit
            return true;
        }
        taken = taken >> 1 | *board.tx << 8;
        take_timer = --take_left ? board.divisor - 1 : 0;
        if (!take_left && taken >> 8) out.push_back(taken & 0xFF);
        return true;
    }

private:
    Board& board;
    uint32_t word = 0, send_left = 0, send_timer = 0;
    uint32_t taken = 0, take_left = 0, take_timer = 0;
};

// The master of an SPI bus, as a microcontroller is one: it selects the board for a few bytes at a time, as fast as the
// board bears it, and sends zeros where it has nothing to say.
class Bus {
public:
    explicit Bus(Board& board) : board(board) { *board.spi_cs = 1; }

    void drive(Bytes& in) {
        if (timer) {
            --timer;
            return;
        }
        timer = HALF - 1;
        const int bit = (step - 1) / 2 % 8;
        if (step == 0) {
            *board.spi_cs = 0;
        } else if (step > 16 * SELECTION) {
            *board.spi_sck = 0;
            *board.spi_cs = step > 16 * SELECTION + 1;
        } else if (step % 2) {
            if (bit == 0) {
                sent = in.empty() ? 0 : in.front();
                if (!in.empty()) in.pop_front();
            }
            *board.spi_sck = 0;
            *board.spi_copi = sent >> (7 - bit) & 1;
        } else {
            *board.spi_sck = 1;
            taken = taken << 1 | *board.spi_cipo;
            whole = bit == 7;
        }
        step = step == 16 * SELECTION + 2 ? 0 : step + 1;
    }
    bool sample(Bytes&, Bytes& out) {
        if (!whole) return false;
        whole = false;
        if (taken || last) out.push_back(taken);  // of zeros in a row one says as much
        last = taken;
        return sent || taken;
    }

private:
    static constexpr int HALF = 4;       // cycles of a level of sck
    static constexpr int SELECTION = 5;  // bytes: packets and answers lie across them
    Board& board;
    int step = 0, timer = 0;
    uint8_t sent = 0, taken = 0, last = 0;
    bool whole = false;
};

// The streams behind the UART, each way a byte in as many cycles as the fastest line has for one.
class Streams {
public:
    explicit Streams(Board& board) : board(board) {}

    void drive(Bytes& in) {
        *board.in.valid = !in_rest && !in.empty();
        if (*board.in.valid) *board.in.payload = in.front();
        *board.out.ready = !out_rest;
    }
    bool sample(Bytes& in, Bytes& out) {
        in_rest -= in_rest > 0;
        out_rest -= out_rest > 0;
        const bool took = *board.in.valid && *board.in.ready, gave = *board.out.valid && *board.out.ready;
        if (took) in.pop_front(), in_rest = FASTEST - 1;
        if (gave) out.push_back(*board.out.payload), out_rest = FASTEST - 1;
        return took || gave;
    }

private:
    Board& board;
    int in_rest = 0, out_rest = 0;
};

template <class Line> [[noreturn]] void run(Board& board, Flash* flash) {
    Line line(board);
    Terminal terminal;
    Bytes in, out;
    double quiet = 0;  // cycles since a byte moved
    Clock::duration owed{};
    for (;;) {
        const auto start = Clock::now();
        for (int cycle = 0; cycle < SLICE; ++cycle) {
            line.drive(in);
            *board.clock = 0;
            board.eval();
            quiet = line.sample(in, out) ? 0 : quiet + 1;
            *board.clock = 1;
            board.eval();
            if (flash) *board.flash_cipo = flash->step(*board.flash_cs, *board.flash_sck, *board.flash_copi);
        }
        terminal.exchange(in, out);
        if (!quiet) owed = {};
        // The longer nothing moves, the more of the time is slept: the network may still be at work, on a benchmark.
        owed += std::chrono::duration_cast<Clock::duration>((Clock::now() - start) * std::min(quiet / TIRED, 1e3));
        if (owed < NAP) continue;
        terminal.sleep(std::min<Clock::duration>(owed, LONGEST));
        owed = {};
    }
}

}  // namespace

int main(int argc, char** argv) {
    VerilatedContext context;
    const std::unique_ptr<Board> board = make_board(context);
    if (board->reset) {
        *board->reset = 1;
        for (int half = 0; half < 8; ++half) *board->clock = half & 1, board->eval();
        *board->reset = 0;
    }
    std::unique_ptr<Flash> flash;
    if (board->flash_sck && argc == 3) {
        flash = std::make_unique<Flash>(argv[1], std::strtoul(argv[2], nullptr, 10));
        if (flash->empty()) fail(argv[1]);
    }
    if (board->rx) run<Wires>(*board, flash.get());
    if (board->spi_sck) run<Bus>(*board, flash.get());
    run<Streams>(*board, flash.get());
}

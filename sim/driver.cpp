// Runs a design of streams: beats from files in, beats to files out, random stalls, and a watch over the protocol.
//
// The only argument is a job file, one setting a line:
//   stall SHARE | seed NUMBER | limit CYCLES | idle CYCLES | wave FILE
//   input PORT BEATS_PER_FRAME BEATS_FILE STAMPS_FILE
//   load PORT BEATS_PER_LOAD BEATS_FILE STAMPS_FILE
//   output PORT BEATS_PER_FRAME COUNT BEATS_FILE STAMPS_FILE
//   tap NODE BITS FIRST COUNT FILE
//   watch NODE BEATS_PER_FRAME FILE INPUT...
// A beat is stored in as few bytes as hold its payload, little-endian. A stamp is the number, as uint64, of the cycle in
// which a beat passed: of each frame's first beat on inputs, of its last beat on outputs. The first cycle is 1: that after
// reset, or, where there is a load, after its last beat. Until then nothing else is offered or taken.
// A watch writes three uint64 a frame of its node's stream: the cycles of its first and its last beat, and in how many cycles
// from the start to the latter the node waited, for a beat of an INPUT stream or for a reader of its own.
// Exit status: 0 fine, 2 a bad job, 3 stuck, 4 a broken protocol; the reason is the last line of the output.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "driver.h"
#include "verilated_syms.h"

namespace {

constexpr int BAD_JOB = 2, STUCK = 3, BROKEN = 4;
constexpr int RESET_CYCLES = 2;

[[noreturn]] void leave(int status, const std::string& reason) {
    std::printf("%s\n", reason.c_str());
    std::fflush(stdout);
    std::_Exit(status);
}

class File {
public:
    explicit File(const std::string& path) : file(std::fopen(path.c_str(), "wb")) {
        if (!file) leave(BAD_JOB, "cannot write " + path);
    }
    void put(const void* data, size_t size) {
        if (std::fwrite(data, 1, size, file) != size) leave(BAD_JOB, "cannot write: is the disk full?");
    }
    void put(uint64_t value) { put(&value, sizeof value); }
    void close() {
        if (std::fclose(file)) leave(BAD_JOB, "cannot write: is the disk full?");
    }

private:
    std::FILE* file;
};

// splitmix64 by Sebastiano Vigna, who gave it to the public domain: small, good enough for stalls, and the same on
// every machine. Seeded by way of FNV-1a's prime (Fowler, Noll and Vo, public domain as well).
class Dice {
public:
    Dice(uint64_t seed, const std::string& name, double share) : state(seed), bound(share * 4294967296.0) {
        for (char letter : name) state = (state ^ static_cast<unsigned char>(letter)) * 0x100000001B3u;
    }
    bool stall() { return bound && (next() >> 32) < bound; }

private:
    uint64_t next() {
        uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    uint64_t state, bound;
};

struct Source {
    Stream port;
    uint64_t frame;
    std::vector<char> beats;
    File stamps;
    Dice dice;
    size_t bytes, place = 0;
    uint64_t index = 0;
    bool offering = false;

    bool done() const { return place == beats.size(); }

    void drive() {
        if (!offering && place < beats.size() && !dice.stall()) {
            std::memcpy(port.payload, beats.data() + place, bytes);
            if (port.last) *port.last = index % frame == frame - 1;
            offering = true;
        }
        *port.valid = offering;
    }
    bool sample(uint64_t cycle) {
        if (!offering || !*port.ready) return false;
        if (index++ % frame == 0) stamps.put(cycle);
        place += bytes;
        offering = false;
        return true;
    }
};

struct Sink {
    Stream port;
    uint64_t frame, count;
    File beats, stamps;
    Dice dice;
    size_t bytes;
    uint64_t index = 0;
    bool waiting = false;  // a beat was offered and we were not ready
    std::vector<char> offered;

    void drive() { *port.ready = index < count && !dice.stall(); }
    bool sample(uint64_t cycle) {
        if (waiting && (!*port.valid || std::memcmp(offered.data(), port.payload, bytes)))
            leave(BROKEN, port.name + ": valid or payload changed before the beat was accepted, cycle " + std::to_string(cycle));
        waiting = *port.valid && !*port.ready;
        if (waiting) std::memcpy(offered.data(), port.payload, bytes);
        if (!*port.valid || !*port.ready) return false;
        const bool ends = index % frame == frame - 1;
        if (port.last && *port.last != ends)
            leave(BROKEN, port.name + ": last is " + std::to_string(*port.last) + " on beat " + std::to_string(index) +
                              " of frames of " + std::to_string(frame) + " beats, cycle " + std::to_string(cycle));
        beats.put(port.payload, bytes);
        if (ends) stamps.put(cycle);
        ++index;
        return true;
    }
};

// The wires by which a stream inside the design is seen to move.
struct Wires {
    const CData *valid, *ready;
};

// A stream inside the design, found by its name; of the beats that pass, COUNT are written down, from number FIRST on.
struct Tap {
    std::string name;
    const void* payload;
    Wires wires;
    size_t bytes;
    uint64_t first, count;
    File beats;
    uint64_t index = 0;

    void sample() {
        if (!*wires.valid || !*wires.ready) return;
        if (index >= first && index - first < count) beats.put(payload, bytes);
        ++index;
    }
};

struct Watch {
    Wires own;
    std::vector<Wires> inputs;
    uint64_t frame;
    File stamps;
    uint64_t index = 0, first = 0, waited = 0;

    void sample(uint64_t cycle) {
        bool waits = *own.valid && !*own.ready;
        // Where streams meet, none is taken before all are there: a missing one is waited for, ready or not.
        for (const Wires& input : inputs) waits |= !*input.valid && (*input.ready || inputs.size() > 1);
        waited += waits;
        if (!*own.valid || !*own.ready) return;
        if (index % frame == 0) first = cycle;
        if (++index % frame == 0) stamps.put(first), stamps.put(cycle), stamps.put(waited);
    }
};

const VerilatedVar& variable(VerilatedContext& context, const std::string& name) {
    for (const auto& [path, scope] : *context.scopeNameMap())
        if (const VerilatedVar* const var = scope->varFind(name.c_str())) return *var;
    leave(BAD_JOB, "no visible signal " + name);
}

size_t bytes_of(int bits) { return (bits + 7) / 8; }

std::vector<char> content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) leave(BAD_JOB, "cannot read " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const Stream& port(const std::vector<Stream>& streams, const std::string& name) {
    for (const Stream& stream : streams)
        if (stream.name == name) return stream;
    leave(BAD_JOB, "no port " + name);
}

class Runner {
public:
    Runner(VerilatedContext& context, Design& design, const char* job) : context(context), design(design) {
        std::ifstream file(job);
        if (!file) leave(BAD_JOB, std::string("cannot read ") + job);
        for (std::string line; std::getline(file, line);) read(line);
    }

    void run() {
        open_wave();
        for (Stream& stream : design.inputs) *stream.valid = 0;
        for (Stream& stream : design.outputs) *stream.ready = 0;
        *design.reset = design.reset_active;
        for (int i = 0; i < RESET_CYCLES; ++i) tick();
        *design.reset = !design.reset_active;
        for (Source& load : loads) {
            for (cycle = 1, last_moved = 0; !load.done(); ++cycle) {
                load.drive();
                settle();
                const bool moved = load.sample(cycle);
                rise();
                keep_moving(moved);
            }
            *load.port.valid = 0;
        }
        for (cycle = 1, last_moved = 0; pending(); ++cycle) {
            for (Source& source : sources) source.drive();
            for (Sink& sink : sinks) sink.drive();
            settle();
            bool moved = false;
            for (Source& source : sources) moved |= source.sample(cycle);
            for (Sink& sink : sinks) moved |= sink.sample(cycle);
            for (Tap& tap : taps) tap.sample();
            for (Watch& watch : watches) watch.sample(cycle);
            rise();
            keep_moving(moved);
            if ((cycle & 0x3FFF) == 0) progress();
        }
        for (Source& load : loads) load.stamps.close();
        for (Source& source : sources) source.stamps.close();
        for (Sink& sink : sinks) sink.beats.close(), sink.stamps.close();
        for (Tap& tap : taps) tap.beats.close();
        for (Watch& watch : watches) watch.stamps.close();
        close_wave();
        std::printf("done cycles %llu\n", static_cast<unsigned long long>(cycle - 1));
    }

private:
    void read(const std::string& line) {
        std::istringstream words(line);
        std::string what, name, beats, stamps;
        uint64_t frame = 0, count = 0;
        int bits = 0;
        words >> what;
        if (what == "stall") {
            words >> share;
        } else if (what == "seed") {
            words >> seed;
        } else if (what == "limit") {
            words >> limit;
        } else if (what == "idle") {
            words >> idle;
        } else if (what == "wave") {
            words >> wave_file;
        } else if (what == "input" || what == "load") {
            words >> name >> frame >> beats >> stamps;
            const Stream& stream = port(design.inputs, name);
            auto& list = what == "load" ? loads : sources;
            list.push_back({stream, frame, content(beats), File(stamps), Dice(seed, "source " + name, share),
                            bytes_of(stream.bits)});
        } else if (what == "output") {
            words >> name >> frame >> count >> beats >> stamps;
            const Stream& stream = port(design.outputs, name);
            const size_t bytes = bytes_of(stream.bits);
            sinks.push_back({stream, frame, count, File(beats), File(stamps), Dice(seed, "sink " + name, share), bytes});
            sinks.back().offered.resize(bytes);
        } else if (what == "tap") {
            std::string scope;
            words >> name >> bits >> frame >> count >> beats;
            taps.push_back({name, variable(context, name + "_payload").datap(), wires(name), bytes_of(bits), frame, count,
                            File(beats)});
        } else if (what == "watch") {
            words >> name >> frame >> beats;
            watches.push_back({wires(name), {}, frame, File(beats)});
            for (std::string input; words >> input;) watches.back().inputs.push_back(wires(input));
            if (frame) return;
        } else {
            leave(BAD_JOB, "not a setting: " + line);
        }
        if (!words) leave(BAD_JOB, "incomplete: " + line);
    }

    Wires wires(const std::string& name) const {
        const auto wire = [&](const char* end) { return static_cast<const CData*>(variable(context, name + end).datap()); };
        return {wire("_valid"), wire("_ready")};
    }

    bool pending() const {
        for (const Sink& sink : sinks)
            if (sink.index < sink.count) return true;
        return false;
    }

    void settle() {
        *design.clock = 0;
        design.eval();
        dump();
    }
    void rise() {
        *design.clock = 1;
        design.eval();
        dump();
    }
    void tick() {
        settle();
        rise();
    }

    void keep_moving(bool moved) {
        if (moved) last_moved = cycle;
        if ((limit && cycle > limit) || (idle && cycle - last_moved > idle)) stuck();
    }

    void stuck() {
        std::string reason = "stuck after " + std::to_string(cycle) + " cycles: beats accepted";
        for (const Source& load : loads)
            if (!load.done()) reason += ", " + load.port.name + ' ' + of(load.index, load.beats.size() / load.bytes);
        for (const Source& source : sources)
            reason += ", " + source.port.name + ' ' + of(source.index, source.beats.size() / source.bytes);
        reason += "; delivered";
        for (const Sink& sink : sinks) reason += ", " + sink.port.name + ' ' + of(sink.index, sink.count);
        if (!taps.empty()) reason += "; inside";
        for (const Tap& tap : taps) reason += ", " + tap.name + ' ' + std::to_string(tap.index);
        close_wave();
        leave(STUCK, reason);
    }
    static std::string of(uint64_t some, uint64_t all) { return std::to_string(some) + " of " + std::to_string(all); }

    void progress() {
        const auto now = std::chrono::steady_clock::now();
        if (now - told < std::chrono::milliseconds(250) || sinks.empty()) return;
        told = now;
        std::printf("frames %llu\n", static_cast<unsigned long long>(sinks[0].index / sinks[0].frame));
        std::fflush(stdout);
    }

#if VM_TRACE_FST
    void open_wave() {
        if (wave_file.empty()) return;
        context.traceEverOn(true);
        wave = std::make_unique<VerilatedFstC>();
        design.trace(*wave);
        wave->open(wave_file.c_str());
    }
    void dump() {
        if (wave) wave->dump(time += 5);
    }
    void close_wave() {
        if (wave) wave->close();
    }
    std::unique_ptr<VerilatedFstC> wave;
    uint64_t time = 0;
#else
    void open_wave() {
        if (!wave_file.empty()) leave(BAD_JOB, "this simulator was built without waves");
    }
    void dump() {}
    void close_wave() {}
#endif

    VerilatedContext& context;
    Design& design;
    std::vector<Source> loads, sources;
    std::vector<Sink> sinks;
    std::vector<Tap> taps;
    std::vector<Watch> watches;
    std::string wave_file;
    double share = 0;
    uint64_t seed = 0, limit = 0, idle = 0, cycle = 0, last_moved = 0;
    std::chrono::steady_clock::time_point told = std::chrono::steady_clock::now();
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) leave(BAD_JOB, "the only argument is a job file");
    VerilatedContext context;
    const std::unique_ptr<Design> design = make_design(context);
    Runner(context, *design, argv[1]).run();
    return 0;
}

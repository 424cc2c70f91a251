// Sessions in files. Little-endian: "DLGOSESS", u32 version, u32 cache type, u64 position, u64 length of the fingerprint, the fingerprint,
// int32 tokens[position], then for each state its bytes (see state_bytes), windowed caches from the oldest entry that is still known, then
// u64 FNV-1a hash of all that.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "core/base/error.h"
#include "core/base/mmap.h"
#include "models/llm/session.h"

namespace dlgo {

namespace {

constexpr char kMagic[8] = {'D', 'L', 'G', 'O', 'S', 'E', 'S', 'S'};
constexpr uint32_t kVersion = 1;

struct Header {
    char magic[8];
    uint32_t version, cache_type;
    uint64_t position, fingerprint_bytes;
};
static_assert(sizeof(Header) == 32);

// http://www.isthe.com/chongo/tech/comp/fnv/, eight bytes at a time
class Hash {
public:
    // Independent of how the bytes are divided among calls.
    void add(const void* data, size_t n) noexcept {
        const auto* p = static_cast<const uint8_t*>(data);
        for (; n > 0 && filled_ > 0; ++p, --n) add_byte(*p);
        for (; n >= 8; p += 8, n -= 8) {
            uint64_t word;
            std::memcpy(&word, p, 8);
            mix(word);
        }
        for (; n > 0; ++p, --n) add_byte(*p);
    }
    uint64_t value() const noexcept {
        Hash whole = *this;
        if (filled_ > 0) whole.mix(word_);
        return whole.value_;
    }

private:
    void mix(uint64_t x) noexcept {
        value_ = (value_ ^ x) * 0x100000001b3;
        value_ ^= value_ >> 32;
    }
    void add_byte(uint8_t byte) noexcept {
        word_ |= static_cast<uint64_t>(byte) << 8 * filled_;
        if (++filled_ < 8) return;
        mix(word_);
        word_ = filled_ = 0;
    }
    uint64_t value_ = 0xcbf29ce484222325, word_ = 0, filled_ = 0;
};

// Written beside the target and then renamed, so that a failure leaves an older file as it was.
class Writer {
public:
    explicit Writer(const std::string& path) : path_(path), temporary_(path + ".part"), file_(std::fopen(temporary_.c_str(), "wb")) {
        if (!file_) fail_io();
    }
    ~Writer() {
        if (!file_) return;
        std::fclose(file_);
        std::remove(temporary_.c_str());
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void put(const void* data, size_t n) {
        if (n > 0 && std::fwrite(data, 1, n, file_) != n) fail_io();
        hash_.add(data, n);
    }
    void finish() {
        const uint64_t hash = hash_.value();
        if (std::fwrite(&hash, sizeof hash, 1, file_) != 1) fail_io();
        const int closed = std::fclose(file_);
        file_ = nullptr;
        if (closed != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
            const int error = errno;
            std::remove(temporary_.c_str());
            errno = error;
            fail_io();
        }
    }

private:
    [[noreturn]] void fail_io() const { fail(DLGO_ERROR_IO, "%s: cannot write: %s", path_.c_str(), std::strerror(errno)); }
    std::string path_, temporary_;
    std::FILE* file_;
    Hash hash_;
};

}  // namespace

// The architecture, names, types and shapes of the tensors, and the first bytes of each.
std::string Session::fingerprint() const {
    Hash hash;
    const std::string_view architecture = model_->file().get_string("general.architecture");
    hash.add(architecture.data(), architecture.size());
    for (const GgufTensor& t : model_->file().tensors()) {
        hash.add(t.name.data(), t.name.size());
        hash.add(t.dims, sizeof t.dims);
        hash.add(&t.type, sizeof t.type);
        hash.add(t.data, std::min<uint64_t>(t.bytes, 64));
    }
    return strf("%016llx", static_cast<unsigned long long>(hash.value()));
}

std::vector<Session::StateRange> Session::saved_states(size_t position) const {
    std::vector<StateRange> out;
    const auto& states = executor_->plan().states;
    for (size_t i = 0; i < states.size() && position > 0; ++i) {
        StateRange range{static_cast<uint16_t>(i), 0, static_cast<uint32_t>(position), 0};
        if (states[i].kind == StateKind::Kv && states[i].window > 0 && position > states[i].window) {
            range.begin = static_cast<uint32_t>(position - states[i].window);
        }
        range.bytes = state_bytes(states[i], executor_->spec().cache_type, range.begin, range.end);
        out.push_back(range);
    }
    return out;
}

void Session::save(const std::string& path) {
    if (lost_) fail(DLGO_ERROR_DEVICE, "the device failed or was lost; the session's state is gone");
    Writer file(path);
    const std::string print = fingerprint();
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof kMagic);
    header.version = kVersion;
    header.cache_type = static_cast<uint32_t>(executor_->spec().cache_type);
    header.position = tokens_.size();
    header.fingerprint_bytes = print.size();
    file.put(&header, sizeof header);
    file.put(print.data(), print.size());
    file.put(tokens_.data(), tokens_.size() * sizeof(int32_t));
    std::vector<std::byte> bytes;
    for (const StateRange& range : saved_states(tokens_.size())) {
        bytes.resize(range.bytes);
        check(executor_->read_state(range.state, first_entry(range), range.end, bytes.data()));
        file.put(bytes.data(), bytes.size());
    }
    file.finish();
}

uint32_t Session::first_entry(const StateRange& range) const noexcept {
    const bool recurrent = executor_->plan().states[range.state].kind == StateKind::Recurrent;
    return recurrent ? slot_at(tokens_.size()) : range.begin;
}

void Session::restore(const std::string& path) {
    const FileBytes file = FileBytes::read(path);
    const auto broken = [&](const char* what) { fail(DLGO_ERROR_FORMAT, "%s: %s", path.c_str(), what); };
    Header header;
    if (file.size() < sizeof header + sizeof(uint64_t)) broken("too short for a session");
    std::memcpy(&header, file.data(), sizeof header);
    if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) broken("not a session of dlgo");
    if (header.version != kVersion) fail(DLGO_ERROR_UNSUPPORTED, "%s: version %u of the format, this library knows 1", path.c_str(), header.version);
    Hash hash;
    hash.add(file.data(), file.size() - sizeof(uint64_t));
    uint64_t expected;
    std::memcpy(&expected, file.data() + file.size() - sizeof expected, sizeof expected);
    if (hash.value() != expected) broken("damaged: its checksum is wrong");

    const std::string print = fingerprint();
    const uint8_t* p = file.data() + sizeof header;
    const auto left = [&] { return static_cast<uint64_t>(file.data() + file.size() - sizeof(uint64_t) - p); };
    if (header.fingerprint_bytes != print.size() || left() < print.size() || std::memcmp(p, print.data(), print.size()) != 0) {
        broken("a session of another model");
    }
    p += print.size();
    if (header.cache_type != static_cast<uint32_t>(executor_->spec().cache_type)) broken("a session with another kv_type");
    if (header.position > n_ctx()) {
        fail(DLGO_ERROR_CONTEXT_FULL, "%s: %llu tokens do not fit into a context of %u", path.c_str(),
             static_cast<unsigned long long>(header.position), n_ctx());
    }
    const size_t position = header.position;
    const std::vector<StateRange> ranges = saved_states(position);
    uint64_t bytes = position * sizeof(int32_t);
    for (const StateRange& range : ranges) bytes += range.bytes;
    if (left() != bytes) broken("of the wrong length");
    std::vector<int32_t> tokens(position);
    std::memcpy(tokens.data(), p, position * sizeof(int32_t));
    const auto n_vocab = static_cast<int32_t>(executor_->plan().n_vocab);
    if (std::any_of(tokens.begin(), tokens.end(), [&](int32_t t) { return t < 0 || t >= n_vocab; })) broken("tokens out of range");
    p += position * sizeof(int32_t);

    forget_after(0);
    for (const StateRange& range : ranges) {
        const bool recurrent = executor_->plan().states[range.state].kind == StateKind::Recurrent;
        check(executor_->write_state(range.state, recurrent ? 0 : range.begin, range.end, p));
        p += range.bytes;
    }
    tokens_ = std::move(tokens);
    position_ = position;
    high_water_ = position;
    ring_floor_ = position;
    if (recurrent_ && position > 0) checkpoints_.push_back({position, 0, true});
}

}  // namespace dlgo

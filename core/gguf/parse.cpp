#include "core/gguf/parse.h"

#include <algorithm>
#include <bit>
#include <cinttypes>
#include <limits>
#include <unordered_set>

#include "core/gguf/reader.h"

namespace dlgo {

namespace {

constexpr uint32_t kMagic = 0x46554747;     // "GGUF"
constexpr uint64_t kMaxKeyBytes = 65535;    // the specification's limits
constexpr uint64_t kMaxNameBytes = 64;
constexpr uint64_t kMinEntryBytes = 8 + 1 + 4 + 1;      // of a key with a value
constexpr uint64_t kMinTensorBytes = 8 + 1 + 4 + 4 + 8;  // of an entry in the tensor list
// Elements of all arrays together. Vocabularies have some 10^6; a corrupt count cannot make the widened copies of
// a large file's bytes fill the memory.
constexpr uint64_t kMaxElements = uint64_t{1} << 26;

// Bytes of a number in the file; 0 for strings and arrays.
uint64_t kind_bytes(GgufKind kind) noexcept {
    switch (kind) {
        case GgufKind::U8: case GgufKind::I8: case GgufKind::Bool: return 1;
        case GgufKind::U16: case GgufKind::I16: return 2;
        case GgufKind::U32: case GgufKind::I32: case GgufKind::F32: return 4;
        case GgufKind::U64: case GgufKind::I64: case GgufKind::F64: return 8;
        case GgufKind::String: case GgufKind::Array: break;
    }
    return 0;
}

GgufKind read_kind(GgufReader& in, const char* what) {
    const auto kind = in.number<uint32_t>(what);
    if (kind > static_cast<uint32_t>(GgufKind::F64)) in.violation(strf("%s: expected 0 to 12, found %u", what, kind));
    return static_cast<GgufKind>(kind);
}

bool read_bool(GgufReader& in) {
    const auto byte = in.number<uint8_t>("value");
    if (byte > 1) in.violation(strf("expected a bool, 0 or 1, found %u", byte));
    return byte == 1;
}

// Calls f with a function that reads the next number of this kind, widened.
template <class F>
auto with_number(GgufReader& in, GgufKind kind, F f) {
    switch (kind) {
        case GgufKind::U8: return f([&] { return uint64_t{in.number<uint8_t>("value")}; });
        case GgufKind::U16: return f([&] { return uint64_t{in.number<uint16_t>("value")}; });
        case GgufKind::U32: return f([&] { return uint64_t{in.number<uint32_t>("value")}; });
        case GgufKind::U64: return f([&] { return in.number<uint64_t>("value"); });
        case GgufKind::I8: return f([&] { return int64_t{in.number<int8_t>("value")}; });
        case GgufKind::I16: return f([&] { return int64_t{in.number<int16_t>("value")}; });
        case GgufKind::I32: return f([&] { return int64_t{in.number<int32_t>("value")}; });
        case GgufKind::I64: return f([&] { return in.number<int64_t>("value"); });
        case GgufKind::F32: return f([&] { return double{in.number<float>("value")}; });
        case GgufKind::F64: return f([&] { return in.number<double>("value"); });
        case GgufKind::Bool: return f([&] { return read_bool(in); });
        case GgufKind::String:
        case GgufKind::Array: break;
    }
    return f([&] { return in.string("value"); });
}

GgufValue read_value(GgufReader& in, uint64_t& elements_left) {
    GgufValue out;
    out.kind = read_kind(in, "value type");
    if (out.kind != GgufKind::Array) {
        with_number(in, out.kind, [&](auto next) { out.value = next(); });
        return out;
    }
    out.element = read_kind(in, "element type");
    if (out.element == GgufKind::Array) in.violation("expected an array of numbers, bools or strings, found an array of arrays");
    const uint64_t n = in.count("array length", std::max<uint64_t>(kind_bytes(out.element), out.element == GgufKind::String ? 8 : 1));
    if (n > elements_left) {
        in.violation(strf("expected at most %" PRIu64 " array elements in the file, found more", kMaxElements));
    }
    elements_left -= n;
    with_number(in, out.element, [&](auto next) {
        std::vector<decltype(next())> values(n);
        for (uint64_t i = 0; i < n; ++i) values[i] = next();
        out.value = std::move(values);
    });
    return out;
}

void read_metadata(GgufReader& in, uint64_t n, GgufShard& out) {
    std::unordered_set<std::string_view> seen;
    uint64_t elements_left = kMaxElements;
    for (uint64_t i = 0; i < n; ++i) {
        in.set_item(strf("key %" PRIu64 " of %" PRIu64, i + 1, n));
        const std::string_view key = in.name("key", kMaxKeyBytes);
        in.set_item("key " + quoted(key));
        if (!seen.insert(key).second) in.violation("expected every key once, found it twice");
        out.metadata.emplace_back(key, read_value(in, elements_left));
    }
}

// dims and bytes of a tensor whose type and number of dimensions are known.
void read_shape(GgufReader& in, const TypeTraits& type, GgufTensor& t) {
    uint64_t values = 1;
    for (uint32_t d = 0; d < t.n_dims; ++d) {
        const uint64_t n = t.dims[d];
        if (n == 0) in.violation(strf("dimension %u: expected at least 1, found 0", d));
        // Sizes stay below 2^62 values, so that bytes (at most 4 per value) fit 64 bits.
        if (n > (uint64_t{1} << 62) / values) in.violation(strf("dimension %u: the product of the dimensions overflows", d));
        values *= n;
    }
    if (t.dims[0] % type.block != 0) {
        in.violation(strf("expected a first dimension that is a multiple of %u, the block of %s, found %" PRIu64, type.block,
                          type.name, t.dims[0]));
    }
    t.bytes = type_bytes(type.type, values);
}

GgufTensor read_tensor(GgufReader& in, uint64_t alignment) {
    GgufTensor t{};
    t.name = in.name("tensor name", kMaxNameBytes);
    in.set_item("tensor " + quoted(t.name));
    t.n_dims = in.number<uint32_t>("number of dimensions");
    if (t.n_dims > 4) in.violation(strf("expected at most 4 dimensions, found %u", t.n_dims));
    for (uint32_t d = 0; d < 4; ++d) t.dims[d] = d < t.n_dims ? in.number<uint64_t>("dimension") : 1;
    const auto id = in.number<uint32_t>("tensor type");
    const TypeTraits* type = find_type(id);
    if (!type) in.unsupported(strf("tensor type %u is not supported", id));
    t.type = type->type;
    read_shape(in, *type, t);
    t.file_offset = in.number<uint64_t>("data offset");
    if (t.file_offset % alignment != 0) {
        in.violation(strf("expected a data offset that is a multiple of %" PRIu64 ", found %" PRIu64, alignment, t.file_offset));
    }
    return t;
}

uint64_t read_alignment(GgufReader& in, const GgufShard& shard) {
    const auto entry = std::find_if(shard.metadata.begin(), shard.metadata.end(),
                                    [](const auto& e) { return e.first == "general.alignment"; });
    if (entry == shard.metadata.end()) return 32;  // the specification's default
    in.set_item("key 'general.alignment'");
    if (entry->second.kind != GgufKind::U32) {
        in.violation(strf("expected a value of type u32, found %s", kind_name(entry->second.kind)));
    }
    const uint64_t alignment = std::get<uint64_t>(entry->second.value);
    if (!std::has_single_bit(alignment) || alignment < 8) {
        in.violation(strf("expected a power of two, at least 8, found %" PRIu64, alignment));
    }
    return alignment;
}

// From offsets within the data section to offsets within the file; the data must be inside the file.
void place_data(GgufReader& in, uint64_t start, bool check_data, std::vector<GgufTensor>& tensors) {
    for (GgufTensor& t : tensors) {
        in.set_item("tensor " + quoted(t.name));
        if (t.file_offset > UINT64_MAX - start || t.bytes > UINT64_MAX - start - t.file_offset) {
            in.violation(strf("data offset %" PRIu64 " overflows", t.file_offset));
        }
        t.file_offset += start;
        if (check_data && t.file_offset + t.bytes > in.size()) {
            in.violation(strf("expected data at bytes %" PRIu64 " to %" PRIu64 ", the file has %" PRIu64 " bytes",
                              t.file_offset, t.file_offset + t.bytes, in.size()));
        }
    }
}

void check_overlap(GgufReader& in, const std::vector<GgufTensor>& tensors) {
    std::vector<const GgufTensor*> sorted;
    for (const GgufTensor& t : tensors) sorted.push_back(&t);
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->file_offset < b->file_offset; });
    for (size_t i = 1; i < sorted.size(); ++i) {
        const GgufTensor &a = *sorted[i - 1], &b = *sorted[i];
        if (a.file_offset + a.bytes <= b.file_offset) continue;
        in.set_item("tensor " + quoted(b.name));
        in.violation("expected data of its own, found it overlapping tensor " + quoted(a.name));
    }
}

}  // namespace

const char* kind_name(GgufKind kind) noexcept {
    static constexpr const char* kNames[] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"};
    return kNames[static_cast<uint32_t>(kind)];
}

GgufShard parse_gguf(const uint8_t* data, uint64_t size, const std::string& file, uint32_t shard, bool check_data) {
    GgufReader in(data, size, file);
    if (in.number<uint32_t>("magic") != kMagic) in.violation("expected the magic 'GGUF' at byte 0");
    const auto version = in.number<uint32_t>("version");
    if (version == 0) in.violation("expected version 2 or 3, found 0");
    if (version != 2 && version != 3) {
        const bool swapped = (version & 0xFFFF) == 0;
        in.unsupported(swapped ? "big-endian files are not supported" : strf("version %u is not supported, only 2 and 3", version));
    }
    const uint64_t n_tensors = in.count("number of tensors", kMinTensorBytes);
    const uint64_t n_keys = in.count("number of keys", kMinEntryBytes);

    GgufShard out;
    read_metadata(in, n_keys, out);
    const uint64_t alignment = read_alignment(in, out);
    for (uint64_t i = 0; i < n_tensors; ++i) {
        in.set_item(strf("tensor %" PRIu64 " of %" PRIu64, i + 1, n_tensors));
        out.tensors.push_back(read_tensor(in, alignment));
        out.tensors.back().shard = shard;
    }
    place_data(in, (in.at() + alignment - 1) / alignment * alignment, check_data, out.tensors);
    check_overlap(in, out.tensors);
    if (check_data) {
        for (GgufTensor& t : out.tensors) t.data = data + t.file_offset;
    }
    return out;
}

}  // namespace dlgo

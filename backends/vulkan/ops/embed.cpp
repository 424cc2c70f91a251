#include "backends/vulkan/compiler.h"
#include "backends/vulkan/ops/ops.h"
#include "backends/vulkan/weight_layout.h"

namespace dlgo::vulkan {

namespace {

// Arguments of shaders/embed.comp.
struct EmbedArgs {
    VkDeviceAddress table, act, run, tokens;
    uint32_t n_blocks, first_token, n_tokens, n_in, out_at, out_stride;
    float scale;
};

}  // namespace

bool supported(const Embed& op, const Weights& weights) noexcept {
    const Type type = weights.matrices[op.table].type;
    return !planes(type).empty() && has_shader(std::string("embed.") + traits(type).name);
}

void compile(const Embed& op, Compiler& c) {
    const Matrix& table = c.model.weights->matrices[op.table];
    for (const Piece& piece : c.model.store->pieces(op.table)) {
        EmbedArgs args{};
        args.table = piece.address;
        args.act = c.act();
        args.run = c.run();
        args.tokens = c.run() + c.session.tokens_at;
        args.n_blocks = piece.n_blocks;
        args.first_token = piece.first_row;
        args.n_tokens = piece.n_rows;
        args.n_in = table.n_in;
        args.out_at = c.at(op.out);
        args.out_stride = c.stride(op.out);
        args.scale = op.scale;
        const uint32_t groups = ceil_div(ceil_div(table.n_in, 32), 64);
        c.add("embed", std::string("embed.") + traits(table.type).name, {}, args, [groups](const Shape& s) { return Groups{groups, s.rows, 1}; })
            .waits = &piece == &c.model.store->pieces(op.table).front();
    }
}

}  // namespace dlgo::vulkan

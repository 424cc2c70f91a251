#pragma once
// The table of this translation unit.

static constexpr OpKernels make_op_table() {
    OpKernels table{};
    table.normalize = normalize;
    table.finish = finish;
    table.glu = glu_rows;
    table.softcap = softcap_row;
    table.softmax = softmax_row;
    table.rope = rope_row;
    table.to_half = to_half;
    table.from_half = from_half;
    table.attend_few = attend_few;
    table.attend_many = attend_many;
    table.conv = conv;
    table.delta_keys = delta_keys;
    table.delta = delta;
    table.mamba = mamba;
    return table;
}

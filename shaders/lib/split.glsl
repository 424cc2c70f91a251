// How attend_vec divides the visible positions, and where a split's result is: highest score, sum of weights, weighted sum of values.
// The counters of splits that are done, one for each workgroup of a split, are zero between runs.
layout(buffer_reference, std430, buffer_reference_align = 4) coherent buffer Parts { float v[]; };

const uint kLeastPositions = 64;  // of a split

uint split_size(uint position) {
    const uint n = position + 1 - first_visible(position);
    return max((n + n_split - 1) / n_split, kLeastPositions);
}
uint split_begin(uint position, uint split) { return min(first_visible(position) + split * split_size(position), position + 1); }
uint splits_in_use(uint position) { return (position - first_visible(position)) / split_size(position) + 1; }

uint split_at(uint head, uint split) { return parts_at + (head * n_split + split) * (kValueDim + 3); }
uint counter_at(uint kv_head, uint group) { return counters_at + kv_head * gl_NumWorkGroups.z + group; }

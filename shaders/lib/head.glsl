// A head's values through norm and rope. Needs attend.glsl and reduce.glsl.

// 1 / deviation of `dim` values at act[at], or 1
float norm_factor(bool normed, uint at, uint dim, float eps) {
    if (!normed) return 1;
    float sum = 0;
    for (uint i = gl_LocalInvocationID.x; i < dim; i += kThreads) sum += act.v[at + i] * act.v[at + i];
    return inversesqrt(workgroup_sum(sum) / dim + eps);
}

float normed_value(uint at, uint i, float factor, uint weight) {
    return act.v[at + i] * factor * (weight == kNone ? 1 : params.v[weight + i]);
}

float head_value(uint row, uint at, uint i, float factor, uint weight) {
    vec2 turn;
    const uint partner = rope_of(row, i, turn);
    return normed_value(at, i, factor, weight) * turn.x + normed_value(at, partner, factor, weight) * turn.y;
}

// Two neighbours to the cache; values behind the head's end are zero.
void store_pair(Words cache, uint at, uint i, vec2 x) {
    if (kHalf) {
        cache.v[at + i / 2] = packHalf2x16(x);
    } else {
        cache.v[at + i] = floatBitsToUint(x.x);
        cache.v[at + i + 1] = floatBitsToUint(x.y);
    }
}

// Key and value of a row to the cache.
void append(uint row, uint head) {
    const uint position = run.position + row;
    const uint k_head = k_at + row * kv_row + head * kDim, v_head = v_at + row * kv_row + head * kValueDim;
    const float k_factor = norm_factor((kNorms & 2) != 0, k_head, kDim, k_eps);
    const float v_factor = norm_factor((kNorms & 4) != 0, v_head, kValueDim, v_eps);
    for (uint i = 2 * gl_LocalInvocationID.x; i < (kDim + 1) / 2 * 2; i += 2 * kThreads) {
        const float a = head_value(row, k_head, i, k_factor, k_norm), b = i + 1 < kDim ? head_value(row, k_head, i + 1, k_factor, k_norm) : 0;
        store_pair(keys, key_at(position, head), i, vec2(a, b));
    }
    for (uint i = 2 * gl_LocalInvocationID.x; i < (kValueDim + 1) / 2 * 2; i += 2 * kThreads) {
        const float a = normed_value(v_head, i, v_factor, v_norm), b = i + 1 < kValueDim ? normed_value(v_head, i + 1, v_factor, v_norm) : 0;
        store_pair(values, value_at(position, head), i, vec2(a, b));
    }
}

// Two neighbours from the cache.
vec2 load_pair(Words cache, uint at, uint i) {
    return kHalf ? unpackHalf2x16(cache.v[at + i / 2]) : uintBitsToFloat(uvec2(cache.v[at + i], cache.v[at + i + 1]));
}

// Keys are read in vectors of 16 bytes; their room in the cache is whole vectors.
const uint kKeyVector = kHalf ? 8 : 4;
const uint kKeyVectors = (kDim + kKeyVector - 1) / kKeyVector;

// A vector times the query values at its place; q1 is used by halves only.
float key_dot(uvec4 k, vec4 q0, vec4 q1) {
    if (!kHalf) return dot(uintBitsToFloat(k), q0);
    return dot(vec4(unpackHalf2x16(k.x), unpackHalf2x16(k.y)), q0) + dot(vec4(unpackHalf2x16(k.z), unpackHalf2x16(k.w)), q1);
}

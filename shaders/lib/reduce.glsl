// Sums and maxima over a workgroup of kThreads threads.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require

shared float reduce_parts[kThreads];

float workgroup_sum(float x) {
    x = subgroupAdd(x);
    if (gl_NumSubgroups == 1) return x;
    barrier();
    if (subgroupElect()) reduce_parts[gl_SubgroupID] = x;
    barrier();
    float sum = 0;
    for (uint i = 0; i < gl_NumSubgroups; ++i) sum += reduce_parts[i];
    return sum;
}

float workgroup_max(float x) {
    x = subgroupMax(x);
    if (gl_NumSubgroups == 1) return x;
    barrier();
    if (subgroupElect()) reduce_parts[gl_SubgroupID] = x;
    barrier();
    float most = reduce_parts[0];
    for (uint i = 1; i < gl_NumSubgroups; ++i) most = max(most, reduce_parts[i]);
    return most;
}

// Memory by address: buffers are plain pointers (VK_KHR_buffer_device_address), so that no size limit of descriptors applies.
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_control_flow_attributes : require

layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer Blocks { uvec4 v[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Words { uint v[]; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats { float v[]; };

// What changes from run to run (RunParams in backends/vulkan/run_params.h). Never baked into recorded commands.
layout(buffer_reference, std430, buffer_reference_align = 16) readonly buffer RunParams {
    uint rows;
    uint position;     // of row 0
    uint logits_rows;  // rows of this run of the head ...
    uint logits_first; // ... and the first of them
};

const uint kNone = 0xFFFFFFFFu;  // an offset that is not there

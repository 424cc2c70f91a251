// Activation in core/plan/plan.h, in its order.
const uint kActNone = 0, kActSilu = 1, kActGelu = 2, kActRelu2 = 3, kActSigmoid = 4, kActSwigluOai = 5;

float sigmoid(float x) { return 1 / (1 + exp(-x)); }

// tanh that does not overflow.
float safe_tanh(float x) { return 1 - 2 / (exp(2 * min(x, 20)) + 1); }

float activate(uint act, float x) {
    if (act == kActSilu) return x * sigmoid(x);
    if (act == kActGelu) return 0.5 * x * (1 + safe_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    if (act == kActRelu2) return x > 0 ? x * x : x * 0;
    if (act == kActSigmoid) return sigmoid(x);
    return x;
}

float activate_glu(uint act, float gate, float up) {
    if (act != kActSwigluOai) return activate(act, gate) * up;
    const float g = min(gate, 7), u = clamp(up, -7, 7);
    return g * sigmoid(1.702 * g) * (u + 1);
}

# The tests of the Vulkan backend under the Khronos validation layer (core and synchronization); sourced by tests/run.sh. Without it they have
# run among the unit tests.
validated() {
    local out=$logs/validation.out
    VK_KHRONOS_VALIDATION_VALIDATE_SYNC=1 with-validation "$build/tests/dlgo-tests" "[vulkan]" >"$out" 2>&1 || { tail -20 "$out"; return 1; }
    if grep -q -e 'Validation Error' -e 'SYNC-HAZARD' "$out"; then grep -A4 -e 'Validation Error' -e 'SYNC-HAZARD' "$out" | head -40; return 1; fi
}

if ! command -v with-validation >/dev/null; then
    skip "Vulkan validation: no layer"
elif ! "$build/tests/dlgo-tests" "Vulkan: matrices in pieces" 2>/dev/null | grep -q 'All tests passed'; then
    skip "Vulkan validation: no device"
else
    check "nothing to complain about for the validation layer" validated
fi

# The C# binding under Mono, with the installed library; sourced by tests/run.sh.
sharp=$PWD/build/csharp
csharp_library() {
    mcs "${mcs_flags[@]}" -target:library -doc:"$sharp/Dlgo.xml" -out:"$sharp/Dlgo.dll" -recurse:'bindings/csharp/Dlgo/*.cs'
}
csharp_programs() {
    mcs "${mcs_flags[@]}" -r:"$sharp/Dlgo.dll" -r:System.Core.dll -out:"$sharp/Dlgo.Tests.exe" -recurse:'bindings/csharp/Dlgo.Tests/*.cs' &&
        mcs "${mcs_flags[@]}" -r:"$sharp/Dlgo.dll" -out:"$sharp/overhead.exe" bindings/csharp/bench/*.cs &&
        mcs "${mcs_flags[@]}" -r:"$sharp/Dlgo.dll" -out:"$sharp/hello.exe" examples/csharp/hello/*.cs &&
        sed -n '/^```csharp/,/^```$/{/^```/!p}' README.md >"$sharp/readme.cs" &&
        mcs "${mcs_flags[@]}" -r:"$sharp/Dlgo.dll" -out:"$sharp/readme.exe" "$sharp/readme.cs"
}
csharp_generated() { python3 bindings/csharp/generate.py "$stage/include/dlgo.h" | diff - bindings/csharp/Dlgo/Native/NativeMethods.g.cs; }
csharp_hello() {
    [ "$(wc -l <examples/csharp/hello/Hello.cs)" -le 10 ] || return
    DLGO_LIB_DIR=$libdir mono "$sharp/hello.exe" | tee /dev/stderr | grep -q Paris
}
# As a package lays it out, beside the program.
csharp_package() {
    local native
    native=$sharp/package/runtimes/linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')/native
    rm -rf "$sharp/package" && mkdir -p "$native" && cp "$library" "$stage/share/dlgo/demo.gguf" "$native" &&
        cp "$sharp/Dlgo.dll" "$sharp/hello.exe" "$sharp/package" && env -u DLGO_LIB_DIR mono "$sharp/package/hello.exe" | grep -q Paris
}

if ! command -v mono >/dev/null || ! command -v mcs >/dev/null; then skip "C# (mono and mcs are not installed)"; else
    mkdir -p "$sharp"
    mcs_flags=(-nologo -langversion:7.2 -unsafe -debug -warn:4 -warnaserror)
    check "imports are those of dlgo.h" csharp_generated
    if check "Dlgo.dll (C# 7)" csharp_library && check "tests, examples and README in C#" csharp_programs; then
        check "hello in C#" csharp_hello
        check "native files beside the program" csharp_package
        rm -f "$logs/csharp.xml"
        DLGO_LIB_DIR=$libdir timeout 900 mono --debug "$sharp/Dlgo.Tests.exe" "$logs/csharp.xml" >"$logs/csharp.log" 2>&1
        status=$?
        tail -1 "$logs/csharp.log" | sed 's/^/   /'
        if [ -s "$logs/csharp.xml" ]; then junit "$logs/csharp.xml"; fi
        if [ $status -ne 0 ]; then
            tail -60 "$logs/csharp.log"
            if [ ! -s "$logs/csharp.xml" ]; then failed=$((failed + 1)); fi
        fi
    fi
fi
if command -v dotnet >/dev/null; then
    check "dotnet test" env DLGO_LIB_DIR="$libdir" dotnet test bindings/csharp --nologo
else skip "dotnet test (the .NET SDK is not installed)"; fi

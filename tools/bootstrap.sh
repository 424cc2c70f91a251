#!/usr/bin/env bash
# Installs what dlgo needs to be built and tested: by apt what the distribution has, into a private prefix
# (DLGO_DEPS, default <source>/.deps) what it has too old. A second run finds everything in place.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
deps=${DLGO_DEPS:-$root/.deps}
say() { printf '   %s\n' "$*"; }
die() { printf 'bootstrap: %s\n' "$*" >&2; exit 1; }

printf '== bootstrap (prefix: %s)\n' "$deps"

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say "no apt here; needed: g++ >= 12, cmake >= 3.25, ninja, pkg-config, python3 with venv, libpcre2-8 (static), nlohmann-json,"
    say "Catch2 >= 3; for Vulkan: headers >= 1.3.275, volk, glslc, a driver. Put them on CMAKE_PREFIX_PATH."
    exit 0
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
export DEBIAN_FRONTEND=noninteractive

triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -dumpmachine 2>/dev/null || echo "$(uname -m)-linux-gnu")

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: *//p' | grep -v '(none)' || true; }
new_enough() { local v; v=$(candidate "$1"); [ -n "$v" ] && dpkg --compare-versions "$v" ge "$2"; }

base=(g++ make cmake ninja-build ccache pkg-config binutils xz-utils git ca-certificates curl
      python3 python3-venv python3-dev python3-numpy
      libpcre2-dev nlohmann-json3-dev libvulkan1 abigail-tools
      mono-mcs mono-runtime)
if ! command -v cargo >/dev/null; then base+=(cargo rustc); fi
# package and the oldest version that will do; whatever the distribution cannot give comes from the private prefix
modern=(catch2=3 glslc=2023.8 libvulkan-dev=1.3.275 libvulkan-volk-dev=1.3.275 mesa-vulkan-drivers=24
        vulkan-validationlayers=1.3.275 libminiaudio-dev=0.11.17)
# what the private Mesa driver loads
mesa_libs=(libdrm2 libelf1 libexpat1 libllvm15 libwayland-client0 libx11-xcb1 libxcb-dri3-0 libxcb-present0 libxcb-randr0
           libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxcb1 libxshmfence1 libzstd1 zlib1g)

updated=
update() { [ -n "$updated" ] || { say "apt-get update"; $sudo apt-get update -qq; updated=1; }; }

# ---- which packages come from where ---------------------------------------------------------------------------
state=$deps/state
key=$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)
if [ -f "$state/key" ] && [ "$(cat "$state/key")" = "$key" ]; then
    mapfile -t wanted < "$state/apt"
    mapfile -t private < "$state/private"
else
    update
    wanted=("${base[@]}")
    private=()
    for entry in "${modern[@]}"; do
        if new_enough "${entry%%=*}" "${entry#*=}"; then wanted+=("${entry%%=*}"); else private+=("${entry%%=*}"); fi
    done
    case " ${private[*]} " in *" mesa-vulkan-drivers "*) wanted+=("${mesa_libs[@]}");; esac
fi

# ---- by apt -----------------------------------------------------------------------------------------------------
missing=()
for package in "${wanted[@]}"; do installed "$package" || missing+=("$package"); done
if [ ${#missing[@]} -gt 0 ]; then
    update
    # A package that this release does not have under that name is not fatal: CMake says what it lacks.
    available=()
    for package in "${missing[@]}"; do
        if [ -n "$(candidate "$package")" ]; then available+=("$package"); else say "not in this release: $package"; fi
    done
    say "installing: ${available[*]}"
    mkdir -p "$deps"
    $sudo apt-get install -y -qq --no-install-recommends "${available[@]}" >"$deps/apt.log" 2>&1 ||
        { tail -20 "$deps/apt.log" >&2; die "apt-get install failed"; }
fi
say "system packages: ${#wanted[@]} present"

# ---- private prefix -----------------------------------------------------------------------------------------------
# usr/      headers and libraries that run with the system's libc
# newlibc/  programs of a newer release with that release's own libc, started through its own ld.so
apt_private() {
    apt-get -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::State::lists="$state/lists" -o Dir::Cache="$state/cache" -o Dir::State::status=/dev/null \
        -o APT::Sandbox::User= -o Acquire::Languages=none "$@"
}

write_sources() {
    local uri codename keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    . /etc/os-release
    [ "${ID:-}" = debian ] || die "this release lacks: ${private[*]} (install newer ones and put them on CMAKE_PREFIX_PATH)"
    codename=$VERSION_CODENAME
    uri=$(apt-get indextargets --format '$(REPO_URI)|$(LABEL)|$(CODENAME)' 'Created-By: Packages' |
        awk -F'|' -v c="$codename" '$2 == "Debian" && $3 == c { print $1; exit }')
    [ -n "$uri" ] || die "cannot tell which mirror this system uses for $codename"
    [ -f "$keyring" ] || die "no $keyring"
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$uri" "$codename-backports" "$keyring" "$uri" trixie \
        > "$state/sources.list"
}

unpack() { # unpack DIRECTORY PACKAGE...
    local to=$1; shift
    mkdir -p "$state/debs" "$to"
    say "unpacking into ${to#"$deps"/}: $*"
    (cd "$state/debs" && rm -f -- *.deb && apt_private download -qq "$@" >/dev/null && for deb in *.deb; do dpkg -x "$deb" "$to"; done)
}

if [ ${#private[@]} -gt 0 ] && ! cmp -s <(printf '%s\n' "$key" "${private[@]}") "$state/unpacked"; then
    rm -rf "$deps/usr" "$deps/newlibc" "$deps/bin"
    mkdir -p "$deps/bin"
    write_sources
    say "private packages: ${private[*]}"
    apt_private update -qq
    backports=() headers=() newlibc=()
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    for package in "${private[@]}"; do
        case $package in
            catch2) backports+=("libcatch2-dev/$codename-backports");;
            mesa-vulkan-drivers) backports+=("$package/$codename-backports");;
            glslc) newlibc+=(glslc libshaderc1 spirv-tools);;
            vulkan-validationlayers) newlibc+=(vulkan-validationlayers libvulkan1);;
            *) headers+=("$package/trixie");;
        esac
    done
    if [ ${#backports[@]} -gt 0 ]; then unpack "$deps" "${backports[@]}"; fi
    if [ ${#headers[@]} -gt 0 ]; then unpack "$deps" "${headers[@]}"; fi
    if [ ${#newlibc[@]} -gt 0 ]; then
        newlibc+=(libc6 libstdc++6 libgcc-s1)
        unpack "$deps/newlibc" "${newlibc[@]/%//trixie}"
    fi
    rm -rf "$state/debs" "$state/lists" "$state/cache" "$deps/usr/share/doc" "$deps/newlibc/usr/share/doc" "$deps/newlibc/usr/share/locale"
    mkdir -p "$state"
    printf '%s\n' "$key" "${private[@]}" > "$state/unpacked"
fi

# ---- what the programs of the newer release are started with --------------------------------------------------------
mkdir -p "$deps/bin" "$state"
loader=$(ls "$deps"/newlibc/usr/lib*/ld-linux*.so.* "$deps"/newlibc/usr/lib/"$triplet"/ld-linux*.so.* 2>/dev/null | head -1 || true)
if [ -n "$loader" ]; then
    newlib="$deps/newlibc/usr/lib/$triplet"
    for program in glslc spirv-val spirv-dis spirv-opt; do
        [ -x "$deps/newlibc/usr/bin/$program" ] || continue
        printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$newlib" "$deps/newlibc/usr/bin/$program" > "$deps/bin/$program"
        chmod +x "$deps/bin/$program"
    done
fi
layers=$(ls -d "$deps/newlibc/usr/share/vulkan/explicit_layer.d" /usr/share/vulkan/explicit_layer.d 2>/dev/null | head -1 || true)
{   # with-validation PROGRAM ARGS...: the program with the Khronos validation layer
    echo '#!/bin/sh'
    if [ -n "$layers" ]; then echo "export VK_LAYER_PATH=\"$layers\" VK_INSTANCE_LAYERS=VK_LAYER_KHRONOS_validation"; fi
    if [ -n "$loader" ] && [[ $layers == "$deps"/* ]]; then
        echo "exec \"$loader\" --library-path \"$newlib\" \"\$@\""
    else
        echo 'exec "$@"'
    fi
} > "$deps/bin/with-validation"
chmod +x "$deps/bin/with-validation"

# ---- the software Vulkan driver for the tests ---------------------------------------------------------------------
icd=
if [ -f "$deps/usr/lib/$triplet/libvulkan_lvp.so" ]; then
    icd=$deps/lavapipe.json
    printf '{ "file_format_version": "1.0.0", "ICD": { "api_version": "1.4.305", "library_path": "%s" } }\n' \
        "$deps/usr/lib/$triplet/libvulkan_lvp.so" > "$icd"
else
    icd=$(ls /usr/share/vulkan/icd.d/lvp*.json 2>/dev/null | head -1 || true)
fi
{
    echo "# Environment of the tests; written by tools/bootstrap.sh"
    echo "export DLGO_DEPS=\"$deps\""
    echo "export PATH=\"$deps/bin:\$PATH\""
    if [ -n "$icd" ]; then echo "export VK_DRIVER_FILES=\"$icd\" VK_ICD_FILENAMES=\"$icd\""; fi
} > "$deps/env.sh"

printf '%s\n' "${wanted[@]}" > "$state/apt"
printf '%s\n' ${private[@]+"${private[@]}"} > "$state/private"
printf '%s\n' "$key" > "$state/key"
say "private packages: ${private[*]:-none}"

#!/bin/sh
# abidw.sh LIBRARY HEADERS: the ABI of a library as libabigail describes it, public types only.
exec abidw --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed --drop-private-types --exported-interfaces-only \
    --headers-dir "$2" "$1"

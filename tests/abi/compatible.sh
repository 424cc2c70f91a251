#!/bin/sh
# compatible.sh BASELINE LIBRARY HEADERS: fails when a program built against the baseline could break with the library.
# BASELINE is what abidw.sh wrote. Functions and fields behind the end of a struct may be added; whatever else abidiff reports is refused.
now=$(mktemp) && trap 'rm -f "$now"' EXIT
"$(dirname "$0")/abidw.sh" "$2" "$3" >"$now" || exit 1
report=$(abidiff --leaf-changes-only --harmless "$1" "$now")
status=$?
printf '%s\n' "$report"
[ $((status & 3)) -eq 0 ] || exit 1 # abidiff itself failed
printf '%s\n' "$report" | awk '
    /^$/ || /^Leaf changes summary: / || /^Changed leaf types summary:/ || /^Removed\/Changed\/Added (functions|variables) summary: 0 Removed, 0 Changed/ { next }
    /^[0-9]+ Added functions?:$/ || /^  \[A\] / || /^.struct dlgo_[a-z_]+. changed:$/ { next }
    /^  type size changed from / { end = $5; next }
    /^  [0-9]+ data member insertions?:$/ { next }
    match($0, /^    .*, at offset [0-9]+ \(in bits\)$/) && $(NF - 2) + 0 >= end { next }
    { print "not an addition: " $0; bad = 1 }
    END { exit bad }'

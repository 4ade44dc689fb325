#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The structure as a test: includes point only to floors on the left, the core needs nothing but the base, and
# files, functions and names keep to the style. Usage: tidy.sh SOURCE_DIR BUILD_DIR
set -u -o pipefail
source_dir=$1
build_dir=$2
cd "$source_dir" || exit 1
floors=(base core wire flow edge app)
passed=0
failed=0

verdict() { # name, what is wrong (empty: nothing)
    if [ -z "$2" ]; then
        passed=$((passed + 1))
        printf 'ok    %s\n' "$1"
    else
        failed=$((failed + 1))
        printf 'FAIL  %s\n%s\n' "$1" "$2"
    fi
}

# base <- core <- wire <- flow <- edge <- app
for i in "${!floors[@]}"; do
    above=("${floors[@]:i+1}")
    [ ${#above[@]} -gt 0 ] || continue
    pattern=$(IFS='|'; printf '%s' "${above[*]}")
    verdict "${floors[i]} includes nothing of the floors above it" \
        "$(grep -nE "^#include \"($pattern)/" -r "src/${floors[i]}" "include/${floors[i]}")"
done

# The core is pure: no allocation, clock, printing, randomness or errno.
allowed='memcpy|memmove|memset|memcmp|check_failed|text_format|hash_[a-z0-9_]+|hash128_[a-z_]+|map_[a-z_]+|table_[a-z_]+'
allowed="$allowed|__stack_chk_fail|__asan_[a-z0-9_]+|__ubsan_[a-z0-9_]+|__tsan_[a-z0-9_]+|_GLOBAL_OFFSET_TABLE_"
allowed="$allowed|__sanitizer_[a-z0-9_]+|__memcpy_chk|__memset_chk"
if [ -f "$build_dir/libcore.a" ]; then
    defined=$(nm --defined-only "$build_dir/libcore.a" 2>/dev/null | awk 'NF == 3 {print $3}' | sort -u)
    wanted=$(nm --undefined-only "$build_dir/libcore.a" 2>/dev/null | awk '$1 == "U" {print $2}' | sort -u)
    verdict "the core's undefined symbols are the base and four memory functions" \
        "$(comm -13 <(printf '%s\n' "$defined") <(printf '%s\n' "$wanted") | grep -vxE "$allowed")"
else
    verdict "libcore.a is built" "$build_dir/libcore.a is missing"
fi

sources=$(find src include tests bench -name '*.[ch]')
verdict "every file begins with its licence line" \
    "$(for file in $sources; do head -n 1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"; done)"
verdict "lines have at most 100 columns" \
    "$(LC_ALL=C.UTF-8 grep -nE '.{101,}' $sources | cut -c1-120)"
verdict "no file of the product has more than 800 lines" \
    "$(find src include -name '*.[ch]' -exec awk 'END {if (FNR > 800) print FILENAME ": " FNR}' {} \;)"
verdict "no notes to ourselves are left" "$(grep -nE '\b(TODO|FIXME|XXX)\b' -r src include bench)"
verdict "no unsafe string functions" "$(grep -nE '\b(strcpy|strcat|sprintf|gets|strtok)\(' -r src include)"
verdict "main has at most 70 lines" "$(awk 'END {if (FNR > 70) print FNR " lines"}' src/app/main.c)"
verdict "functions have at most 80 lines" "$(awk '
    /^[a-z].*\)$/ || /^[a-z].*,$/ {name = FILENAME ":" FNR}
    /^\{/ {start = FNR; inside = 1; where = name}
    /^\}/ {if (inside && FNR - start > 80) print where " " FNR - start " lines"; inside = 0}' $(find src -name '*.c'))"
verdict "every rule has a test of its name" \
    "$(for rule in R{1..15}; do grep -qE "^Test\($rule," -r tests/unit || echo "$rule"; done)"

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]

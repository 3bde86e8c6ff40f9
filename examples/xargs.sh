#!/bin/sh
# Every phrase on every scene, several processes on one machine: for machines whose GPU or processor one process does not fill.
#
#   sh xargs.sh SCENES PHRASES OUT [PROCESSES]
#
# The list of scenes and phrases is cut into as many shares as there are processes. Each share writes its own outputs into OUT,
# so that together they are what one run would write. They may use one cache.
set -eu
SCENES=$1 PHRASES=$2 OUT=$3 PROCESSES=${4:-4}

seq "$PROCESSES" | xargs -P "$PROCESSES" -I NUMBER \
    referent segment --scenes "$SCENES" --phrases "$PHRASES" --out-dir "$OUT" \
        --shard "NUMBER/$PROCESSES" --resume --report "$OUT/report-NUMBER.json"

#!/bin/sh
# Every phrase on every scene of a folder, on one machine.
#
#   sh one_machine.sh SCENES PHRASES OUT
#
# Started again after a stop it goes on where it was: what is done is in OUT/referent.resume until all is done.
set -eu
SCENES=$1 PHRASES=$2 OUT=$3

referent segment --scenes "$SCENES" --phrases "$PHRASES" --out-dir "$OUT" --cache 20GB --resume --report "$OUT.json"

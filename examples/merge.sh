#!/bin/sh
# The outputs of many scenes as one GeoPackage layer a phrase, with GDAL.
#
#   sh merge.sh FOUND ALL.gpkg
#
# FOUND holds SCENE__PHRASE.geojson, whoever wrote them: one run, processes, a cluster. Every object keeps the columns that say
# where it comes from: scene, phrase, frame, model, decided_by, evidence.
set -eu
FOUND=$1 ALL=$2

rm -f "$ALL"
for FILE in "$FOUND"/*.geojson; do
    NAME=$(basename "$FILE" .geojson)
    LAYER=${NAME#*__}
    if [ -e "$ALL" ]; then MODE="-update -append"; else MODE=""; fi
    # Pictures without georeference are in pixels and belong on no map.
    if head -c 1000 "$FILE" | grep -q coordinate_space; then echo "left out: $FILE is in pixels" >&2; continue; fi
    # shellcheck disable=SC2086
    ogr2ogr -f GPKG $MODE -nln "$LAYER" -nlt PROMOTE_TO_MULTI "$ALL" "$FILE"
done
echo "$ALL"

#!/bin/sh
# Sets up, builds and runs the main job on the bundled sample scene; the result lies in out/.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh
. scripts/environment.sh

echo "referent: building (the first time takes half an hour or more, later a minute)" >&2
cargo build --locked --tests --bins
mkdir -p out
# One build folder serves several checkouts, so the program may remember the assets of another one.
REFERENT_ASSETS="$PWD/assets"
export REFERENT_ASSETS
"$CARGO_TARGET_DIR/debug/referent" segment assets/sample/rotterdam_tanks.tif "the storage tanks" \
    -o out/storage_tanks.geojson -o out/storage_tanks.tif
echo
echo "Done. Open these in QGIS, or look at them:"
echo "  out/storage_tanks.geojson   polygons with score, area and perimeter"
echo "  out/storage_tanks.tif       the mask as a Cloud Optimized GeoTIFF"

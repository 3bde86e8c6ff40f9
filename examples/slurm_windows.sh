#!/bin/sh
# One phrase on one huge scene on a SLURM cluster: the windows of the scene are cut into shares, a task each, and a last task puts
# them together. Words of place, order and relation are decided there, over the whole scene: the result is that of a single run.
#
#   sh slurm_windows.sh SCENE PHRASE OUT.gpkg [TASKS]
set -eu
SCENE=$1 PHRASE=$2 OUT=$3 TASKS=${4:-16}

ARRAY=$(sbatch --parsable --array="1-$TASKS" --cpus-per-task=4 --mem=2G --time=04:00:00 --wrap \
    "referent segment '$SCENE' '$PHRASE' -o '$OUT' --shard \$SLURM_ARRAY_TASK_ID/$TASKS --resume")

# Each task left OUT.gpkg.shard-I-of-N. --resume finds them beside the output; windows of a share that is missing are done here.
sbatch --dependency="afterany:$ARRAY" --cpus-per-task=4 --mem=4G --wrap \
    "referent segment '$SCENE' '$PHRASE' -o '$OUT' --resume --report '$OUT.json'"

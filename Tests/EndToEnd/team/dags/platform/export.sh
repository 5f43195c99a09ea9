#!/bin/sh
# Writes beside, then renames: nobody ever sees half a file.
mkdir -p "$HEDDLE_PROJECT/out"
part=$HEDDLE_PROJECT/room/$HEDDLE_PARTITION/part
printf '%s\n' "$1" > "$part" && mv "$part" "$HEDDLE_PROJECT/out/$HEDDLE_PARTITION.csv"

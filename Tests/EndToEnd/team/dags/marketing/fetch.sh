#!/bin/sh
# A channel's costs of the day. The search engine is busy every fifth day: 75 asks for another attempt.
if [ "$HEDDLE_EACH" = search ] && [ "$HEDDLE_ATTEMPT" = 1 ]; then
  case $HEDDLE_PARTITION in *[05]) exit 75 ;; esac
fi
cat "$HEDDLE_PROJECT/landing/spend/$HEDDLE_EACH/$HEDDLE_PARTITION.csv"

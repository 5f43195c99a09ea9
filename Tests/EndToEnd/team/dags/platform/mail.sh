#!/bin/sh
# There is no mail server here.
echo "no way to tell platform@example.com of $HEDDLE_PARTITION" >&2
exit 1

#!/bin/sh
# The rates of the day, out of the bank's one file; 99 on a day that it leaves out: there is nothing to do.
file=$HEDDLE_PROJECT/landing/rates.csv
grep -q "^$HEDDLE_PARTITION," "$file" || exit 99
head -n 1 "$file"
grep "^$HEDDLE_PARTITION," "$file"

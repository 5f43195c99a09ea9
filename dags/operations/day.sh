#!/bin/sh
# Prints the scheduled departures of $HEDDLE_PARTITION as CSV: the daily file under landing/, or, when the param
# flights_csv names the whole table, that day's rows of it in the same columns.
set -eu
day=$HEDDLE_PARTITION
table=${HEDDLE_PARAM_FLIGHTS_CSV:-}

if [ -z "$table" ]; then
  if [ ! -r "landing/$day.csv" ]; then
    echo "no landing/$day.csv yet; --param flights_csv=PATH reads the whole table instead" >&2
    exit 75 # please retry: it may still come
  fi
  exec cat "landing/$day.csv"
fi

year=${day%%-*}
month=${day#*-} month=${month%-*} month=${month#0}
number=${day##*-} number=${number#0}
exec awk -F, -v OFS=, -v day="$day" -v begin="$year,$month,$number," '
  NR == 1 {
    for (i = 1; i <= NF; i++) at[$i] = i
    count = split("sched_dep_time dep_time dep_delay sched_arr_time arr_time arr_delay carrier flight tailnum " \
      "origin dest air_time distance time_hour", names, " ")
    line = "day"
    for (i = 1; i <= count; i++) line = line OFS names[i]
    print line
    next
  }
  index($0, begin) == 1 {
    line = day
    for (i = 1; i <= count; i++) line = line OFS $at[names[i]]
    print line
  }
' "$table"

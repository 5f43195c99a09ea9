"""The torture mesh: shell tasks that write their own ledger, and SQL and load tasks with every mode.

Nothing here asks Heddle what happened: processes append a line when they begin and one when they end, and what the
tables must hold is computed again below.
"""

HOURS_A_DAY = 24

DOMAIN = "domain: torture\nowner: nobody\nstore: {sqlite: torture.db}\n"

# A task says what it is told to be, and ends as its name and its attempt's key demand.
SCRIPT = r"""#!/bin/sh
# A line is appended by one write, so lines of tasks that run at once do not mix.
echo "B $HEDDLE_ATTEMPT_KEY $$" >> "$LEDGER"
sum=$(printf %s "$HEDDLE_ATTEMPT_KEY" | cksum)
number=${sum%% *}
sleep 0.0$((number % 7))
code=0
# The first attempt of some tasks asks for another one.
if [ "$HEDDLE_ATTEMPT" = 1 ] && [ $((number % 11)) = 0 ]; then code=75; fi
if [ $((number % 13)) = 0 ]; then (sleep 0.05; echo "X $HEDDLE_ATTEMPT_KEY $$" >> "$LEDGER") & wait; fi
printf '{"rows": %d}' $((number % 5)) > "$HEDDLE_OUTPUT"
echo "said by $HEDDLE_ATTEMPT_KEY"
echo "E $HEDDLE_ATTEMPT_KEY $code" >> "$LEDGER"
exit $code
"""

PRINTER = r"""#!/bin/sh
echo "B $HEDDLE_ATTEMPT_KEY $$" >> "$LEDGER"
echo "hour,n"
for n in 1 2 3; do echo "$HEDDLE_PARTITION,$n"; sleep 0.01; done
echo "E $HEDDLE_ATTEMPT_KEY 0" >> "$LEDGER"
"""

# Lost attempts count apart, so killing keeper and tasks together never uses up a task's tries.
RETRY = "{attempts: 4, delay: 20ms, lost: 1000}"


def pipeline(ledger):
    shell = f"run: ['./task.sh']\n    env: {{LEDGER: '{ledger}'}}\n    retry: {RETRY}"
    return f"""pipeline: work
schedule: {{start: 2020-01-01, timezone: UTC}}
partition: hourly
max_active_runs: 4
tasks:
  first:
    {shell}
  second:
    {shell}
    after: [first]
  many:
    {shell}
    after: [first]
    each: [a, b, c]
  last:
    {shell}
    after: [second, many]
  printed:
    load: {{run: ['./print.sh'], format: csv}}
    into: torture.printed
    columns: {{hour: text, n: integer}}
    mode: partition
    partition_by: hour
    env: {{LEDGER: '{ledger}'}}
    retry: {RETRY}
  appended:
    sql: "SELECT :partition AS hour, n, sum(n) OVER () AS total FROM torture.printed WHERE hour = :partition"
    into: torture.appended
    mode: append
    retry: {RETRY}
  merged:
    sql: "SELECT substr(:partition, 12, 2) AS key, :partition AS latest FROM torture.appended WHERE hour = :partition GROUP BY 1"
    into: torture.merged
    mode: merge
    key: [key]
    retry: {RETRY}
  counted:
    sql: count.sql
    retry: {RETRY}
  heavy:
    sql: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60000) SELECT :partition AS hour, sum(n) AS total FROM c"
    into: torture.heavy
    mode: partition
    partition_by: hour
    retry: {RETRY}
  apart:
    sql: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT :partition AS hour, sum(n) AS total FROM c"
    into: torture.apart
    mode: append
    isolate: true
    retry: {RETRY}
"""


# Statements of one transaction: done twice they would count twice.
COUNT = """
CREATE TABLE IF NOT EXISTS counted (hour TEXT, n INTEGER);
INSERT INTO counted SELECT hour, count(*) FROM appended WHERE hour = :partition GROUP BY hour;
"""


def write(project, ledger):
    project.write("dags/torture/domain.yaml", DOMAIN)
    project.write("dags/torture/work.yaml", pipeline(ledger))
    project.write("dags/torture/task.sh", SCRIPT)
    project.write("dags/torture/print.sh", PRINTER)
    project.write("dags/torture/count.sql", COUNT)


def hours(day):
    return [f"{day}T{hour:02d}:00" for hour in range(HOURS_A_DAY)]


def expected(days):
    """What each table must hold once all hours of the days are made, sorted."""
    all_hours = [hour for day in days for hour in hours(day)]
    return {
        "printed": sorted((hour, n) for hour in all_hours for n in (1, 2, 3)),
        "appended": sorted((hour, n, 6) for hour in all_hours for n in (1, 2, 3)),
        "counted": sorted((hour, 3) for hour in all_hours),
        "apart": sorted((hour, 20000 * 20001 // 2) for hour in all_hours),
        "heavy": sorted((hour, 60000 * 60001 // 2) for hour in all_hours),
    }

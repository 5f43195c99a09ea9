-- One row per scheduled flight: times as HH:MM, a flight that never left is cancelled.
CREATE TABLE IF NOT EXISTS operations.flights (
  day TEXT NOT NULL,
  carrier TEXT NOT NULL,
  flight INTEGER NOT NULL,
  origin TEXT NOT NULL,
  dest TEXT NOT NULL,
  tailnum TEXT,
  scheduled TEXT NOT NULL,
  hour INTEGER NOT NULL,
  hour_utc TEXT NOT NULL,
  dep_delay REAL,
  arr_delay REAL,
  air_time REAL,
  distance REAL,
  cancelled INTEGER NOT NULL,
  PRIMARY KEY (day, carrier, flight, origin, scheduled)
) WITHOUT ROWID;

DELETE FROM operations.flights WHERE day = :partition;

INSERT INTO operations.flights
SELECT day, carrier, flight, origin, dest, tailnum,
       printf('%02d:%02d', sched_dep_time / 100, sched_dep_time % 100),
       sched_dep_time / 100,
       time_hour,
       dep_delay, arr_delay, air_time, distance,
       dep_time IS NULL
  FROM operations.raw_flights
 WHERE day = :partition;

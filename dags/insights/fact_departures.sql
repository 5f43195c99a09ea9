-- One row per scheduled flight. What comes from other domains is taken once and kept for the statement, so that
-- SQLite can look up hours and planes by an index of its own.
WITH
  hours AS MATERIALIZED (
    SELECT origin, hour_utc, temperature_c, wind_kmh, rain_mm, visibility_km
      FROM weather.hourly
     WHERE day = :partition
  ),
  planes AS MATERIALIZED (
    SELECT tailnum, year, seats FROM fleet.planes
  )
SELECT f.day, f.carrier, f.flight, f.origin, f.dest, f.tailnum, f.scheduled,
       f.cancelled, f.dep_delay, f.arr_delay, f.distance,
       h.temperature_c, h.wind_kmh, h.rain_mm, h.visibility_km,
       p.seats,
       CAST(strftime('%Y', f.day) AS INTEGER) - p.year AS plane_age
  FROM operations.flights AS f
  LEFT JOIN hours AS h ON h.origin = f.origin AND h.hour_utc = f.hour_utc
  LEFT JOIN planes AS p ON p.tailnum = f.tailnum
 WHERE f.day = :partition

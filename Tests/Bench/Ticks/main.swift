import Basics
import Timetables

/// How many ticks a second are told, one after another: a line of JSON for the bench.
func measure(_ expression: String, _ zone: String) throws -> Double {
  let cron = try CronExpression(parsing: expression)
  let zone = try Zone(named: zone)
  let start = Instant(seconds: CivilTime(year: 2013, month: 1, day: 1).secondsSinceEpoch)
  let clock = ContinuousClock()
  let begin = clock.now
  var (count, moment) = (0, start)
  while clock.now - begin < .seconds(1) {
    for _ in 0..<1000 { moment = cron.next(after: moment, in: zone) ?? start }
    count += 1000
  }
  let span = (clock.now - begin) / .seconds(1)
  return Double(count) / span
}

let cases = [
  ("0 6 * * *", "America/New_York"), ("*/5 * * * *", "America/New_York"),
  ("30 2 * * mon-fri", "Europe/Berlin"),
  ("0 6 1,15 * *", "UTC"),
]
let rows = try cases.map { "\"\($0.0), \($0.1)\": \(Int(try measure($0.0, $0.1)))" }
print("{" + rows.joined(separator: ", ") + "}")

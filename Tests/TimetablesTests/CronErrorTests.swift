import Basics
import Testing

@testable import Timetables

@Suite struct CronErrorTests {
  @Test(arguments: [
    ("", 0, 1, "a cron expression is empty"), ("   ", 0, 3, "a cron expression is empty"),
    ("0 6 * *", 6, 1, "a cron expression has five fields, and this one has 4 fields"),
    ("daily", 0, 5, "a cron expression has five fields, and this one has 1 field"),
    ("0 0 6 * * *", 10, 1, "a cron expression has five fields, and this one has 6 fields"),
    ("60 * * * *", 0, 2, "'60' is no minute"), ("* 24 * * *", 2, 2, "'24' is no hour"),
    ("* * 0 * *", 4, 1, "'0' is no day of the month"), ("* * * 13 *", 6, 2, "'13' is no month"),
    ("* * * * 8", 8, 1, "'8' is no day of the week"),
    ("99999999999999999999999 * * * *", 0, 23, "'99999999999999999999999' is no minute"),
    ("-1 * * * *", 0, 2, "'-1' is no minute"), ("1- * * * *", 0, 2, "the range '1-' lacks an end"),
    ("1-2-3 * * * *", 2, 3, "'2-3' is no minute"), ("*-5 * * * *", 0, 1, "'*' is no minute"),
    ("1-x * * * *", 2, 1, "'x' is no minute"), ("10-5 * * * *", 0, 4, "the range '10-5' runs backwards"),
    ("* * * * fri-mon", 8, 7, "the range 'fri-mon' runs backwards"),
    ("* * * * mon-sun", 8, 7, "the range 'mon-sun' runs backwards"),
    ("1,,2 * * * *", 1, 1, "the list of the minute has an empty item"),
    (",1 * * * *", 0, 1, "the list of the minute has an empty item"),
    ("1, * * * *", 1, 1, "the list of the minute has an empty item"),
    ("*/0 * * * *", 2, 1, "the step of '*/0' is no number above 0"),
    ("*/ * * * *", 0, 2, "the step of '*/' is no number above 0"),
    ("*/x * * * *", 2, 1, "the step of '*/x' is no number above 0"),
    ("*/2/3 * * * *", 0, 5, "'*/2/3' has two steps"),
    ("/5 * * * *", 0, 1, "the minute lacks a number before '/'"),
    ("* * L * *", 4, 1, "'L' is no day of the month"), ("* * * * 5#3", 8, 3, "'5#3' is no day of the week"),
    ("? * * * *", 0, 1, "'?' is no minute"), ("* * * * monday", 8, 6, "'monday' is no day of the week"),
    ("* * * mon *", 6, 3, "'mon' is no month"), ("¹ * * * *", 0, 2, "'¹' is no minute"),
    ("1_0 * * * *", 0, 3, "'1_0' is no minute"), ("@reboot", 0, 7, "'@reboot' names no time"),
    ("@Daily", 0, 6, "'@Daily' is no word that cron knows"), ("@daily *", 0, 6, "something follows '@daily'"),
    ("0 0 30 2 *", 0, 10, "'0 0 30 2 *' never comes: no month has that day"),
    ("0 0 31 2,4,6,9,11 *", 0, 19, "'0 0 31 2,4,6,9,11 *' never comes: no month has that day"),
    ("0 0 30 2 */2", 0, 12, "'0 0 30 2 */2' never comes: no month has that day"),
  ])
  func `a mistake is told with its place`(_ text: String, _ offset: Int, _ length: Int, _ message: String) {
    let error = #expect(throws: CronError.self) { try CronExpression(parsing: text) }
    #expect(error?.message == message)
    #expect(error?.offset == offset)
    #expect(error?.length == length)
    #expect(error?.help.isEmpty == false)
  }

  @Test(arguments: [
    ("* * * * mon-sun", "write '1-7'"), ("* * * * fri-mon", "write '5-6,0-1'"),
    ("51-4 * * * *", "write '51-59,0-4'"),
    ("* * * 12-2 *", "write '12,1-2'"), ("* * * * 7-1", "write '6,0-1'"), ("* * * * Tuesday", "write 'tue'"),
    ("* * * janu *", "write 'jan'"), ("*/ * * * *", "write a number after '/', such as '*/5'"),
  ])
  func `the cure of a mistake is an expression that can be read`(_ text: String, _ help: String) {
    let error = #expect(throws: CronError.self) { try CronExpression(parsing: text) }
    #expect(error?.help == help)
  }

  @Test(arguments: ["0 0 31 2 1", "0 0 30 2 5", "0 0 29 2 *", "0 0 31 1,2 *", "0 0 29-31 2 *"])
  func `what comes now and then is no mistake`(_ text: String) throws {
    let cron = try CronExpression(parsing: text)
    #expect(cron.next(after: Instant(milliseconds: 0), in: .utc) != nil)
  }

  @Test func `no text makes the parser stumble, and what it reads has a next tick`() throws {
    var chance = SeededGenerator(seed: 20_130_131)
    let pieces = [
      "*", "/", "-", ",", " ", "\t", "0", "1", "7", "31", "59", "99999999999", "mon", "SUN", "jan", "L", "#",
      "@", "é", "\u{0}",
    ]
    for _ in 0..<3000 {
      var text = ""
      for _ in 0..<Int.random(in: 0...14, using: &chance) {
        text += pieces.randomElement(using: &chance) ?? ""
      }
      if Bool.random(using: &chance) { text += " * * * *" }
      do throws(CronError) {
        let cron = try CronExpression(parsing: text)
        #expect(cron.next(after: Instant(milliseconds: 0), in: .utc) != nil, "\(text)")
        #expect(!cron.summary.isEmpty)
      } catch {
        #expect(error.offset >= 0 && error.length >= 1)
        #expect(error.offset + error.length <= max(1, text.utf8.count), "\(text.debugDescription)")
      }
    }
  }
}

import Basics
import TestKit
import Testing

@testable import Timetables

/// What other implementations of cron expect, where their tables are at hand.
@Suite(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct CronPeersTests {
  /// Rows of a file of JSON lines.
  private func rows(_ file: String) throws -> [JSONValue] {
    let text = try #require(try SharedData.text("data/cron/" + file))
    return try text.split(separator: "\n").map { try JSONValue(parsing: $0.utf8) }
  }

  @Test func `ticks agree with every row that speaks Debian's dialect`() throws {
    var compared = 0
    for row in try rows("cron5-next.jsonl") where row["cronsim"]?.string == "agree" {
      let expression = try #require(row["expr"]?.string)
      // Marks that Debian's cron does not know.
      if expression.contains("#") || hasLastMark(expression) { continue }
      let cron: CronExpression
      do { cron = try CronExpression(parsing: expression) } catch {
        Issue.record("\(expression): \(error)")
        continue
      }
      let after = try #require(row["after"]?.string)
      // Without a zone the peers count in the offset of the moment.
      guard let name = row["tz"]?.string ?? (after.hasSuffix("+00:00") ? "UTC" : nil) else { continue }
      let zone = try Zone(named: name)
      var moment = try instant(after)
      if row["inclusive"] == .boolean(true) { moment = moment - .milliseconds(1) }
      for expected in row["next"]?.array ?? [] {
        let expected = try instant(try #require(expected.string))
        let next = cron.next(after: moment, in: zone)
        #expect(
          next == expected, "\(expression) in \(zone.name) after \(moment.rfc3339): \(text(next, in: zone))")
        moment = expected
      }
      compared += 1
    }
    #expect(compared > 600)
  }

  @Test func `where the peers differ, ticks are those of the one that speaks Debian's dialect`() throws {
    var compared = 0
    for row in try rows("cron5-next.jsonl") {
      guard let own = row["cronsim"]?.array, let expression = row["expr"]?.string,
        !expression.contains("#"), !hasLastMark(expression),
        let cron = try? CronExpression(parsing: expression), let name = row["tz"]?.string,
        // Changes of half an hour are beyond that peer.
        name != "Australia/Lord_Howe"
      else { continue }
      let zone = try Zone(named: name)
      var moment = try instant(try #require(row["after"]?.string))
      if row["inclusive"] == .boolean(true) { moment = moment - .milliseconds(1) }
      for expected in own {
        let expected = try instant(try #require(expected.string))
        // Asked within the second pass of an hour it may answer with a time of the first.
        guard expected > moment else { break }
        let next = cron.next(after: moment, in: zone)
        #expect(
          next == expected, "\(expression) in \(name) after \(moment.rfc3339): \(text(next, in: zone))")
        moment = expected
      }
      compared += 1
    }
    #expect(compared > 50)
  }

  @Test func `without a zone ticks agree with the peers in the offset of the moment`() throws {
    var compared = 0
    for row in try rows("cron5-next.jsonl") where row["consensus"] == .boolean(true) {
      guard row["tz"]?.string == nil, let after = row["after"]?.string, let expression = row["expr"]?.string
      else { continue }
      let cron = try CronExpression(parsing: expression)
      // The wall clock of the moment, as that of UTC.
      func local(_ text: String) throws -> Instant { try instant(String(text.prefix(19)) + "Z") }
      var moment = try local(after)
      if row["inclusive"] == .boolean(true) { moment = moment - .milliseconds(1) }
      for expected in row["next"]?.array ?? [] {
        let expected = try local(try #require(expected.string))
        #expect(cron.next(after: moment, in: .utc) == expected, "\(expression) after \(after)")
        moment = expected
      }
      compared += 1
    }
    #expect(compared > 10)
  }

  @Test func `an expression is valid where the peers find it so in Debian's dialect`() throws {
    var compared = 0
    for row in try rows("cron-validity.jsonl") {
      guard let text = row["expr"]?.string, row["fields"]?.integer == 5 || text.hasPrefix("@"),
        case .boolean(let peer)? = row["cronsim"], !text.contains("#"), !hasLastMark(text)
      else { continue }
      let isValid = (try? CronExpression(parsing: text)) != nil
      #expect(isValid == peer, "\(text)")
      compared += 1
    }
    #expect(compared > 150)
  }

  private func hasLastMark(_ text: String) -> Bool {
    let upper = text.uppercased()
    return upper.split(separator: " ").contains { field in
      field.split(separator: ",").contains { item in
        item == "L" || item == "LW" || (item.last == "L" && item.first?.isNumber == true)
          || item.hasPrefix("L-")
      }
    }
  }
}

import Basics
import Testing
import Timetables

@testable import CommandLine

@Suite struct MomentTextTests {
  @Test(arguments: [
    ("2024-03-10T07:00:00Z", 1_710_054_000_000), ("2024-03-10T07:00:00.459Z", 1_710_054_000_459),
    ("2024-03-10T07:00:00.5Z", 1_710_054_000_500), ("2024-03-10T07:00:00.1239999Z", 1_710_054_000_123),
    ("2024-03-10T07:00:00.25+01:00", 1_710_050_400_250), ("2024-03-10T07:00:00.001", 1_710_054_000_001),
    ("2024-03-10", 1_710_028_800_000),
  ])
  func `a moment that people write, or commands print, is read`(_ text: String, _ milliseconds: Int64) {
    #expect(Instant(text, in: .utc)?.milliseconds == milliseconds)
  }

  @Test(arguments: [
    "2024-03-10.5", "2024-03-10T07:00:00.Z", "2024-03-10T07:00:00.1234567890Z", "2024-03-10T07:00.5Z",
    "2024-03-10T07:00:00.x5Z", "2024-03-10T07:00:00.5.5Z", ".", "2024-03-10T07:00:00.\u{0665}Z",
  ])
  func `what is no moment is none`(_ text: String) {
    #expect(Instant(text, in: .utc) == nil)
  }

  @Test func `what is printed can be read`() {
    let moment = Instant(milliseconds: 1_710_054_000_459)
    #expect(Instant(moment.rfc3339, in: .utc) == moment)
  }
}

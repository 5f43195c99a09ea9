import Execution
import TestKit
import Testing

@testable import CommandLine

struct GrowingLogTests {
  private static let secret = "correct-horse-battery"
  private static let mask = SecretMask(pieces: [Array(secret.utf8)])

  @Test(arguments: [0, 5, 20, 21, 4000])
  func `a line without end that is handed on in pieces shows no part of a secret`(before: Int) throws {
    let folder = try TemporaryFolder()
    let piece = 1 << 20
    let path = try folder.write(
      String(repeating: "x", count: piece - before) + Self.secret + String(repeating: "y", count: piece),
      to: "log")
    var log = GrowingLog(path: path)
    var pieces: [String] = []
    #expect(log.read(isFinal: true, Self.mask) { pieces.append($0) })
    let stars = String(repeating: "*", count: Self.secret.utf8.count)
    let hidden = String(repeating: "x", count: piece - before) + stars + String(repeating: "y", count: piece)
    // Not told where it fails: it is long.
    let isHidden = pieces.joined() == hidden
    #expect(pieces.count > 1 && isHidden)
  }

  @Test func `the tail of a log hides a secret that its beginning cuts`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "x" + Self.secret + String(repeating: "y", count: (64 << 10) - 5), to: "log")
    let tail = LogFile.tail(of: path, lines: 5, Self.mask)
    #expect(tail.count == 1 && tail[0].hasPrefix("*****y"))
  }
}

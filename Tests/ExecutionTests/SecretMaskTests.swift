import Basics
import Glibc
import Records
import TestKit
import Testing

@testable import Execution

struct SecretMaskTests {
  private static func hidden(_ text: String, _ secrets: [String]) -> String {
    var bytes = Array(text.utf8)
    SecretMask(pieces: secrets.map { Array($0.utf8) }).hide(in: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("abab", "xabababx", "x******x"), ("aaaa", "aaaaaaaaaab", "**********b"),
    ("abcabc", "abcabcabc abcab", "********* abcab"), ("abcd", "abc abcdabcd", "abc ********"),
  ])
  func `a secret that begins again within itself is hidden whole`(
    secret: String, text: String, shown: String
  ) {
    #expect(Self.hidden(text, [secret]) == shown)
  }

  @Test func `secrets that overlap are all hidden`() {
    #expect(Self.hidden("-hunter2xyzABCD-", ["hunter2xyz", "xyzABCD"]) == "-**************-")
    #expect(Self.hidden("-hunter2xyzABCD-", ["xyzABCD", "hunter2xyz", "ter2"]) == "-**************-")
  }

  @Test func `hiding agrees with looking at every place`() {
    var chance = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let text = (0..<60).map { _ in UInt8.random(in: 97...98, using: &chance) }
      let pieces = (0..<3).map { _ in
        (0..<Int.random(in: 4...9, using: &chance)).map { _ in UInt8.random(in: 97...98, using: &chance) }
      }
      var wanted = text
      for piece in pieces {
        for place in 0...(text.count - piece.count)
        where text[place..<place + piece.count].elementsEqual(piece) {
          for hidden in place..<place + piece.count { wanted[hidden] = 42 }
        }
      }
      var got = text
      SecretMask(pieces: pieces).hide(in: &got)
      #expect(got == wanted)
    }
  }

  @Test func `what cannot be told to be secret or not is not shown`() throws {
    let folder = try TemporaryFolder()
    let state = StateDirectory(root: folder.path)
    #expect(try SecretMask(of: state).isEmpty)
    try folder.write("one\nhunter22\r\n", to: "secrets/KEY")
    var bytes = Array("say hunter22".utf8)
    try SecretMask(of: state).hide(in: &bytes)
    #expect(bytes == Array("say ********".utf8))
    try folder.write("x", to: "other/secrets")
    #expect(throws: SecretMask.Unreadable.self) {
      try SecretMask(of: StateDirectory(root: folder.file("other")))
    }
  }
}

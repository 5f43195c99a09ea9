import Testing

@testable import Basics

@Suite struct SHA256Tests {
  /// FIPS 180-2 appendix B, NIST's CAVP short messages, and lengths around the block's.
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    ("a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
    ("a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
    ("a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
    ("a", 100_000, "6d1cf22d7cc09b085dfc25ee1a1f3ae0265804c607bc2074ad253bcc82fd81ee"),
  ])
  func `the digest is NIST's`(_ text: String, _ times: Int, _ expected: String) {
    #expect(SHA256.hexadecimal(of: String(repeating: text, count: times)) == expected)
  }

  @Test func `the digest is the same in however many pieces the bytes come`() {
    var chance = SeededGenerator(seed: 6)
    let bytes = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &chance) }
    var whole = SHA256()
    whole.update(bytes)
    for _ in 0..<20 {
      var pieces = SHA256()
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Int.random(in: 0...min(130, rest.count), using: &chance)
        pieces.update(rest.prefix(count))
        rest = rest.dropFirst(count)
        // Asking for the digest does not disturb it.
        _ = pieces.digest
      }
      #expect(pieces.digest == whole.digest)
    }
    #expect(whole.digest.count == 32)
  }
}

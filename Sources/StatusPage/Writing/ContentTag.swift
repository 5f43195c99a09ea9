/// Tells contents apart: 64 bits of FNV-1a over words, which takes no time worth mention.
enum ContentTag {
  static func text(of bytes: [UInt8]) -> String {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(truncatingIfNeeded: bytes.count)
    bytes.withUnsafeBytes { buffer in
      let words = buffer.count / 8 * 8
      for place in stride(from: 0, to: words, by: 8) {
        sum = mixed(sum, buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      }
      for place in words..<buffer.count { sum = mixed(sum, UInt64(buffer[place])) }
    }
    return String(sum, radix: 16)
  }

  /// A product loses what stands at the top of its factors, so that is folded down.
  private static func mixed(_ sum: UInt64, _ word: UInt64) -> UInt64 {
    let product = (sum ^ word) &* 0x0000_0100_0000_01B3
    return product ^ (product >> 32)
  }

  /// Whether what a reader has is this, as RFC 9110 compares weakly.
  static func isSame(_ told: Substring, _ tag: String) -> Bool {
    var told = told.drop { $0 == " " }
    while told.last == " " { told.removeLast() }
    if told == "*" { return true }
    return (told.hasPrefix("W/") ? told.dropFirst(2) : told) == tag
  }
}

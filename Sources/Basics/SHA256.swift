/// The digest of a stream of bytes: SHA-256, FIPS 180-4.
///
///     var hash = SHA256()
///     hash.update("a text")
///     hash.hexadecimal
public struct SHA256: Sendable {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  /// The bytes of the block that is not full yet; always 64 long.
  private var block = [UInt8](repeating: 0, count: 64)
  private var filled = 0
  private var length: UInt64 = 0

  public init() {}

  /// Takes in bytes; in how many pieces they come makes no difference.
  public mutating func update(_ bytes: some Sequence<UInt8>) {
    if bytes.withContiguousStorageIfAvailable({ take($0) }) == nil {
      Array(bytes).withUnsafeBufferPointer { take($0) }
    }
  }

  /// Takes in a text as UTF-8.
  public mutating func update(_ text: some StringProtocol) { update(text.utf8) }

  /// The digest of what was taken in so far; 32 bytes. More may follow.
  public var digest: [UInt8] {
    var copy = self
    let bits = length &* 8
    copy.update(CollectionOfOne(0x80))
    copy.update(repeatElement(0, count: (120 - copy.filled) % 64))
    copy.update((0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) })
    return copy.state.flatMap { word in
      (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
    }
  }

  /// The digest as 64 hexadecimal digits in lower case.
  public var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of a whole text as 64 hexadecimal digits.
  public static func hexadecimal(of text: some StringProtocol) -> String {
    var hash = SHA256()
    hash.update(text)
    return hash.hexadecimal
  }

  private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) {
    length &+= UInt64(bytes.count)
    var rest = bytes[...]
    if filled > 0 {
      let first = rest.prefix(64 - filled)
      block.replaceSubrange(filled..<filled + first.count, with: first)
      filled += first.count
      rest = rest.dropFirst(first.count)
      guard filled == 64 else { return }
      let full = block
      full.withUnsafeBufferPointer { compress($0) }
    }
    // Whole blocks are mixed in where they lie.
    while rest.count >= 64 {
      compress(UnsafeBufferPointer(rebasing: rest.prefix(64)))
      rest = rest.dropFirst(64)
    }
    block.replaceSubrange(0..<rest.count, with: rest)
    filled = rest.count
  }

  /// Mixes a block of 64 bytes into the state.
  private mutating func compress(_ block: UnsafeBufferPointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
      for index in 0..<16 {
        let (high, low) = (
          UInt32(block[index * 4]) << 8 | UInt32(block[index * 4 + 1]),
          UInt32(block[index * 4 + 2]) << 8 | UInt32(block[index * 4 + 3])
        )
        words.initializeElement(at: index, to: high << 16 | low)
      }
      for index in 16..<64 {
        let near = words[index - 2]
        let far = words[index - 15]
        let sum = Self.turned(near, 17) ^ Self.turned(near, 19) ^ (near >> 10)
        let other = Self.turned(far, 7) ^ Self.turned(far, 18) ^ (far >> 3)
        words.initializeElement(at: index, to: sum &+ other &+ words[index - 7] &+ words[index - 16])
      }
      Self.constants.withUnsafeBufferPointer { mix(words, $0) }
    }
  }

  /// The sixty-four rounds of FIPS 180-4, 6.2.2, with its names.
  private mutating func mix(
    _ words: UnsafeMutableBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for index in 0..<64 {
      let sum1 = Self.turned(e, 6) ^ Self.turned(e, 11) ^ Self.turned(e, 25)
      let choice = (e & f) ^ (~e & g)
      let first = h &+ sum1 &+ choice &+ constants[index] &+ words[index]
      let sum0 = Self.turned(a, 2) ^ Self.turned(a, 13) ^ Self.turned(a, 22)
      let majority = (a & b) ^ (a & c) ^ (b & c)
      (h, g, f, e) = (g, f, e, d &+ first)
      (d, c, b, a) = (c, b, a, first &+ sum0 &+ majority)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
  }

  private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word &>> count | word &<< (32 &- count)
  }

  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}

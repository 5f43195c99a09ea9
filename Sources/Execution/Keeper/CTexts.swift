/// Texts as a process is given them: one after the other, each ended by a zero byte.
public struct CTexts: Hashable, Sendable {
  let bytes: [UInt8]

  /// The texts hold no zero byte.
  public init(_ texts: [String]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 1 })
    for text in texts {
      bytes.append(contentsOf: text.utf8)
      bytes.append(0)
    }
    self.bytes = bytes
  }

  /// Nil when the last one has no end.
  init?(ended bytes: ArraySlice<UInt8>) {
    guard bytes.last ?? 0 == 0 else { return nil }
    self.bytes = Array(bytes)
  }

  public var isEmpty: Bool { bytes.isEmpty }

  /// Calls `body` with pointers to the texts, the last one nil.
  func withPointers<Result>(_ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result {
    // C's type is of characters that may be written, though nobody does.
    var copy = bytes
    return copy.withUnsafeMutableBytes { buffer in
      let texts = buffer.bindMemory(to: CChar.self)
      var pointers: [UnsafeMutablePointer<CChar>?] = []
      var isStart = true
      for index in texts.indices {
        if isStart { pointers.append(texts.baseAddress.map { $0 + index }) }
        isStart = texts[index] == 0
      }
      pointers.append(nil)
      return pointers.withUnsafeBufferPointer { pointers in
        // There is always the nil at the end, so there is an address.
        pointers.baseAddress.map(body) ?? withUnsafePointer(to: nil) { body($0) }
      }
    }
  }
}

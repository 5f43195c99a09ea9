import Glibc

/// Where a command reads from.
public struct Input {
  /// Whether a person can answer.
  public var isTerminal: Bool
  /// Up to that many bytes; empty at the end. Throws an errno.
  public var read: (_ most: Int) throws(InputError) -> [UInt8]

  /// The errno of a read that failed.
  public struct InputError: Error, Hashable, Sendable { public var number: Int32 }

  public init(isTerminal: Bool, read: @escaping (_ most: Int) throws(InputError) -> [UInt8]) {
    self.isTerminal = isTerminal
    self.read = read
  }

  /// The process's own standard input.
  public static var standard: Input {
    Input(isTerminal: isatty(0) == 1) { (most) throws(InputError) -> [UInt8] in
      var bytes = [UInt8](repeating: 0, count: most)
      while true {
        let count = bytes.withUnsafeMutableBytes { Glibc.read(0, $0.baseAddress, $0.count) }
        if count >= 0 { return Array(bytes[..<count]) }
        if errno != EINTR { throw InputError(number: errno) }
      }
    }
  }

  /// Everything up to the end, or nil when it is more than `most` bytes.
  public func readAll(most: Int) throws(InputError) -> [UInt8]? {
    var all: [UInt8] = []
    while true {
      let chunk = try read(1 << 16)
      if chunk.isEmpty { return all }
      all.append(contentsOf: chunk)
      if all.count > most { return nil }
    }
  }

  /// One line without its end; nil when there is none any more.
  public func readLine() -> String? {
    var line: [UInt8] = []
    while line.count < 4096 {
      guard let byte = (try? read(1))?.first else {
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    return String(decoding: line, as: UTF8.self)
  }
}

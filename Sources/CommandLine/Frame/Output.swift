import Basics
import CSystem
import Glibc

/// Where a command writes to: buffered text on a descriptor that may be a terminal, a pipe or a file.
///
/// When nobody reads any more the rest is dropped in silence; the command itself goes on. Used by one thread
/// at a time.
public final class Output {
  /// What stands at the other end.
  public struct Terminal: Hashable, Sendable {
    /// 0 when nothing tells.
    public var columns: Int

    public init(columns: Int) { self.columns = columns }
  }

  /// Takes bytes; returns 0 or an errno.
  public typealias Sink = ([UInt8]) -> Int32

  private let sink: Sink
  private let isReady: (Duration) -> Bool
  private let measure: () -> Terminal?
  private var buffer: [UInt8] = []
  /// The errno of the write that failed, after which nothing is written any more.
  public private(set) var error: Int32 = 0
  /// Whether a person reads along.
  public let isTerminal: Bool
  /// Whether colours may be written.
  public var allowsColour = false
  /// Whether a line may be drawn over.
  public var allowsRedrawing = false

  private static let bufferSize = 1 << 15

  /// - Parameters:
  ///   - measure: asked whenever the width matters, for windows are resized; nil: no terminal.
  ///   - isReady: waits so long until a line can be written at once; whether it can.
  ///   - sink: takes what was written.
  public init(
    measure: @escaping () -> Terminal?, isReady: @escaping (Duration) -> Bool = { _ in true },
    sink: @escaping Sink
  ) {
    self.measure = measure
    self.isReady = isReady
    self.sink = sink
    isTerminal = measure() != nil
  }

  /// An output on an open descriptor.
  public convenience init(descriptor: Int32) {
    let isTerminal = isatty(descriptor) == 1
    self.init(
      measure: {
        isTerminal ? Terminal(columns: Int(heddle_terminal_columns(descriptor))) : nil
      },
      isReady: { patience in Output.hasRoom(descriptor, patience) },
      sink: { bytes in Output.writeAll(bytes, to: descriptor) })
  }

  /// The width of the terminal, at least 20; 80 when nothing tells.
  public var columns: Int {
    let columns = measure()?.columns ?? 0
    return columns == 0 ? 80 : max(20, columns)
  }

  /// Writes text as UTF-8.
  public func write(_ text: String) { write(bytes: text.utf8) }

  /// Writes bytes as they are.
  public func write(bytes: some Sequence<UInt8>) {
    guard error == 0 else { return }
    buffer.append(contentsOf: bytes)
    if buffer.count >= Output.bufferSize { flush() }
  }

  /// Writes the text and ends the line.
  public func line(_ text: String = "") {
    write(text)
    write("\n")
  }

  /// Hands on what is buffered.
  public func flush() {
    guard error == 0, !buffer.isEmpty else { return }
    error = sink(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Whether a line can be written at once; it may become so within a time. Where whoever reads stands still,
  /// a pipe is full, and a write would wait for ever.
  public func hasRoom(within patience: Duration) -> Bool { error != 0 || isReady(patience) }

  private static func hasRoom(_ descriptor: Int32, _ patience: Duration) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&wait, 1, Int32(clamping: patience.wholeMilliseconds)) > 0
  }

  /// Writes everything, however often it takes; 0 or an errno.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written >= 0 {
        done += written
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&wait, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

import Basics
import Glibc
import Records

/// A command's connection to the process that owns the state.
///
/// Used by one thread at a time.
public final class ControlClient {
  private let socket: ControlSocket
  private let clock: any Clock
  private var input: [UInt8] = []

  private init(socket: ControlSocket, clock: any Clock) {
    self.socket = socket
    self.clock = clock
  }

  /// Connects to the state's owner; nil: nobody listens there.
  public static func connect(
    to state: StateDirectory, clock: any Clock
  ) throws(ControlError) -> ControlClient? {
    var folder = stat()
    guard stat(state.root, &folder) == 0 else { return nil }
    let socket = try ControlSocket.make()
    // Also bounds how long an owner that is stopped in its tracks can keep us at the door.
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    _ = setsockopt(
      socket.number, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let code = try ControlSocket.withAddress(of: state.socket) { address, size in
      Glibc.connect(socket.number, address, size) == 0 ? 0 : errno
    }
    switch code {
    case 0: break
    case ENOENT, ECONNREFUSED: return nil
    case EAGAIN:
      throw ControlError(.slow, "the process that owns the state does not let anybody in", help: nil)
    default: throw .system("'\(state.socket)' cannot be connected to", code)
    }
    let trusted: [uid_t] = [geteuid(), 0, folder.st_uid]
    guard let peer = socket.peer, trusted.contains(peer) else {
      throw ControlError(
        .stranger, "another user listens at '\(state.socket)'", help: "see who may write '\(state.root)'")
    }
    return ControlClient(socket: socket, clock: clock)
  }

  /// Asks, and waits for the answer. After an error the connection is of no more use.
  ///
  /// - Parameter within: how long to wait; nil: as long as the owner is there.
  public func ask(_ request: ControlRequest, within: Duration? = nil) throws(ControlError) -> ControlReply {
    var line = ControlCoding.encode(request)
    guard line.count <= ControlCoding.longestLine else {
      throw ControlError(.garbled, "what is asked is too long", help: "ask for less at once")
    }
    line.append(UInt8(ascii: "\n"))
    var rest = line[...]
    writing: while !rest.isEmpty {
      switch socket.write(rest) {
      case .moved(let count): rest.removeFirst(min(count, rest.count))
      // Whoever closed the door may have said why first.
      case .ended: break writing
      case .blocked: throw Self.slow
      }
    }
    let deadline = within.map { $0.deadline(from: clock.monotonicNanoseconds) }
    let answer = try readLine(until: deadline)
    do { return try ControlCoding.reply(from: answer) } catch {
      throw ControlError(
        .garbled, "the answer of the process that owns the state cannot be read: \(error.message)",
        help: "does it run another version of heddle?")
    }
  }

  /// Whether the owner has hung up, waiting for that up to some milliseconds.
  public func isGone(within milliseconds: Int32 = 0) -> Bool {
    // Hanging up is told though nothing is asked for.
    var polls = [pollfd(fd: socket.number, events: 0, revents: 0)]
    return poll(&polls, 1, milliseconds) > 0
  }

  private func readLine(until deadline: UInt64?) throws(ControlError) -> [UInt8] {
    var scanned = 0
    while true {
      if let end = input[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = Array(input[..<end])
        input.removeFirst(end + 1)
        return line
      }
      scanned = input.count
      guard scanned <= ControlCoding.longestLine else {
        throw ControlError(.garbled, "the answer of the process that owns the state is too long")
      }
      try wait(until: deadline)
      if case .ended = socket.read(into: &input, most: 1 << 16) {
        throw ControlError(.gone, "the process that owned the state ended before it answered")
      }
    }
  }

  private func wait(until deadline: UInt64?) throws(ControlError) {
    while true {
      var timeout: Int32 = -1
      if let deadline {
        let now = clock.monotonicNanoseconds
        guard now < deadline else { throw Self.slow }
        timeout = Int32(clamping: (deadline - now) / 1_000_000 + 1)
      }
      var polls = [pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)]
      if poll(&polls, 1, timeout) > 0 { return }
    }
  }

  private static var slow: ControlError {
    ControlError(
      .slow, "the process that owns the state does not answer", help: "see what it does, or end it")
  }
}

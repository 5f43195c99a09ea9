import Basics
import Glibc
import MeshModel

/// One end of a conversation with a command: lines come in, one at a time is answered.
struct ControlConnection {
  /// What is to be done after a step.
  enum Step {
    case wait
    /// A request for the desk.
    case take(ControlRequest, serial: Int)
    case drop
  }

  let socket: ControlSocket
  /// Who is at the other end.
  let asker: Asker
  private let patience: Duration
  private var input: [UInt8] = []
  /// How much of the input holds no end of a line.
  private var scanned = 0
  private var output: ArraySlice<UInt8> = []
  /// The desk has the request of that number and has not answered yet.
  private var asked: Int?
  private var serial = 0
  /// Nothing is read any more; once the output is written it ends.
  private var isClosing = false
  /// Until when the rest of a line or of an answer must have moved, in nanoseconds that never step.
  private(set) var deadline: UInt64?

  init(socket: ControlSocket, user: uid_t, patience: Duration) {
    asker = Asker(name: Asker.userName(user), origin: "socket")
    self.socket = socket
    self.patience = patience
  }

  /// What to wait for; that the other end hangs up is told in any case.
  var events: Int16 {
    if !output.isEmpty { return Int16(POLLOUT) }
    return asked == nil ? Int16(POLLIN) : 0
  }

  /// The socket is ready, or hung up.
  mutating func move(_ events: Int16, at now: UInt64) -> Step {
    if !output.isEmpty { return write(at: now) }
    if asked == nil { return read(at: now) }
    return events == 0 ? .wait : .drop
  }

  private mutating func read(at now: UInt64) -> Step {
    switch socket.read(into: &input, most: 1 << 16) {
    case .blocked: return .wait
    case .ended: return .drop
    case .moved: return next(at: now)
    }
  }

  /// Looks for a whole line in what has come.
  private mutating func next(at now: UInt64) -> Step {
    guard let end = input[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = input.count
      if scanned > ControlCoding.longestLine { return refuse("the line is too long", at: now) }
      if input.isEmpty { deadline = nil } else if deadline == nil { deadline = patience.deadline(from: now) }
      return .wait
    }
    let line = input[..<end]
    deadline = nil
    defer {
      input.removeFirst(min(end + 1, input.count))
      scanned = 0
    }
    do throws(ControlCoding.Failure) {
      let request = try ControlCoding.request(from: line)
      serial += 1
      asked = serial
      return .take(request, serial: serial)
    } catch {
      return refuse(error.message, at: now)
    }
  }

  /// Says what was wrong and ends: what follows cannot be trusted to be what it looks like.
  private mutating func refuse(_ message: String, at now: UInt64) -> Step {
    isClosing = true
    return send(
      .refused(kind: .invalid, message: "the request cannot be read: \(message)", help: nil), at: now)
  }

  /// The desk answered a request. One that was answered already, or whose asker is gone, stays unsaid.
  mutating func answer(_ reply: ControlReply, to serial: Int, at now: UInt64) -> Step {
    guard asked == serial else { return .wait }
    asked = nil
    return send(reply, at: now)
  }

  private mutating func send(_ reply: ControlReply, at now: UInt64) -> Step {
    output += ControlCoding.encode(reply)
    output.append(UInt8(ascii: "\n"))
    deadline = patience.deadline(from: now)
    return write(at: now)
  }

  private mutating func write(at now: UInt64) -> Step {
    while !output.isEmpty {
      switch socket.write(output) {
      case .moved(let count): output.removeFirst(min(count, output.count))
      case .blocked: return .wait
      case .ended: return .drop
      }
    }
    output = []
    deadline = nil
    return isClosing ? .drop : next(at: now)
  }
}

import Basics
import CSystem
import Glibc

/// One connection: requests come in, one at a time is answered, and nothing more is read until its answer is
/// with the reader.
struct HTTPConnection {
  /// What is to be done after a step.
  enum Step {
    case wait
    /// A request for the responder.
    case ask(HTTPRequest, serial: Int)
    /// Nothing more is read; somebody is to say why.
    case refuse(HTTPStatus, String)
    case drop
  }

  /// Where it stands.
  private enum Phase {
    /// Bytes of a request are awaited.
    case reading
    /// The responder has a request.
    case asked
    case writing
    /// An event stream is being followed.
    case streaming
    /// All is said. What the other end still sends is read and forgotten: closing over it would take back
    /// what it has not read yet.
    case lingering
  }

  let socket: TCPSocket
  private let peer: String
  private let limits: ServerLimits
  private var parser: RequestParser
  private var phase = Phase.reading
  private var outgoing = Outgoing()
  private var serial = 0
  private var isHead = false
  /// The connection ends with the answer under way.
  private var closes = false
  private var hasHalfClosed = false
  private var wantsContinue = false
  /// Until when the phase must be over, in nanoseconds that never step; .max: never.
  private(set) var deadline: UInt64

  init(socket: TCPSocket, limits: ServerLimits, at now: UInt64) {
    self.socket = socket
    self.limits = limits
    peer = socket.peer
    parser = RequestParser(limits: limits.request)
    deadline = limits.head.deadline(from: now)
  }

  /// The stream that it follows.
  var stream: EventStream? { outgoing.stream }

  /// What to watch the socket for. Who writes while an answer is under way waits in the kernel's buffers.
  var interest: Int32 {
    let hangup = hasHalfClosed ? 0 : Int32(HEDDLE_HALF_CLOSED)
    let writing = outgoing.isEmpty ? 0 : Int32(HEDDLE_WRITABLE)
    return hangup | writing | (phase == .reading || phase == .lingering ? Int32(HEDDLE_READABLE) : 0)
  }

  /// Nothing is under way.
  var isIdle: Bool { phase == .reading && parser.isBetweenRequests }

  /// The socket is ready, or its other end hung up.
  mutating func move(_ happened: Int32, at now: UInt64) -> Step {
    if happened & Int32(HEDDLE_GONE) != 0 { return .drop }
    if happened & Int32(HEDDLE_HALF_CLOSED) != 0 {
      hasHalfClosed = true
      // Who follows events says nothing more, so this is its end.
      if phase == .streaming { return .drop }
      closes = true
    }
    if !outgoing.isEmpty { return write(at: now) }
    switch phase {
    case .reading: return read(at: now)
    case .lingering: return drain()
    case .asked, .writing, .streaming: return .wait
    }
  }

  /// Reads what nobody wants to know any more.
  private mutating func drain() -> Step {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      if case .ended = socket.read(into: buffer) { .drop } else { .wait }
    }
  }

  private mutating func linger(at now: UInt64) -> Step {
    phase = .lingering
    deadline = limits.linger.deadline(from: now)
    shutdown(socket.number, Int32(SHUT_WR))
    return .wait
  }

  private mutating func read(at now: UInt64) -> Step {
    let wasBetween = parser.isBetweenRequests
    var step = TCPSocket.Step.blocked
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      step = socket.read(into: buffer)
      if case .moved(let count) = step { parser.take(buffer[..<count]) }
    }
    switch step {
    case .ended: return .drop
    case .blocked: return .wait
    case .moved:
      if wasBetween { deadline = limits.head.deadline(from: now) }
      return next(at: now)
    }
  }

  /// Looks for a whole request in what has come.
  private mutating func next(at now: UInt64) -> Step {
    let wasInBody = parser.isInBody
    switch parser.next() {
    case .incomplete:
      if parser.isInBody, !wasInBody { deadline = limits.body.deadline(from: now) }
      return hasHalfClosed && !parser.isBetweenRequests ? .drop : .wait
    case .awaitsContinue:
      deadline = limits.body.deadline(from: now)
      outgoing.add("HTTP/1.1 100 Continue\r\n\r\n".utf8)
      wantsContinue = true
      return write(at: now)
    case .request(var request):
      request.peer = peer
      phase = .asked
      deadline = .max
      serial += 1
      closes = closes || request.closes
      isHead = request.method == "HEAD"
      return .ask(request, serial: serial)
    case .failed(let failure): return .refuse(failure.status, failure.reason)
    }
  }

  /// Says why nothing more is read, and ends.
  mutating func refuse(_ response: HTTPResponse, date: String, at now: UInt64) -> Step {
    closes = true
    isHead = false
    return send(response, date: date, at: now)
  }

  /// The responder answered a request. One that was answered already stays unsaid.
  mutating func answer(_ response: HTTPResponse, to serial: Int, date: String, at now: UInt64) -> Step {
    guard phase == .asked, serial == self.serial else { return .wait }
    return send(response, date: date, at: now)
  }

  private mutating func send(_ response: HTTPResponse, date: String, at now: UInt64) -> Step {
    outgoing.add(response.head(date: date, closes: closes))
    phase = .writing
    var patience = limits.answer
    if !isHead, !response.status.hasNoContent {
      outgoing.add(response.body)
      patience += .seconds(min((response.length ?? 0) / max(1, limits.rate), 86_400))
    }
    deadline = patience.deadline(from: now)
    if response.length == nil { closes = true }
    if outgoing.stream != nil { phase = .streaming }
    return write(at: now)
  }

  /// The stream has something to send, or is over.
  mutating func pump(at now: UInt64) -> Step { phase == .streaming ? write(at: now) : .wait }

  private mutating func write(at now: UInt64) -> Step {
    switch outgoing.write(to: socket) {
    case .failed: return .drop
    case .blocked:
      if phase == .streaming, deadline == .max { deadline = limits.answer.deadline(from: now) }
      return .wait
    case .written:
      if wantsContinue {
        wantsContinue = false
        return .wait
      }
      if phase == .streaming {
        deadline = .max
        return outgoing.isOver ? .drop : .wait
      }
      guard phase == .writing else { return .wait }
      if closes { return linger(at: now) }
      phase = .reading
      // What came behind the request may be the begin of the next.
      deadline = (parser.isBetweenRequests ? limits.idle : limits.head).deadline(from: now)
      return next(at: now)
    }
  }

  /// Its time is over; a request that is half there is told so.
  func expire() -> Step {
    guard phase == .reading, !parser.isBetweenRequests else { return .drop }
    return .refuse(.requestTimeout, "the request took too long to come")
  }

  /// The server is about to stop: what is under way may end, and nothing follows it.
  mutating func sayFarewell(by deadline: UInt64) -> Step {
    if isIdle || phase == .streaming || phase == .lingering { return .drop }
    closes = true
    self.deadline = min(self.deadline, deadline)
    return .wait
  }
}

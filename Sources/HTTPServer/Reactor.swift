import Basics
import CSystem
import Glibc

/// The server's thread: waits for whoever has something to say, or is to hear something. It never waits for
/// one of them.
final class Reactor {
  private let listeners: [TCPSocket]
  private let inbox: ReactorInbox
  private let responder: any HTTPResponder
  private let clock: any Clock
  private let limits: ServerLimits
  private let poller: Int32
  private var connections: [UInt64: HTTPConnection] = [:]
  private var interests: [UInt64: Int32] = [:]
  /// The tokens before are the inbox's and the listeners'.
  private var lastToken: UInt64
  /// Until when answers under way may take; nil: nobody said to stop.
  private var farewell: UInt64?
  /// Nobody is let in before: there were no descriptors left.
  private var closedUntil: UInt64?
  private var nextSweep: UInt64 = 0
  /// The date of answers, made anew each second.
  private var date = (seconds: Int64.min, text: "")

  /// So many more are told that it is full; those beyond are not even told that.
  private static let refusals = 64
  /// How late a deadline may be noticed.
  private static let sweep: UInt64 = 100_000_000

  init?(
    listeners: [TCPSocket], inbox: ReactorInbox, responder: any HTTPResponder, clock: any Clock,
    limits: ServerLimits
  ) {
    self.listeners = listeners
    self.inbox = inbox
    self.responder = responder
    self.clock = clock
    self.limits = limits
    lastToken = UInt64(listeners.count)
    poller = heddle_poller()
    guard poller >= 0 else { return nil }
    let readable = Int32(HEDDLE_READABLE)
    guard heddle_poller_watch(poller, inbox.descriptor, 0, readable) == 0 else { return nil }
    for (place, listener) in listeners.enumerated() {
      guard heddle_poller_watch(poller, listener.number, UInt64(place + 1), readable) == 0 else { return nil }
    }
  }

  deinit { close(poller) }

  /// Serves until it is told to stop and what is under way has ended.
  func run() {
    var tokens = [UInt64](repeating: 0, count: 64)
    var happened = [Int32](repeating: 0, count: 64)
    while true {
      let count = heddle_poller_events(poller, &tokens, &happened, 64, patience())
      let now = clock.monotonicNanoseconds
      for place in 0..<max(0, Int(count)) {
        let token = tokens[place]
        if token == 0 {
          takePosts(at: now)
        } else if token <= listeners.count {
          accept(listeners[Int(token) - 1], at: now)
        } else {
          step(token, at: now) { $0.move(happened[place], at: now) }
        }
      }
      if now >= nextSweep { expire(at: now) }
      if let farewell, connections.isEmpty || now >= farewell { break }
    }
    for token in Array(connections.keys) { drop(token) }
  }

  /// How long to wait, in milliseconds; -1: until something happens.
  private func patience() -> Int32 {
    let isTimed = farewell != nil || closedUntil != nil || connections.values.contains { $0.deadline < .max }
    return isTimed ? Int32(Self.sweep / 1_000_000) : -1
  }

  private func takePosts(at now: UInt64) {
    for item in inbox.take() {
      switch item {
      case .answer(let response, let token, let serial):
        guard connections[token] != nil else {
          if case .events(let stream) = response.body { stream.finish() }
          continue
        }
        let date = dateText()
        step(token, at: now) { $0.answer(response, to: serial, date: date, at: now) }
        follow(token)
      case .stream(let token): step(token, at: now) { $0.pump(at: now) }
      case .stop:
        let last = limits.farewell.deadline(from: now)
        farewell = last
        for listener in listeners { unwatch(listener) }
        for token in Array(connections.keys) { step(token, at: now) { $0.sayFarewell(by: last) } }
      }
    }
  }

  private func unwatch(_ listener: TCPSocket) {
    guard let place = listeners.firstIndex(where: { $0 === listener }) else { return }
    _ = heddle_poller_rewatch(poller, listener.number, UInt64(place + 1), 0)
  }

  /// Lets an event stream wake the connection that follows it.
  private func follow(_ token: UInt64) {
    guard let stream = connections[token]?.stream else { return }
    stream.connect { [inbox] in inbox.post(.stream(connection: token)) }
    // What was sent before is taken now.
    inbox.post(.stream(connection: token))
  }

  private func step(_ token: UInt64, at now: UInt64, _ move: (inout HTTPConnection) -> HTTPConnection.Step) {
    guard var connection = connections.removeValue(forKey: token) else { return }
    var step = move(&connection)
    if case .refuse(let status, let reason) = step {
      step = connection.refuse(responder.refusal(status, reason), date: dateText(), at: now)
    }
    if case .drop = step { return discard(token, connection) }
    let interest = connection.interest
    if interests[token] != interest {
      interests[token] = interest
      guard heddle_poller_rewatch(poller, connection.socket.number, token, interest) == 0 else {
        return discard(token, connection)
      }
    }
    connections[token] = connection
    if case .ask(let request, let serial) = step {
      responder.respond(to: request) { [inbox] response in
        inbox.post(.answer(response, connection: token, serial: serial))
      }
    }
  }

  private func drop(_ token: UInt64) {
    if let connection = connections.removeValue(forKey: token) { discard(token, connection) }
  }

  private func discard(_ token: UInt64, _ connection: HTTPConnection) {
    interests[token] = nil
    connection.stream?.finish()
  }

  private func expire(at now: UInt64) {
    nextSweep = now &+ Self.sweep
    for (token, connection) in connections where connection.deadline <= now {
      step(token, at: now) { $0.expire() }
    }
    if let until = closedUntil, now >= until, farewell == nil {
      closedUntil = nil
      for (place, listener) in listeners.enumerated() {
        let readable = Int32(HEDDLE_READABLE)
        _ = heddle_poller_rewatch(poller, listener.number, UInt64(place + 1), readable)
      }
    }
  }

  private func accept(_ listener: TCPSocket, at now: UInt64) {
    for _ in 0..<64 {
      guard let socket = TCPSocket(owning: heddle_accept(listener.number)) else {
        if errno == EINTR || errno == ECONNABORTED { continue }
        if errno != EAGAIN {
          closedUntil = now &+ Self.sweep
          unwatch(listener)
        }
        return
      }
      socket.sendWithoutDelay()
      guard farewell == nil, connections.count < limits.connections + Self.refusals else { continue }
      admit(socket, at: now)
    }
  }

  private func admit(_ socket: TCPSocket, at now: UInt64) {
    lastToken += 1
    let isFull = connections.count >= limits.connections
    let connection = HTTPConnection(socket: socket, limits: limits, at: now)
    interests[lastToken] = connection.interest
    guard heddle_poller_watch(poller, socket.number, lastToken, connection.interest) == 0 else {
      interests[lastToken] = nil
      return
    }
    connections[lastToken] = connection
    guard isFull else { return }
    var full = responder.refusal(.unavailable, "too many connections are open")
    full.headers.addIfAbsent("retry-after", "2")
    let date = dateText()
    step(lastToken, at: now) { $0.refuse(full, date: date, at: now) }
  }

  private func dateText() -> String {
    let now = clock.now
    if now.seconds != date.seconds { date = (now.seconds, HTTPDate.text(now)) }
    return date.text
  }
}

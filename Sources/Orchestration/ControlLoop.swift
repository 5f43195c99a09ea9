import Basics
import CSystem
import Glibc

/// The socket's thread: waits for whoever has something to say, or is to hear something.
final class ControlLoop {
  private let listener: ControlSocket
  private let outbox: ControlOutbox
  private let desk: any ControlDesk
  private let clock: any Clock
  private let limits: ControlServer.Limits
  private let trusts: (uid_t) -> Bool
  private var connections: [Int: ControlConnection] = [:]
  private var lastConnection = 0
  /// Nobody is let in before, in nanoseconds that never step: there were no descriptors left.
  private var closedUntil: UInt64 = 0

  init(
    listener: ControlSocket, outbox: ControlOutbox, desk: any ControlDesk, clock: any Clock,
    limits: ControlServer.Limits, trusts: @escaping (uid_t) -> Bool
  ) {
    self.listener = listener
    self.outbox = outbox
    self.desk = desk
    self.clock = clock
    self.limits = limits
    self.trusts = trusts
  }

  /// Serves until the outbox is closed.
  func run() {
    while true {
      let ready = wait()
      let now = clock.monotonicNanoseconds
      let (items, isClosed) = outbox.take()
      for item in items {
        step(item.connection, at: now) { $0.answer(item.reply, to: item.serial, at: now) }
      }
      if isClosed { return }
      for (id, events) in ready.connections { step(id, at: now) { $0.move(events, at: now) } }
      for (id, connection) in connections where connection.deadline.map({ $0 <= now }) ?? false {
        connections[id] = nil
      }
      if ready.listener { accept(at: now) }
    }
  }

  /// Waits until something is ready or a deadline is over.
  private func wait() -> (listener: Bool, connections: [(Int, Int16)]) {
    let now = clock.monotonicNanoseconds
    let isOpen = closedUntil <= now
    let ids = connections.keys.sorted()
    var polls = [
      pollfd(fd: outbox.waker.number, events: Int16(POLLIN), revents: 0),
      // A negative descriptor is passed over.
      pollfd(fd: isOpen ? listener.number : -1, events: Int16(POLLIN), revents: 0),
    ]
    var next = isOpen ? nil : Optional(closedUntil)
    for id in ids {
      guard let connection = connections[id] else { continue }
      polls.append(pollfd(fd: connection.socket.number, events: connection.events, revents: 0))
      if let deadline = connection.deadline { next = min(next ?? .max, deadline) }
    }
    let timeout = next.map { Int32(clamping: ($0 > now ? $0 - now : 0) / 1_000_000 + 1) } ?? -1
    guard poll(&polls, nfds_t(polls.count), timeout) > 0 else { return (false, []) }
    let ready = zip(ids, polls.dropFirst(2)).filter { $0.1.revents != 0 }.map { ($0.0, $0.1.revents) }
    return (polls[1].revents != 0, ready)
  }

  private func step(
    _ id: Int, at now: UInt64, _ move: (inout ControlConnection) -> ControlConnection.Step
  ) {
    guard var connection = connections.removeValue(forKey: id) else { return }
    switch move(&connection) {
    case .drop: return
    case .wait: connections[id] = connection
    case .take(let request, let serial):
      connections[id] = connection
      let outbox = outbox
      desk.take(request, from: connection.asker) {
        outbox.post(.init(connection: id, serial: serial, reply: $0))
      }
    }
  }

  private func accept(at now: UInt64) {
    while true {
      guard let socket = ControlSocket(owning: heddle_accept(listener.number)) else {
        if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
          closedUntil = now &+ 100_000_000
        }
        if errno == EINTR || errno == ECONNABORTED { continue }
        return
      }
      guard let peer = socket.peer, trusts(peer) else { continue }
      guard connections.count < limits.connections else {
        let reply = ControlReply.refused(
          kind: .environment, message: "\(limits.connections) commands are connected already",
          help: "end some of those that follow runs")
        _ = socket.write((ControlCoding.encode(reply) + [UInt8(ascii: "\n")])[...])
        continue
      }
      lastConnection += 1
      connections[lastConnection] = ControlConnection(socket: socket, user: peer, patience: limits.patience)
    }
  }
}

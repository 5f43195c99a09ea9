import Basics
import Glibc
import Threads

/// A small server of HTTP/1.1 on a thread of its own.
///
/// It reads requests to the letter and refuses the rest, answers one request a connection at a time, and lets
/// nobody hold it up: there are deadlines for all that others do, bounds for all that they send, and a number
/// of them that it takes.
public final class HTTPServer: Sendable {
  /// Where it listens, with the ports that it was given.
  public let addresses: [SocketAddress]
  private let inbox: ReactorInbox
  private let thread: WorkerThread

  /// Listens at these addresses, and answers from now on.
  public init(
    at addresses: [SocketAddress], clock: any Clock, limits: ServerLimits = ServerLimits(),
    responder: any HTTPResponder
  ) throws(HTTPServerError) {
    var listeners: [TCPSocket] = []
    for address in addresses { listeners.append(try address.listen()) }
    self.addresses = zip(addresses, listeners).map { SocketAddress.local(of: $1) ?? $0 }
    guard let inbox = ReactorInbox(),
      let reactor = Reactor(
        listeners: listeners, inbox: inbox, responder: responder, clock: clock, limits: limits)
    else { throw HTTPServerError("the server cannot wait for connections", errno) }
    self.inbox = inbox
    let handed = Handed(reactor)
    // However many want to read, the clock comes first.
    do { thread = try WorkerThread(name: "http", stepsBack: true) { handed.reactor.run() } } catch {
      throw HTTPServerError("\(error)")
    }
  }

  /// Takes no more connections, lets answers that are under way end, and returns when all is over.
  public func stop() {
    inbox.post(.stop)
    thread.join()
  }

  /// Used by the thread alone once it is handed over.
  private final class Handed: @unchecked Sendable {
    let reactor: Reactor

    init(_ reactor: Reactor) { self.reactor = reactor }
  }
}

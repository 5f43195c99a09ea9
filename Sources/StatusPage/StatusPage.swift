import Basics
import Glibc
import HTTPServer
import MeshModel
import Orchestration
import Records
import Threads

/// The page and its API: a server, some threads that read the record, and one that tells what changes.
///
/// The loop is asked what only it knows, and for changes, over the way that commands take; nobody waits for
/// it, and it never waits for anybody here.
public final class StatusPage: Sendable {
  /// How many requests are answered at once.
  private static let workers = 4

  /// Where it listens.
  public let addresses: [SocketAddress]
  private let server: HTTPServer
  private let desk: PageDesk
  private let feed: EventFeed
  private let links: SignInLinks

  /// Serves from now on.
  ///
  /// - Parameters:
  ///   - release: what new runs are made from now; `publish` says when that changes.
  ///   - loop: who answers for the loop.
  ///   - commands: who carries out commands for people on other machines; nil: nobody does.
  ///   - complain: takes a sentence about a request that could not be answered; on any thread.
  public init(
    settings: PageSettings, release: PublishedRelease, loop: any ControlDesk,
    commands: (any CommandHost)? = nil, clock: any Clock, limits: ServerLimits = ServerLimits(),
    complain: @escaping @Sendable (String) -> Void
  ) throws(StatusPageError) {
    let links = SignInLinks(clock: clock)
    let services = PageServices(
      gate: Gate(settings: settings, clock: clock), links: links, commands: commands,
      web: WebFolder(settings.web), pid: getpid(), startedAt: clock.now)
    self.links = links
    do {
      feed = try EventFeed(settings: settings, clock: clock, startedAt: services.startedAt)
      desk = try PageDesk(
        settings: settings, release: release, services: services, loop: loop, feed: feed, clock: clock,
        workers: Self.workers, names: RequestNames(clock: clock, complain: complain))
      server = try HTTPServer(at: [settings.address], clock: clock, limits: limits, responder: desk)
    } catch let error as HTTPServerError {
      throw StatusPageError(message: error.message)
    } catch {
      throw StatusPageError(message: "\(error)")
    }
    addresses = server.addresses
  }

  /// New runs are made from another release from now on.
  public func publish(_ release: PublishedRelease) { desk.publish(release) }

  /// The path of a link that signs a browser in, once, within a quarter of an hour; nil: none can be made.
  public func signInPath() -> String? { links.make().map { "/sign-in/\($0)" } }

  /// Lets what is under way end, and stops.
  public func stop() {
    feed.end()
    server.stop()
    desk.finish()
  }
}

/// Why there is no page.
public struct StatusPageError: Error, Hashable, Sendable {
  /// One sentence in lower case, without a full stop.
  public let message: String
}

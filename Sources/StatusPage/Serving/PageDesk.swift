import Basics
import HTTPServer
import MeshModel
import Orchestration
import Records
import Threads

/// Answers requests on a few threads, each with a reader of its own.
final class PageDesk: HTTPResponder {
  private struct Job: Sendable {
    var request: HTTPRequest
    var answer: @Sendable (HTTPResponse) -> Void
  }

  /// Requests that wait to be answered, those of connections that are gone among them; more are refused.
  private static let mostWaiting = 1024

  private let pool: WorkerPool<Job>
  private let waiting: Guarded<Int>
  private let published: Guarded<PublishedRelease>
  private let deadlines: Deadlines
  private let names: RequestNames

  init(
    settings: PageSettings, release: PublishedRelease, services: PageServices, loop: any ControlDesk,
    feed: EventFeed, clock: any Clock, workers: Int, names: RequestNames
  ) throws(ThreadError) {
    self.names = names
    let deadlines = try Deadlines(clock: clock)
    self.deadlines = deadlines
    let streams = StreamCount()
    let published = Guarded(release)
    self.published = published
    let waiting = Guarded(0)
    self.waiting = waiting
    pool = try WorkerPool(name: "page", workers: workers, stepsBack: true) { _ in
      let clerk = PageClerk(
        settings: settings, services: services, loop: loop, feed: feed, clock: clock, published: published,
        deadlines: deadlines, streams: streams)
      return { job in
        waiting.withLock { $0 -= 1 }
        clerk.answer(job.request, job.answer)
      }
    }
  }

  func publish(_ release: PublishedRelease) {
    published.withLock {
      let edition = $0.edition + 1
      $0 = release
      $0.edition = edition
    }
  }

  func respond(to request: HTTPRequest, answer send: @escaping @Sendable (HTTPResponse) -> Void) {
    let answer: @Sendable (HTTPResponse) -> Void = { [names] in send(names.named($0, to: request)) }
    let isRoom = waiting.withLock { waiting in
      guard waiting < Self.mostWaiting else { return false }
      waiting += 1
      return true
    }
    guard isRoom else { return answer(Problem.unavailable("too many wait for an answer").response) }
    if !pool.submit(Job(request: request, answer: answer)) {
      answer(Problem.unavailable("the page is about to stop").response)
    }
  }

  func refusal(_ status: HTTPStatus, _ reason: String) -> HTTPResponse {
    let code =
      status == .contentTooLarge ? "too_large" : status == .unavailable ? "unavailable" : "bad_request"
    return PageHeaders.added(to: Problem(status, code, reason).response)
  }

  func finish() {
    pool.finish()
    deadlines.end()
  }
}

/// What one of the page's threads does.
private final class PageClerk {
  private let settings: PageSettings
  private let services: PageServices
  private let loop: any ControlDesk
  private let feed: EventFeed
  private let clock: any Clock
  private let published: Guarded<PublishedRelease>
  private let deadlines: Deadlines
  private let streams: StreamCount
  private let router = Router(routes: RouteTable.all)
  private var reader: StateReader?

  init(
    settings: PageSettings, services: PageServices, loop: any ControlDesk, feed: EventFeed, clock: any Clock,
    published: Guarded<PublishedRelease>, deadlines: Deadlines, streams: StreamCount
  ) {
    self.deadlines = deadlines
    self.streams = streams
    self.settings = settings
    self.services = services
    self.loop = loop
    self.feed = feed
    self.clock = clock
    self.published = published
  }

  func answer(_ request: HTTPRequest, _ answer: @escaping @Sendable (HTTPResponse) -> Void) {
    let finish: @Sendable (HTTPResponse) -> Void = { answer(PageHeaders.added(to: $0)) }
    do {
      let world = PageWorld(
        reader: try open(), release: published.withLock { $0 }, clock: clock, settings: settings,
        services: services)
      let caller = try services.gate.caller(of: request, world.reader)
      switch router.answer(request, caller, world) {
      case .response(let response): finish(response)
      case .follow(let wish):
        follow(caller, finish) { stream in
          stream.send("retry: 2000\n\n".utf8)
          // A HEAD wants no events.
          if request.method == "GET" { feed.follow(stream, wish) } else { stream.end() }
          return true
        }
      case .command(let wish): try host().take(wish) { finish($0.response) }
      case .followed(let wish):
        let host = try host()
        follow(caller, finish, refusal: "too many commands are followed") { stream in
          host.follow(wish, stream)
        }
      case .ask(let asked, let span, let then):
        let asker = Asker(name: caller.name ?? "sign-in link", origin: caller.address)
        let reply = deadlines.answer(within: span, late: Self.silence) { finish(then($0)) }
        loop.take(asked, from: asker, answer: reply)
      }
    } catch let refused as RateRefused {
      finish(refused.response)
    } catch {
      // A reader that fails once may have lost its file.
      if error is RecordsError { reader = nil }
      finish(Router.problem(error).response)
    }
  }

  /// What is said for a loop that says nothing.
  private static let silence = ControlReply.refused(
    kind: .environment, message: "the loop does not answer",
    help: "what was asked may still be done: look before you ask again")

  private func host() throws -> any CommandHost {
    guard let host = services.commands else { throw Problem.notFound("no commands are carried out here") }
    return host
  }

  /// Answers with a stream of events.
  ///
  /// - Parameter begin: is given the stream, for whoever fills it; false: there are too many.
  private func follow(
    _ caller: Caller, _ finish: (HTTPResponse) -> Void,
    refusal: String = "too many streams of events are open", _ begin: (EventStream) -> Bool
  ) {
    let stream = EventStream()
    let leave = streams.admit(caller.address)
    if let leave { stream.atEnd(leave) }
    guard leave != nil, begin(stream) else {
      stream.end()
      var response = Problem.unavailable(refusal).response
      response.headers.add("retry-after", "10")
      return finish(response)
    }
    finish(
      HTTPResponse(
        .ok, ["content-type": "text/event-stream", "cache-control": "no-store"], body: .events(stream)))
  }

  private func open() throws -> StateReader {
    if let reader { return reader }
    let opened = try StateReader(opening: settings.state, clock: clock)
    reader = opened
    return opened
  }
}

/// What every answer carries: a browser that reads it runs nothing that is not the page's own.
enum PageHeaders {
  private static let policy = """
    default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
    """

  static func added(to response: HTTPResponse) -> HTTPResponse {
    var response = response
    response.headers.addIfAbsent("content-security-policy", policy)
    response.headers.addIfAbsent("x-content-type-options", "nosniff")
    response.headers.addIfAbsent("referrer-policy", "no-referrer")
    response.headers.addIfAbsent("cross-origin-resource-policy", "same-origin")
    return response
  }
}

import Basics
import HTTPServer
import MeshModel
import Orchestration
import Records
import Threads

/// Tells all who follow what the event log says, four times a second at most, on a thread of its own.
///
/// It looks into the state file as any reader does; the loop knows nothing of it.
final class EventFeed: Sendable {
  /// What others want of it.
  private enum Message: Sendable {
    case follow(EventStream, EventWish)
    case end
  }

  private static let rhythm: UInt64 = 250_000_000
  private let mailbox = Mailbox<Message>()
  private let thread: WorkerThread

  /// - Parameter greeting: what is said first, besides the number of the last event.
  init(settings: PageSettings, clock: any Clock, startedAt: Instant) throws(ThreadError) {
    let mailbox = mailbox
    thread = try WorkerThread(name: "events", stepsBack: true) {
      var work = FeedWork(settings: settings, clock: clock, startedAt: startedAt)
      while true {
        let deadline = work.isIdle ? nil : clock.monotonicNanoseconds &+ Self.rhythm
        for message in mailbox.take(until: deadline) {
          switch message {
          case .follow(let stream, let wish): work.add(stream, wish)
          case .end: return work.end()
          }
        }
        // What came in the meantime waits for the rest of the quarter of a second.
        work.turn()
      }
    }
  }

  func follow(_ stream: EventStream, _ wish: EventWish) { mailbox.post(.follow(stream, wish)) }

  func end() {
    mailbox.post(.end)
    thread.join()
  }
}

/// What the feed's thread does.
private struct FeedWork {
  /// Somebody who follows.
  private struct Follower {
    var stream: EventStream
    var wish: EventWish
    /// The last event that was told, or passed over.
    var seen: Int64
    /// When something was sent last.
    var sentAt: UInt64
  }

  private static let silence: UInt64 = 15_000_000_000
  private static let page = 5000
  private let settings: PageSettings
  private let clock: any Clock
  private let startedAt: Instant
  private var reader: StateReader?
  private var followers: [Follower] = []
  private var version: Int64?

  init(settings: PageSettings, clock: any Clock, startedAt: Instant) {
    self.settings = settings
    self.clock = clock
    self.startedAt = startedAt
  }

  var isIdle: Bool { followers.isEmpty }

  mutating func end() { for follower in followers { follower.stream.end() } }

  mutating func add(_ stream: EventStream, _ wish: EventWish) {
    let last: Int64
    do { last = try open().lastSequence() } catch {
      reader = nil
      stream.send(Self.failure(error))
      return stream.end()
    }
    // Who saw more than there is has another state in mind.
    let seen = wish.after.map { max(0, min($0, last)) } ?? last
    stream.send(
      Self.frame("hello", id: nil) { writer in
        writer.number("seq", seen)
        writer.moment("now", clock.now)
        writer.text("version", settings.version)
        writer.moment("started_at", startedAt)
      })
    if let after = wish.after, after > last { stream.send(Self.gap(last)) }
    followers.append(Follower(stream: stream, wish: wish, seen: seen, sentAt: clock.monotonicNanoseconds))
    version = nil
  }

  private mutating func open() throws -> StateReader {
    if let reader { return reader }
    let opened = try StateReader(opening: settings.state, clock: clock)
    reader = opened
    return opened
  }

  /// Tells everybody what is new. Where that cannot be read, everybody hears so, and comes back.
  mutating func turn() {
    followers.removeAll { $0.stream.isOver }
    guard !followers.isEmpty else { return reader = nil }
    do {
      let reader = try open()
      let now = try reader.dataVersion()
      if now != version {
        try tell(reader)
        version = now
      }
      try dropRevoked(reader)
    } catch {
      return fail(error)
    }
    beat()
  }

  private mutating func fail(_ error: any Error) {
    let word = Self.failure(error)
    for follower in followers {
      follower.stream.send(word)
      follower.stream.end()
    }
    followers = []
    reader = nil
    version = nil
  }

  private static func failure(_ error: any Error) -> [UInt8] {
    frame("failure", id: nil) { $0.text("detail", Router.problem(error).detail) }
  }

  private mutating func tell(_ reader: StateReader) throws {
    try reader.snapshot { reader in
      let last = try reader.lastSequence()
      let starts = Set(followers.map(\.seen)).filter { $0 < last }
      for start in starts.sorted() {
        let group = followers.indices.filter { followers[$0].seen == start }
        try tell(group, from: start, to: last, reader)
      }
    }
  }

  private mutating func tell(_ group: [Int], from start: Int64, to last: Int64, _ reader: StateReader) throws
  {
    let watched = group.reduce(into: Set<RunID>()) { $0.formUnion(followers[$1].wish.runs) }
    let now = clock.monotonicNanoseconds
    var changes = LivePatches()
    var isGap = last - start > Self.page
    if !isGap {
      let events = try reader.events(after: start, limit: Self.page)
      // Maintenance may have taken older events away.
      isGap = events.first.map { $0.sequence != start + 1 } ?? true
      for event in events { changes.add(event.change) }
    }
    let patches =
      isGap || changes.isTooMuch ? nil : try changes.patches(reader, watched: watched, at: clock.now)
    for place in group {
      followers[place].seen = last
      guard let patches else {
        followers[place].stream.send(Self.gap(last))
        followers[place].sentAt = now
        continue
      }
      let wish = followers[place].wish
      let own = patches.filter { $0.isMeant(for: wish) }
      guard !own.isEmpty else { continue }
      followers[place].stream.send(Self.changes(own, last, at: clock.now))
      followers[place].sentAt = now
    }
  }

  /// A stream that a token opened ends with it.
  private mutating func dropRevoked(_ reader: StateReader) throws {
    for follower in followers {
      guard let id = follower.wish.token else { continue }
      if try reader.token(id)?.isValid(at: clock.now) != true { follower.stream.end() }
    }
  }

  /// Says that it is there, to whom nothing was said for long.
  private mutating func beat() {
    let now = clock.monotonicNanoseconds
    for place in followers.indices where now &- followers[place].sentAt >= Self.silence {
      followers[place].sentAt = now
      followers[place].stream.send(
        Self.frame("beat", id: nil) { writer in
          writer.number("seq", followers[place].seen)
          writer.moment("now", clock.now)
        })
    }
  }

  private static func gap(_ sequence: Int64) -> [UInt8] {
    frame("gap", id: sequence) { $0.number("seq", sequence) }
  }

  private static func changes(_ patches: [LivePatches.Patch], _ sequence: Int64, at now: Instant) -> [UInt8] {
    frame("changes", id: sequence) { writer in
      writer.number("seq", sequence)
      writer.moment("at", now)
      writer.list("changes", patches) { $0.raw(String(decoding: $1.json, as: UTF8.self)) }
    }
  }

  private static func frame(_ name: String, id: Int64?, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    writer.object(members)
    return EventStream.frame(name, id: id, writer.bytes)
  }
}

extension LivePatches.Patch {
  fileprivate func isMeant(for wish: EventWish) -> Bool {
    if let run = taskOf, !wish.runs.contains(run) { return false }
    guard let seen = wish.domains, let domains else { return true }
    return !seen.isDisjoint(with: domains)
  }
}

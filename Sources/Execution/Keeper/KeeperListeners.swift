import MeshModel
import Threads

/// What the one that waits for an attempt is woken by.
enum KeeperNews: Sendable {
  case answer(KeeperAnswer)
  /// The keeper is gone, or does not speak to us any more.
  case gone
  /// Somebody asked for the attempt's end.
  case stop
}

/// A process that no thread waits for. One of the two is called, once, by the thread that reads the answers
/// or by the one that asks for somebody who waits.
struct UnattendedProcess: Sendable {
  /// It ended before anything else was told of it.
  var ended: @Sendable (ExitRecord) -> Void
  /// Somebody has to read the news of it from now on.
  var attend: @Sendable (Mailbox<KeeperNews>) -> Void
}

/// Who hears what a keeper tells of each attempt.
struct KeeperListeners {
  private enum Listener {
    /// Somebody waits.
    case attended(Mailbox<KeeperNews>)
    /// It is being sent, and what is told already waits until it has gone.
    case starting([KeeperNews])
    case unattended(UnattendedProcess)
  }

  /// The keeper is gone.
  private(set) var isGone = false
  private var listeners: [AttemptKey: Listener] = [:]

  /// From now on `news` gets what is told of an attempt.
  mutating func attend(to key: AttemptKey, _ news: Mailbox<KeeperNews>) {
    listeners[key] = .attended(news)
    if isGone { news.post(.gone) }
  }

  /// Its start is about to be sent.
  mutating func noteStart(of key: AttemptKey) { listeners[key] = .starting([]) }

  mutating func remove(_ key: AttemptKey) { listeners[key] = nil }

  /// Its start was sent, and nobody waits for it.
  ///
  /// - Returns: to be called without the lock.
  mutating func leave(_ key: AttemptKey, _ process: UnattendedProcess) -> (@Sendable () -> Void)? {
    var early: [KeeperNews] = isGone ? [.gone] : []
    if case .starting(let told)? = listeners[key] { early = told + early }
    listeners[key] = .unattended(process)
    var call: (@Sendable () -> Void)?
    for news in early { call = tell(news, of: key) ?? call }
    return call
  }

  /// Makes a mailbox for the news of an attempt that nobody waits for; nil: somebody does, or it is over.
  mutating func attend(to key: AttemptKey) -> Mailbox<KeeperNews>? {
    guard case .unattended? = listeners[key] else { return nil }
    let news = Mailbox<KeeperNews>()
    listeners[key] = .attended(news)
    return news
  }

  /// Hands on what was told of an attempt.
  ///
  /// - Returns: to be called without the lock.
  mutating func tell(_ news: KeeperNews, of key: AttemptKey) -> (@Sendable () -> Void)? {
    switch listeners[key] {
    case nil: return nil
    case .attended(let mailbox)?:
      mailbox.post(news)
      return nil
    case .starting(let told)?:
      listeners[key] = .starting(told + [news])
      return nil
    case .unattended(let process)?:
      if case .answer(.ended(let record)) = news {
        listeners[key] = nil
        return { process.ended(record) }
      }
      let mailbox = Mailbox<KeeperNews>()
      mailbox.post(news)
      listeners[key] = .attended(mailbox)
      return { process.attend(mailbox) }
    }
  }

  /// Tells everybody that the keeper is gone.
  ///
  /// - Returns: to be called without the lock.
  mutating func end() -> [@Sendable () -> Void] {
    isGone = true
    return Array(listeners.keys).compactMap { tell(.gone, of: $0) }
  }
}

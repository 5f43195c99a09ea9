import Basics
import CSystem
import Glibc
import MeshModel
import Threads

/// An owner's connection to a keeper: everybody writes to it, one thread reads and hands the answers on.
final class KeeperLink: Sendable {
  private static let greetingMilliseconds: Int32 = 10_000
  private static let mostSettled = 64
  /// A message that finds so much room in a socket of any size.
  private static let mostAtOnce = 16 << 10

  /// The keeper's.
  let name: String
  let version: UInt32
  let pid: Int32
  private let connection: FileDescriptor
  private let listeners: Guarded<KeeperListeners>
  private let writing = Lock()
  private let isBroken = Guarded(false)
  private let settled = Guarded([AttemptKey]())
  private let reader: WorkerThread

  /// Greets the keeper at the other end; nil when it does not answer as a keeper does, with `errno` EAGAIN
  /// when it does not answer at all.
  init?(to name: String, over connection: FileDescriptor) {
    let greeting = KeeperRequest.hello(version: KeeperRequest.version)
    guard Self.send(WireFrame.around(greeting.encoded), over: connection) else { return nil }
    var incoming = WireBuffer()
    errno = 0
    let answers = Self.nextAnswers(over: connection, &incoming, within: Self.greetingMilliseconds)
    guard case .hello(let version, let pid)? = answers?.first else { return nil }
    self.name = name
    self.version = version
    self.pid = pid
    self.connection = connection
    let listeners = Guarded(KeeperListeners())
    let unread = incoming
    let thread = Shortage.thread(named: "keeper link") {
      var incoming = unread
      while let answers = Self.nextAnswers(over: connection, &incoming) {
        let calls = listeners.withLock { listeners in
          answers.compactMap { answer in answer.key.flatMap { listeners.tell(.answer(answer), of: $0) } }
        }
        for call in calls { call() }
      }
      for call in listeners.withLock({ $0.end() }) { call() }
    }
    guard let thread else {
      errno = EAGAIN
      return nil
    }
    self.listeners = listeners
    reader = thread
  }

  /// Nothing can be sent any more, or it is closed at both ends; what is waited for is told so.
  var isGone: Bool { isBroken.withLock { $0 } || listeners.withLock { $0.isGone } }

  /// From now on `news` gets the answers about an attempt.
  func listen(for key: AttemptKey, _ news: Mailbox<KeeperNews>) {
    listeners.withLock { $0.attend(to: key, news) }
  }

  func stopListening(for key: AttemptKey) { listeners.withLock { $0.remove(key) } }

  /// Starts a process that nobody waits for; false: the message would not have gone at once, and did not.
  func start(_ key: AttemptKey, frame: [UInt8], _ process: UnattendedProcess) -> Bool {
    listeners.withLock { $0.noteStart(of: key) }
    guard sendAtOnce(frame) else {
      stopListening(for: key)
      return false
    }
    if let call = listeners.withLock({ $0.leave(key, process) }) { call() }
    return true
  }

  /// Makes a mailbox for the news of an attempt that nobody waits for; nil: somebody does, or it is over.
  func attend(to key: AttemptKey) -> Mailbox<KeeperNews>? { listeners.withLock { $0.attend(to: key) } }

  /// Sends a request. One that cannot be sent is answered by the end of the link.
  func send(_ request: KeeperRequest) { _ = send(frame: WireFrame.around(request.encoded)) }

  /// Acknowledges ends together with the next request, or when they are many: a message of its own for each
  /// would wake the keeper once more for each task, and nothing waits for it.
  func acknowledge(_ keys: [AttemptKey]) {
    let isMuch = settled.withLock { settled in
      settled += keys
      return settled.count >= Self.mostSettled
    }
    if isMuch { _ = send(frame: []) }
  }

  /// Sends a message in its frame; false when not all of it went.
  func send(frame: [UInt8]) -> Bool { writing.withLock { put(frame) } }

  /// Sends a message in its frame if nobody else sends and the keeper takes what is sent; false: it did not
  /// go, or not all of it.
  private func sendAtOnce(_ frame: [UInt8]) -> Bool {
    guard frame.count <= Self.mostAtOnce else { return false }
    return writing.withLockIfFree {
      var room = pollfd(fd: connection.number, events: Int16(POLLOUT), revents: 0)
      return poll(&room, 1, 0) == 1 && put(frame)
    } ?? false
  }

  /// Called with the lock for writing.
  private func put(_ frame: [UInt8]) -> Bool {
    let keys = settled.withLock { settled in
      defer { settled.removeAll(keepingCapacity: true) }
      return settled
    }
    let begin = keys.isEmpty ? [] : WireFrame.around(KeeperRequest.acknowledge(keys).encoded)
    if Self.send(begin + frame, over: connection) { return true }
    // A part of it may have gone: nothing sensible can follow.
    isBroken.withLock { $0 = true }
    shutdown(connection.number, Int32(SHUT_RDWR))
    return false
  }

  /// Closes the link and waits for its thread.
  func close() {
    shutdown(connection.number, Int32(SHUT_RDWR))
    reader.join()
  }

  private static func send(_ bytes: [UInt8], over connection: FileDescriptor) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count, let base = buffer.baseAddress {
        let put = heddle_send(connection.number, base + done, buffer.count - done)
        if put > 0 { done += put } else if errno != EINTR { return false }
      }
      return true
    }
  }

  /// At least one answer, waited for; nil at the end, or with `errno` EAGAIN when none came in time. One of a
  /// kind that we do not know is left out.
  private static func nextAnswers(
    over connection: FileDescriptor, _ incoming: inout WireBuffer, within milliseconds: Int32 = -1
  ) -> [KeeperAnswer]? {
    var answers: [KeeperAnswer] = []
    while true {
      while case .message(let message) = incoming.next() {
        if let answer = KeeperAnswer(decoding: message) { answers.append(answer) }
      }
      if !answers.isEmpty { return answers }
      // A plain read would also be woken when the keeper takes what we sent.
      var readable = pollfd(fd: connection.number, events: Int16(POLLIN), revents: 0)
      var count: Int32
      repeat { count = poll(&readable, 1, milliseconds) } while count < 0 && errno == EINTR
      if count == 0 { errno = EAGAIN }
      guard count > 0 else { return nil }
      let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
        repeat {
          count = read(connection.number, buffer.baseAddress, buffer.count)
        } while count < 0 && errno == EINTR
        count = max(count, 0)
      }
      if piece.isEmpty || incoming.isHopeless { return nil }
      incoming.append(piece)
    }
  }
}

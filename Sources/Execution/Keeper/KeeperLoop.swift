import Basics
import CSystem
import Glibc
import MeshModel

/// What a keeper does all day: takes requests, starts processes, reaps them and tells their ends.
///
/// One thread, one place where it waits. What one turn brings is written to the journal at once, and only
/// then told.
final class KeeperLoop {
  /// A process that runs for so long is written down and told to its owner, in nanoseconds.
  static let longEnough: UInt64 = 100_000_000
  /// How long it stays with nothing to keep and no owner.
  private static let patience: UInt64 = 1_000_000_000
  /// How long it stays with nothing but ends to keep and no owner; the journal keeps them just as well.
  private static let longPatience: UInt64 = 60_000_000_000
  /// How often it looks meanwhile whether its socket is still there.
  private static let glance: UInt64 = 5_000_000_000
  private static let mostConnections = 64
  private static let mostTasks = 100_000
  private static let mostEvents: Int32 = 64

  private let listener: FileDescriptor
  private let poller: FileDescriptor
  private let clock: any Clock
  /// Whether an owner could still connect: the state may have been deleted.
  private let isReachable: () -> Bool
  private var journal: JournalFile
  private var connections: [UInt64: KeeperConnection] = [:]
  private var tasks: [AttemptKey: KeptChild] = [:]
  private var watched: [UInt64: AttemptKey] = [:]
  /// Processes that may have to be told as running, in the order of their starts.
  private var young: [(due: UInt64, token: UInt64)] = []
  private var firstYoung = 0
  private var lastToken: UInt64 = 0
  private var idleSince: UInt64?
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  init(
    listener: FileDescriptor, poller: FileDescriptor, journal: JournalFile, clock: any Clock,
    isReachable: @escaping () -> Bool
  ) {
    self.isReachable = isReachable
    self.listener = listener
    self.poller = poller
    self.journal = journal
    self.clock = clock
  }

  deinit { buffer.deallocate() }

  var keepsNothing: Bool { tasks.isEmpty }

  /// Returns when nothing runs and nobody is connected: at once if there is nothing to keep or nobody could
  /// ask for it, else after a while.
  func run() {
    guard heddle_poller_add(poller.number, listener.number, 0) == 0 else { return }
    var tokens = [UInt64](repeating: 0, count: Int(Self.mostEvents))
    while true {
      guard let timeout = timeout() else { return }
      let count = heddle_poller_wait(poller.number, &tokens, Self.mostEvents, timeout)
      for token in tokens.prefix(max(0, Int(count))) { handle(token) }
      tellOfLong()
      journal.flush()
      for connection in connections.values { finishTurn(of: connection) }
      if journal.isLong || !journal.isSound { journal.cut(to: tasks.values.compactMap(\.entry)) }
    }
  }

  /// Milliseconds until there is something to do without an event; nil: nothing ever.
  private func timeout() -> Int32? {
    while firstYoung < young.count, watched[young[firstYoung].token] == nil { firstYoung += 1 }
    if firstYoung == young.count || firstYoung > 1024 {
      young.removeFirst(firstYoung)
      firstYoung = 0
    }
    var due: UInt64?
    if firstYoung < young.count { due = young[firstYoung].due }
    if connections.isEmpty && watched.isEmpty {
      let now = clock.monotonicNanoseconds
      let since = idleSince ?? now
      idleSince = since
      let isIdleFor = now &- since
      if isIdleFor >= Self.patience && (tasks.isEmpty || !isReachable()) { return nil }
      if isIdleFor >= Self.longPatience && journal.isSound { return nil }
      due = tasks.isEmpty || isIdleFor < Self.patience ? since + Self.patience : now + Self.glance
    } else {
      idleSince = nil
    }
    guard let due else { return -1 }
    let now = clock.monotonicNanoseconds
    return due > now ? Int32(clamping: (due - now) / 1_000_000 + 1) : 0
  }

  private func handle(_ token: UInt64) {
    if token == 0 {
      accept()
    } else if let key = watched[token] {
      processIsOver(key)
    } else if let connection = connections[token] {
      for request in connection.receive(through: buffer) { answer(request, to: connection) }
    }
  }

  private func accept() {
    defer {
      // It would be called at once again, and again, until somebody closes a file.
      if errno == EMFILE || errno == ENFILE { usleep(10_000) }
    }
    errno = 0
    while let descriptor = FileDescriptor(owning: heddle_accept(listener.number)) {
      guard descriptor.leadsToFriend, connections.count < Self.mostConnections else { continue }
      lastToken += 1
      guard heddle_poller_add(poller.number, descriptor.number, lastToken) == 0 else { continue }
      connections[lastToken] = KeeperConnection(token: lastToken, descriptor: descriptor)
    }
  }

  /// Sends what the turn brought, and buries a connection that is broken.
  private func finishTurn(of connection: KeeperConnection) {
    let hasMore = connection.flush()
    if connection.isBroken {
      connections[connection.token] = nil
      for (key, task) in tasks where task.listener == connection.token { tasks[key]?.listener = nil }
    } else if hasMore != connection.awaitsRoom {
      connection.awaitsRoom = hasMore
      _ = heddle_poller_change(poller.number, connection.descriptor.number, connection.token, hasMore ? 1 : 0)
    }
  }

  private func answer(_ request: KeeperRequest, to connection: KeeperConnection) {
    if case .hello = request {
      connection.isWelcome = true
      connection.put(.hello(version: KeeperRequest.version, pid: getpid()))
      return
    }
    guard connection.isWelcome else { return }
    switch request {
    case .hello: return
    case .spawn(let order):
      if tasks[order.key] != nil { tell(order.key, to: connection) } else { spawn(order, for: connection) }
    case .ask(let key): tell(key, to: connection)
    case .signal(let key, let number, let cause):
      signal(key, number, cause)
      tell(key, to: connection)
    case .release(let key):
      tasks[key]?.isHeld = false
      if case .held? = tasks[key]?.state { reap(key) }
    case .acknowledge(let keys): for key in keys { forget(key) }
    case .leave:
      for (key, task) in tasks where task.listener == nil {
        if case .held = task.state { reap(key) }
        forget(key)
      }
    }
  }

  /// From now on the connection hears of the process.
  private func tell(_ key: AttemptKey, to connection: KeeperConnection) {
    guard var task = tasks[key] else {
      connection.put(.unknown(key))
      return
    }
    task.identify()
    task.listener = connection.token
    tasks[key] = task
    connection.put(task.answer)
  }

  /// Forgets an end; what still runs is not forgotten.
  private func forget(_ key: AttemptKey) {
    guard case .ended? = tasks[key]?.state else { return }
    tasks[key] = nil
  }

  private func spawn(_ order: SpawnOrder, for connection: KeeperConnection) {
    guard tasks.count < Self.mostTasks else {
      connection.put(.refused(order.key, code: EAGAIN))
      return
    }
    // What is started must be watched, so the descriptor for it is there before it is started.
    var spare = FileDescriptor(owning: dup(listener.number))
    guard spare != nil else {
      connection.put(.refused(order.key, code: errno))
      return
    }
    var pid: pid_t = 0
    // Its own parent gave it the default of all others.
    let ignored = Keeper.ignoredSignals + [0]
    let code = order.arguments.withPointers { arguments in
      order.environment.withPointers { environment in
        heddle_spawn(
          &pid, order.program, arguments, environment, order.directory, order.output, order.log, ignored)
      }
    }
    guard code == 0 else {
      connection.put(.refused(order.key, code: code))
      return
    }
    lastToken += 1
    spare = nil
    let watch = FileDescriptor(owning: heddle_pidfd_open(pid))
    guard let watch, heddle_poller_add(poller.number, watch.number, lastToken) == 0 else {
      // Without a descriptor nobody would hear of its end. It has begun, so the same attempt must not again.
      kill(-pid, SIGKILL)
      while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
      connection.put(.refused(order.key, code: ECANCELED))
      return
    }
    let process = KeptProcess(key: order.key, pid: pid, startTime: 0, log: order.log)
    tasks[order.key] = KeptChild(token: lastToken, process: process, watch: watch, listener: connection.token)
    watched[lastToken] = order.key
    young.append((clock.monotonicNanoseconds &+ Self.longEnough, lastToken))
  }

  private func signal(_ key: AttemptKey, _ number: Int32, _ cause: UInt8) {
    guard var task = tasks[key] else { return }
    if case .ended = task.state { return }
    task.isHeld = true
    if task.cause == 0 { task.cause = cause }
    if number == SIGKILL { task.wasKilled = true }
    tasks[key] = task
    // Not reaped yet, so the number is still its own.
    kill(-task.process.pid, number)
  }

  private func processIsOver(_ key: AttemptKey) {
    guard var task = tasks[key] else { return }
    watched[task.token] = nil
    if task.isHeld {
      task.watch = nil
      task.state = .held
      tasks[key] = task
      put(task.answer, to: task.listener)
    } else {
      reap(key)
    }
  }

  private func reap(_ key: AttemptKey) {
    guard var task = tasks[key] else { return }
    let record = task.reap(clock: clock)
    tasks[key] = task
    journal.add(.ended(record))
    put(.ended(record), to: task.listener)
  }

  private func put(_ answer: KeeperAnswer, to token: UInt64?) {
    guard let token else { return }
    connections[token]?.put(answer)
  }

  /// Writes down what runs for a while by now, and tells its owner.
  private func tellOfLong() {
    guard firstYoung < young.count else { return }
    let now = clock.monotonicNanoseconds
    while firstYoung < young.count, young[firstYoung].due <= now {
      defer { firstYoung += 1 }
      guard let key = watched[young[firstYoung].token], var task = tasks[key] else { continue }
      task.identify()
      tasks[key] = task
      journal.add(.running(task.process))
      put(.running(task.process), to: task.listener)
    }
  }
}

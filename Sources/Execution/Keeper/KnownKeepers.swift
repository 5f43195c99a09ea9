import Basics
import Glibc
import MeshModel
import Threads

/// The keepers of a state: our own, those that earlier owners left, and what those wrote down that are gone.
final class KnownKeepers: Sendable {
  private struct State {
    var hasLooked = false
    var links: [KeeperLink] = []
    var legacies: [String: KeeperJournal] = [:]
  }

  private static let mostTries = 10

  private let folder: KeeperFolder
  private let program: String
  private let state = Guarded(State())
  /// Which keeper told an end that is not settled yet. Apart from the state, whose lock is held while a
  /// link's thread is waited for, and that thread tells.
  private let told = Guarded([AttemptKey: KeeperLink]())

  init(folder: KeeperFolder, program: String) {
    self.folder = folder
    self.program = program
  }

  /// A keeper that starts processes for us; one is started if there is none.
  func own() throws(AttemptFailure) -> KeeperLink {
    try state.withLock { (state) throws(AttemptFailure) in
      look(&state)
      if let link = state.links.first(where: { $0.version == KeeperRequest.version }) { return link }
      let name = String(SystemRandom.bits() ?? 0, radix: 36)
      try folder.start(name, program: program)
      greet(name, &state)
      guard let link = state.links.last, link.name == name else {
        throw AttemptFailure(
          "keeper", "the keeper of processes ended at once; \(folder.path)/log may say why", asksRetry: true)
      }
      return link
    }
  }

  /// The keeper that starts processes for us, if it is there; nil also while somebody else looks for one.
  var ready: KeeperLink? {
    let link = state.withLockIfFree { state in
      state.links.first { $0.version == KeeperRequest.version }
    }
    guard let link = link ?? nil, !link.isGone else { return nil }
    return link
  }

  /// All that can be asked.
  var links: [KeeperLink] {
    state.withLock { state in
      look(&state)
      return state.links
    }
  }

  /// What a keeper that is gone had written down of an attempt.
  func legacy(of key: AttemptKey) -> KeeperJournal.Entry? {
    state.withLock { state in
      for journal in state.legacies.values {
        if let record = journal.ended[key] { return .ended(record) }
        if let process = journal.running[key] { return .running(process) }
      }
      return nil
    }
  }

  /// The attempt's end was told by this keeper, which keeps it until it is settled.
  func note(_ key: AttemptKey, toldBy link: KeeperLink) { told.withLock { $0[key] = link } }

  /// Lets go of what is recorded.
  func settle(_ keys: [AttemptKey]) {
    let byLink = told.withLock { told in
      var byLink: [String: (link: KeeperLink, keys: [AttemptKey])] = [:]
      for key in keys {
        if let link = told.removeValue(forKey: key) {
          byLink[link.name, default: (link, [])].keys.append(key)
        }
      }
      return byLink
    }
    for (link, keys) in byLink.values { link.acknowledge(keys) }
    state.withLock { state in
      for key in keys {
        for name in state.legacies.keys {
          state.legacies[name]?.ended[key] = nil
          state.legacies[name]?.running[key] = nil
        }
      }
      for (name, journal) in state.legacies where journal.ended.isEmpty && journal.running.isEmpty {
        folder.remove(name)
        state.legacies[name] = nil
      }
    }
  }

  /// Says good-bye: what nobody asked for by now is nobody's.
  func leave() {
    state.withLock { state in
      look(&state)
      for link in state.links {
        link.send(.leave)
        link.close()
      }
      for name in state.legacies.keys { folder.remove(name) }
      state.links = []
      state.legacies = [:]
    }
    told.withLock { $0 = [:] }
  }

  /// Finds what is there, the first time, and looks again after each that has gone since.
  private func look(_ state: inout State) {
    if !state.hasLooked {
      state.hasLooked = true
      for name in folder.names { greet(name, &state) }
    }
    let gone = state.links.filter(\.isGone)
    guard !gone.isEmpty else { return }
    state.links.removeAll(where: \.isGone)
    for link in gone {
      link.close()
      greet(link.name, &state)
    }
  }

  /// Connects to a keeper, or reads what it left behind. One that is there and does not answer is left alone.
  private func greet(_ name: String, _ state: inout State) {
    for _ in 0..<Self.mostTries {
      guard let connection = folder.connect(to: name) else { break }
      if let link = KeeperLink(to: name, over: connection) {
        state.links.append(link)
        return
      }
      // It is silent, or it was about to end: then nobody is there the next time.
      if errno == EAGAIN { return }
      errno = 0
      usleep(10_000)
    }
    guard errno == ECONNREFUSED || errno == ENOENT else { return }
    if let journal = folder.journal(of: name), journal.boot == ProcessCensus.boot,
      !journal.ended.isEmpty || !journal.running.isEmpty
    {
      state.legacies[name] = journal
    } else {
      folder.remove(name)
    }
  }
}

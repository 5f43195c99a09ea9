import Access
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import SQLite
import Threads

/// The connections to the domains' stores, handed from attempt to attempt.
///
/// Each store has one connection that writes, because two of them may corrupt a write-ahead log in the
/// versions of SQLite that distributions ship. The scheduler starts one writing attempt of a store at a
/// time; that only one has the connection is seen to here as well.
final class StoreConnections: @unchecked Sendable {
  /// Idle reading connections of all domains together; each holds two descriptors of its store and of every
  /// other that it read.
  static let mostIdle = 32

  /// A domain as a release declares it: what its connections show of other domains is the release's.
  private struct Key: Hashable {
    var domain: String
    var release: ReleaseID
  }

  private struct Idle {
    var readers: [(key: Key, connection: DomainConnection)] = []
    /// Writers that nobody uses, and the release that each was opened for.
    var writers: [String: (release: ReleaseID, connection: DomainConnection)] = [:]
    /// The domains whose writer somebody uses.
    var inUse: Set<String> = []
    var catalogs: [ReleaseID: Catalog] = [:]
  }

  private let state: StateDirectory
  private let lock = Lock()
  private var idle = Idle()

  private let limits: DomainConnection.Limits

  init(state: StateDirectory, limits: DomainConnection.Limits = .init()) {
    self.state = state
    self.limits = limits
  }

  /// The columns that a release knows of a dataset.
  func columns(of dataset: DatasetName, in release: Release) -> [Column]? {
    let columns = release.graph.datasets[dataset]?.columns ?? []
    return columns.isEmpty ? nil : columns
  }

  /// Lends a reading connection of the task's domain.
  func reading<Result>(
    _ site: TaskSite, _ body: (DomainConnection) throws(AttemptFailure) -> Result
  ) throws(AttemptFailure) -> Result {
    let key = Key(domain: site.domain.name, release: site.release.id)
    let connection = try reader(key, site.release)
    defer { giveBack(key, connection) }
    return try body(connection)
  }

  /// Lends the one writing connection of the store of the task's domain.
  func writing<Result>(
    _ site: TaskSite, _ body: (DomainConnection) throws(AttemptFailure) -> Result
  ) throws(AttemptFailure) -> Result {
    let (domain, release) = (site.domain.name, site.release.id)
    var connection: DomainConnection?
    let isFree = lock.withLock {
      guard idle.inUse.insert(domain).inserted else { return false }
      // One that was opened for another release is closed before a new one is opened.
      if let kept = idle.writers.removeValue(forKey: domain), kept.release == release {
        connection = kept.connection
      }
      return true
    }
    guard isFree else {
      assertionFailure("two attempts write the store of '\(domain)' at once")
      throw AttemptFailure("busy", "another attempt writes the store of '\(domain)'", asksRetry: true)
    }
    defer {
      lock.withLock {
        idle.inUse.remove(domain)
        if let connection, !connection.isSpoiled { idle.writers[domain] = (release, connection) }
      }
    }
    if let connection { return try body(connection) }
    let opened = try writer(of: domain, site.release)
    connection = opened
    return try body(opened)
  }

  /// Runs `body` while nobody here writes the store of the task's domain: another process does.
  func withoutWriter<Result>(
    _ site: TaskSite, _ body: () throws(AttemptFailure) -> Result
  ) throws(AttemptFailure) -> Result {
    let domain = site.domain.name
    let isFree = lock.withLock { idle.inUse.insert(domain).inserted }
    guard isFree else {
      throw AttemptFailure("busy", "another attempt writes the store of '\(domain)'", asksRetry: true)
    }
    defer { lock.withLock { _ = idle.inUse.remove(domain) } }
    // Closed before anybody else opens the store.
    _ = lock.withLock { idle.writers.removeValue(forKey: domain) }
    return try body()
  }

  private func reader(_ key: Key, _ release: Release) throws(AttemptFailure) -> DomainConnection {
    let kept = lock.withLock { () -> DomainConnection? in
      guard let place = idle.readers.lastIndex(where: { $0.key == key }) else { return nil }
      return idle.readers.remove(at: place).connection
    }
    if let kept { return kept }
    do {
      return try DomainConnection(
        domain: key.domain, catalog: catalog(of: release), mode: .reading, limits: limits)
    } catch {
      throw Self.refusal(key.domain, error)
    }
  }

  private func giveBack(_ key: Key, _ connection: DomainConnection) {
    if connection.isSpoiled { return }
    // Closed outside the lock, if one is.
    _ = lock.withLock { () -> DomainConnection? in
      idle.readers.append((key, connection))
      return idle.readers.count > Self.mostIdle ? idle.readers.removeFirst().connection : nil
    }
  }

  private func writer(of domain: String, _ release: Release) throws(AttemptFailure) -> DomainConnection {
    try LogFiles.makeFolder(state.stores)
    do {
      let connection = try DomainConnection(
        domain: domain, catalog: catalog(of: release), mode: .writing, limits: limits)
      try connection.trusted { try StoreLedger.prepare($0) }
      return connection
    } catch {
      throw Self.refusal(domain, error)
    }
  }

  private static func refusal(_ domain: String, _ error: any Error) -> AttemptFailure {
    var failure = AttemptFailure(
      "store", "the store of '\(domain)' cannot be opened: \(error)", asksRetry: true)
    failure.isOfShortage = Shortage.isOfDescriptors
    return failure
  }

  /// Made once for each release: it names every dataset of the mesh.
  private func catalog(of release: Release) -> Catalog {
    lock.withLock {
      if let known = idle.catalogs[release.id] { return known }
      var catalog = Catalog()
      for domain in release.mesh.domains { catalog.stores[domain.name] = state.store(of: domain) }
      for (name, dataset) in release.graph.datasets where !dataset.columns.isEmpty {
        catalog.datasets[name] = dataset.columns
      }
      idle.catalogs[release.id] = catalog
      return catalog
    }
  }
}

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

  private struct Idle {
    var readers: [(domain: String, connection: DomainConnection)] = []
    /// Writers that nobody uses.
    var writers: [String: DomainConnection] = [:]
    /// The domains whose writer somebody uses.
    var inUse: Set<String> = []
  }

  private let catalog: Catalog
  private let folder: String
  private let lock = Lock()
  private var idle = Idle()

  init(release: Release, state: StateDirectory) {
    folder = state.stores
    var catalog = Catalog()
    for domain in release.mesh.domains { catalog.stores[domain.name] = state.store(of: domain) }
    for (name, dataset) in release.graph.datasets where !dataset.columns.isEmpty {
      catalog.datasets[name] = dataset.columns
    }
    self.catalog = catalog
  }

  /// The columns that the release knows of a dataset.
  func columns(of dataset: DatasetName) -> [Column]? { catalog.datasets[dataset] }

  /// Lends a reading connection of a domain.
  func reading<Result>(
    _ domain: String, _ body: (DomainConnection) throws(AttemptFailure) -> Result
  ) throws(AttemptFailure) -> Result {
    let connection = try reader(of: domain)
    defer { giveBack(connection) }
    return try body(connection)
  }

  /// Lends a store's one writing connection.
  func writing<Result>(
    _ domain: String, _ body: (DomainConnection) throws(AttemptFailure) -> Result
  ) throws(AttemptFailure) -> Result {
    let (isFree, kept) = lock.withLock {
      (idle.inUse.insert(domain).inserted, idle.writers.removeValue(forKey: domain))
    }
    guard isFree else {
      assertionFailure("two attempts write the store of '\(domain)' at once")
      throw AttemptFailure("busy", "another attempt writes the store of '\(domain)'", asksRetry: true)
    }
    var connection = kept
    defer {
      lock.withLock {
        idle.inUse.remove(domain)
        if let connection { idle.writers[domain] = connection }
      }
    }
    if let connection { return try body(connection) }
    let opened = try writer(of: domain)
    connection = opened
    return try body(opened)
  }

  private func reader(of domain: String) throws(AttemptFailure) -> DomainConnection {
    let kept = lock.withLock { () -> DomainConnection? in
      guard let place = idle.readers.lastIndex(where: { $0.domain == domain }) else { return nil }
      return idle.readers.remove(at: place).connection
    }
    if let kept { return kept }
    do { return try DomainConnection(domain: domain, catalog: catalog, mode: .reading) } catch {
      throw AttemptFailure("store", "the store of '\(domain)' cannot be opened: \(error)", asksRetry: true)
    }
  }

  private func giveBack(_ connection: DomainConnection) {
    // Closed outside the lock, if one is.
    _ = lock.withLock { () -> DomainConnection? in
      idle.readers.append((connection.domain, connection))
      return idle.readers.count > Self.mostIdle ? idle.readers.removeFirst().connection : nil
    }
  }

  private func writer(of domain: String) throws(AttemptFailure) -> DomainConnection {
    try LogFiles.makeFolder(folder)
    do {
      let connection = try DomainConnection(domain: domain, catalog: catalog, mode: .writing)
      try connection.trusted { try StoreLedger.prepare($0) }
      return connection
    } catch {
      throw AttemptFailure("store", "the store of '\(domain)' cannot be opened: \(error)", asksRetry: true)
    }
  }
}

import Glibc
import MeshModel
import SQLite

/// A connection for a domain's SQL: its own store is the main database, under the domain's name; other
/// domains' datasets are there as `domain.dataset`, read-only, in one snapshot for each transaction.
///
/// A script is made ready once by `script` and run any number of times, each time between `begin` and
/// `commit` or `rollback`. What SQL may do is decided by construction and by an allow-list; Heddle's own
/// statements go through `trusted`. One thread at a time, though not always the same.
public final class DomainConnection {
  /// Whether the connection writes its store.
  public enum Mode: Sendable {
    /// The one writing connection of the store; the file is created where it is missing.
    case writing
    case reading
  }

  /// What the SQL of one transaction may use.
  public struct Limits: Sendable {
    /// Bytes of one value or row: few single steps of SQLite's take longer than a second for so many.
    public var length = 16 << 20
    /// Bytes of one statement.
    public var statementLength = 1 << 20
    /// Bytes of a pattern of LIKE or GLOB.
    public var patternLength = 50_000
    /// Steps of one compiled statement.
    public var programSteps = 2_000_000
    /// Bytes of pages kept in memory; sorting spills to a file beyond.
    public var cache = 16 << 20
    /// Bytes of everything that SQLite holds for the transaction, pages and values, sorting and compiling.
    public var memory = 256 << 20
    /// How long to wait for another connection's lock.
    public var busyMilliseconds: Int32 = 5000

    public init() {}
  }

  public let domain: String
  public let mode: Mode
  let catalog: Catalog
  let limits: Limits
  let gatekeeper: Gatekeeper
  var connection: Connection
  /// The store did not exist, so a reading connection has an empty database in its place.
  private var lacksStore = false
  private var scripts: [String: PreparedScript] = [:]
  private var schemas = PortSchemas()
  private var sources: [String: PortSource] = [:]
  private var ports: Set<DatasetName> = []
  private var portsAreStale = false
  let ledger = PortLedger()
  private var active: [PortSource] = []
  private(set) var signal: StopSignal?
  /// Stands while a transaction is open, on the thread that opened it.
  private var workGuard: WorkGuard?

  /// Scripts kept ready; when more come, all are made ready anew.
  private static let mostScripts = 512

  public init(domain: String, catalog: Catalog, mode: Mode, limits: Limits = Limits()) throws(AccessError) {
    self.domain = domain
    self.catalog = catalog
    self.mode = mode
    self.limits = limits
    gatekeeper = Gatekeeper(domain: domain)
    let path = catalog.stores[domain] ?? ""
    do {
      lacksStore = mode == .reading && access(path, F_OK) != 0
      connection = try Connection(
        path: path, mode: mode == .writing ? .create : lacksStore ? .memory : .readOnly, mainName: domain)
      try arrange()
    } catch {
      throw AccessError(error)
    }
  }

  deinit {
    rollback()
    // Statements go before the connection that they belong to.
    scripts.removeAll()
  }

  /// A script made ready to run here; compiled when it is first run.
  public func script(_ text: String) throws(AccessError) -> PreparedScript {
    if let script = scripts[text] { return script }
    if scripts.count >= Self.mostScripts {
      scripts.removeAll()
      // Their ports keep a plan for each statement.
      portsAreStale = true
    }
    let script = try PreparedScript(text, domain: domain, catalog: catalog)
    scripts[text] = script
    return script
  }

  /// Opens the transaction in which the scripts will run: takes the writer's lock (a writing connection) and
  /// one snapshot of every store that they name. The thread that opens it must end it: its memory is counted.
  ///
  /// - Parameters:
  ///   - emptyWhenMissing: datasets of other domains that may not have been made yet and then read as empty;
  ///     any other that is missing fails where it is read.
  ///   - stop: what may stop the statements, until the transaction ends.
  public func begin(
    _ scripts: [PreparedScript], emptyWhenMissing: Set<DatasetName> = [], stop: StopSignal? = nil
  ) throws(AccessError) {
    precondition(active.isEmpty && !connection.isInTransaction, "a transaction is open already")
    signal = stop
    workGuard = WorkGuard(bytes: limits.memory, signal: stop)
    do {
      if lacksStore { try reopen() }
      try makePorts(for: scripts, emptyWhenMissing: emptyWhenMissing)
      connection.watch(stop)
      gatekeeper.isTrusted = true
      defer { gatekeeper.isTrusted = false }
      try connection.cached(mode == .writing ? "BEGIN IMMEDIATE" : "BEGIN").run()
    } catch let error as AccessError {
      rollback()
      throw error
    } catch let error as SQLiteError {
      let reason = mistake(error)
      rollback()
      throw reason
    } catch {
      rollback()
      throw AccessError(.other, "\(error)")
    }
  }

  /// Makes what the transaction did last, and lets go of the snapshots; on an error everything is undone.
  public func commit() throws(AccessError) {
    do {
      gatekeeper.isTrusted = true
      defer { gatekeeper.isTrusted = false }
      // A deadline that passes now must not undo what is done.
      release()
      try connection.cached("COMMIT").run()
    } catch {
      let reason = mistake(error)
      rollback()
      throw reason
    }
    end()
  }

  /// Undoes whatever the transaction did; nothing happens when there is none.
  public func rollback() {
    release()
    if connection.isInTransaction { try? trusted { try $0.cached("ROLLBACK").run() } }
    end()
  }

  /// Heddle's own statements on the store, within a transaction or without: everything is allowed.
  ///
  /// What `body` prepares must not outlive it, save in the connection's own cache.
  public func trusted<Result>(_ body: (Connection) throws -> Result) rethrows -> Result {
    gatekeeper.isTrusted = true
    defer { gatekeeper.isTrusted = false }
    return try body(connection)
  }

  /// Heddle's own questions to a domain's store, on the snapshot that the open transaction has of it; nil
  /// where it has none.
  public func asking<Result>(
    _ domain: String, _ body: (Connection) throws -> Result
  ) rethrows -> Result? {
    if domain == self.domain { return try trusted(body) }
    guard let source = active.first(where: { $0.domain == domain }) else { return nil }
    return try source.connection.map(body)
  }

  /// A transaction is still open though it was to end, or the file was closed under it: of no use any more.
  public var isSpoiled: Bool { connection.isInTransaction }

  /// Nothing stops or bounds what we do to end the transaction.
  private func release() {
    connection.watch(nil)
    workGuard?.end()
    workGuard = nil
  }

  private func end() {
    for source in active { source.end() }
    active.removeAll(keepingCapacity: true)
    signal = nil
  }

  /// What SQLite's error means here, outside any statement of a script.
  public func mistake(_ error: SQLiteError) -> AccessError {
    if let ended = ended(by: error.extendedCode) { return ended }
    if let missing = active.lazy.compactMap(\.missing).first {
      return AccessError(.missingDataset(missing), error.message, code: error.extendedCode)
    }
    return AccessError(error)
  }

  /// What an extended code of SQLite says if it is the work of a stop or of a limit.
  func ended(by code: Int32) -> AccessError? {
    let error = SQLiteError(extendedCode: code, message: "")
    let refusal = error.isOutOfMemory && workGuard != nil ? WorkGuard.refusal : nil
    if error.isInterrupted || refusal == .over, let reason = signal?.reason {
      return reason == .stopped
        ? AccessError(.stopped, "stopped", code: code)
        : AccessError(.timedOut, "ran longer than it may", code: code)
    }
    return limits.passed(code, refusal)
  }
}

extension DomainConnection {
  private func arrange() throws(SQLiteError) {
    connection.setBusyTimeout(milliseconds: limits.busyMilliseconds)
    if mode == .writing { try connection.useWriteAheadLog() }
    // Whatever SQLite was built for, sorting and temporary tables go to files.
    try connection.execute("PRAGMA cache_size = -\(limits.cache >> 10); PRAGMA temp_store = FILE")
    connection.harden()
    limits.apply(to: connection)
    connection.boundFunctions()
    connection.dropModules(except: ["json_each", "json_tree"])
    connection.register(module: PortRules.module) { [weak self] schema, table in
      self?.port(DatasetName(domain: schema, name: table))
    }
    connection.setAuthorizer { [gatekeeper] request in gatekeeper.allows(request) }
  }

  /// Opens the store if it has come into being.
  private func reopen() throws(SQLiteError) {
    guard let path = catalog.stores[domain], access(path, F_OK) == 0 else { return }
    let opened = try Connection(path: path, mode: .readOnly, mainName: domain)
    scripts.removeAll()
    schemas = PortSchemas()
    ports.removeAll()
    connection = opened
    lacksStore = false
    try arrange()
  }

  private func port(_ dataset: DatasetName) -> Port? {
    guard let columns = catalog.datasets[dataset], let source = sources[dataset.domain] else { return nil }
    return try? Port(dataset, columns: columns, source: source, ledger: ledger)
  }

  private func makePorts(
    for scripts: [PreparedScript], emptyWhenMissing: Set<DatasetName>
  ) throws {
    guard scripts.contains(where: { !$0.ports.isEmpty }) else { return }
    let wanted = Set(scripts.flatMap(\.ports))
    let domains = Set(wanted.map(\.domain))
    try trusted { connection in
      let changes = try schemas.attach(domains, on: connection)
      for gone in changes.gone { ports = ports.filter { $0.domain != gone } }
      for domain in domains.sorted() {
        let source = source(of: domain)
        source.emptyWhenMissing = emptyWhenMissing
        active.append(source)
        guard try source.begin(signal) || portsAreStale else { continue }
        // The store's tables are not what the ports were made from.
        for stale in ports where stale.domain == domain {
          try connection.execute("PRAGMA query_only = 0; DROP TABLE \(stale.sqlName)")
          ports.remove(stale)
        }
      }
      if portsAreStale, connection.isInTransaction == false { portsAreStale = false }
      let lacking = wanted.subtracting(ports)
      guard !lacking.isEmpty else { return }
      if mode == .reading { try connection.execute("PRAGMA query_only = 0") }
      for dataset in lacking.sorted() {
        try connection.execute("CREATE VIRTUAL TABLE \(dataset.sqlName) USING \(PortRules.module)")
        ports.insert(dataset)
      }
      if mode == .reading { try connection.execute("PRAGMA query_only = 1") }
    }
  }

  private func source(of domain: String) -> PortSource {
    if let source = sources[domain] { return source }
    let source = PortSource(domain: domain, path: catalog.stores[domain] ?? "")
    sources[domain] = source
    return source
  }
}

import Access
import Basics
import Diagnostics
import Glibc
import Lineage
import MeshModel
import Planning
import Records
import SQLite

/// Carries out what happens inside a domain's store: SQL tasks, the rows of loads, values and conditions.
struct StoreWorker: Sendable {
  let connections: StoreConnections
  let bound: BoundValues
  let clock: any Clock
  let stateIdentity: String
  /// How long a condition, a list or a value may take.
  static let evaluationTimeout = Duration.seconds(60)

  private static let schemaVersion = "PRAGMA schema_version"

  /// What a transaction did to a dataset.
  struct Work {
    var rows: Int64?
    var dataset: DatasetName?
    var result: StoreContents.Outcome
  }

  /// Runs the SQL of a task.
  func run(
    _ sql: SQLTask, site: TaskSite, order: AttemptOrder, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    let values = try bound.values(for: sql.text.text, site: site)
    let signal = StopSignal(clock: clock)
    return try stoppable(by: control, signal) { () throws(AttemptFailure) in
      guard site.writesStore else {
        try connections.reading(site) { (connection) throws(AttemptFailure) in
          try perform(sql.text) { () throws(AccessError) in
            let script = try connection.script(sql.text.text)
            try connection.begin([script], emptyWhenMissing: site.reads, stop: signal)
            defer { connection.rollback() }
            _ = try connection.run(script, values: values)
          }
        }
        return AttemptOutcome(state: .success)
      }
      return try write(site, order, reading: sql.text, signal) {
        (connection, script) throws(AttemptFailure) in
        guard let target = sql.into, let script else {
          let schema = try own(connection) { try $0.integer(of: Self.schemaVersion) }
          let changed = try perform(sql.text) { () throws(AccessError) in
            try script.map { (script) throws(AccessError) in try connection.run(script, values: values) } ?? 0
          }
          // A table that is dropped and made anew changes no row that SQLite counts.
          let after = try own(connection) { try $0.integer(of: Self.schemaVersion) }
          return Work(
            rows: changed, dataset: site.writes.count == 1 ? site.writes.first : nil,
            result: changed == 0 && after == schema ? .unchanged : .changed)
        }
        let selection = Selection(target: target, text: sql.text, script: script, values: values)
        return try selection.run(site: site, task: self, on: connection)
      }
    }
  }

  /// Runs `body` in one transaction of the store's writer that also records the attempt; an attempt that is
  /// recorded already has succeeded before.
  func write(
    _ site: TaskSite, _ order: AttemptOrder, reading text: LocatedText?, _ signal: StopSignal,
    _ body: (DomainConnection, PreparedScript?) throws(AttemptFailure) -> Work
  ) throws(AttemptFailure) -> AttemptOutcome {
    try connections.writing(site) { (connection) throws(AttemptFailure) in
      let script = try perform(text) { () throws(AccessError) -> PreparedScript? in
        let script = try text.map { (text) throws(AccessError) in try connection.script(text.text) }
        try connection.begin(script.map { [$0] } ?? [], emptyWhenMissing: site.reads, stop: signal)
        return script
      }
      defer { connection.rollback() }
      let done = try own(connection) { own in
        try StoreLedger.entry(order.key, on: own).map { try outcome($0, site: site, on: own) }
      }
      if let done { return done }
      let inputs = try read(order.inputs, site: site, on: connection)
      try makeOwnTables(site, except: script?.madeTables ?? [], on: connection)
      let work = try body(connection, script)
      let entry = StoreLedger.Entry(
        key: order.key, dataset: work.dataset, partition: site.context.run.partition?.key,
        inputs: inputs, rows: work.rows)
      let run = order.id.instance.run
      let committed = try own(connection) { own in
        let others = site.writes.filter { $0 != work.dataset }
        for dataset in others + (work.dataset.map { [$0] } ?? []) {
          let part = StoreContents.Part(dataset, of: site)
          let content = try work.result.digest(of: part, after: order.key, on: own)
          try StoreContents.note(part, content, by: order.key, run: run, on: own)
        }
        try StoreLedger.add(entry, run: run, task: site.task.name, at: clock.now, on: own)
        return try outcome(entry, site: site, on: own)
      }
      try perform(text) { () throws(AccessError) in try connection.commit() }
      return committed
    }
  }

  /// The inputs with the results that this transaction reads: since the attempt was found ready they may have
  /// been made anew.
  private func read(
    _ inputs: [InputVersion], site: TaskSite, on connection: DomainConnection
  ) throws(AttemptFailure) -> [InputVersion] {
    var read = inputs
    for place in read.indices where site.isStored(read[place].dataset) {
      let input = read[place]
      guard input.partition != InputVersion.allPartitions else { continue }
      let content = try own(connection) { _ in
        try connection.asking(input.dataset.domain) { store in
          try StoreContents.areKept(on: store)
            ? StoreContents.content(of: input.dataset, input.partition, on: store) : nil
        }
      }
      if let content, let content { read[place].content = content }
    }
    return read
  }

  /// The outcome of an attempt whose work the store holds; nil when it does not.
  ///
  /// Whether the work may be done again hangs on the answer, so a store that cannot be read for the moment is
  /// asked until it can, or until the attempt is to end.
  func committed(
    _ order: AttemptOrder, site: TaskSite, state: StateDirectory, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome? {
    while true {
      do throws(SQLiteError) {
        return try StoreLedger.reading(state.store(of: site.domain)) { (store) throws(SQLiteError) in
          guard let entry = try StoreLedger.entry(order.key, on: store) else { return nil }
          return try outcome(entry, site: site, on: store)
        }
      } catch {
        let failure = AttemptFailure(error)
        guard failure.asksRetry, !control.isOver else { throw failure }
        usleep(100_000)
      }
    }
  }

  /// What an attempt came to whose work the store holds.
  private func outcome(
    _ entry: StoreLedger.Entry, site: TaskSite, on connection: Connection
  ) throws(SQLiteError) -> AttemptOutcome {
    var outcome = AttemptOutcome(state: .success)
    outcome.rows = entry.rows
    outcome.output = entry.rows.map { "{\"rows\":\($0)}" }
    if !entry.inputs.isEmpty { outcome.inputs = entry.inputs }
    if let dataset = entry.dataset ?? site.writes.first, try StoreContents.areKept(on: connection),
      let noted = try StoreContents.entry(StoreContents.Part(dataset, of: site), on: connection),
      noted.key == entry.key
    {
      outcome.content = noted.content
    }
    return outcome
  }

  /// Datasets of the own domain that the task reads or writes and that nobody has made yet, such as one
  /// whose task was skipped so far, are empty tables, if their columns are known. Those that the script makes
  /// itself are left to it: it says more of them, such as their keys. So does the script of the task that
  /// writes them, which comes later: what it says is done for it.
  private func makeOwnTables(
    _ site: TaskSite, except made: Set<String>, on connection: DomainConnection
  ) throws(AttemptFailure) {
    for dataset in site.ownDatasets where !made.contains(dataset.name) {
      guard let columns = connections.columns(of: dataset, in: site.release) else { continue }
      if try own(connection, { try $0.has(dataset.name, in: dataset.domain) }) { continue }
      if let definition = site.release.graph.definition(of: dataset),
        try isMade(dataset, columns, by: definition, on: connection)
      {
        continue
      }
      try own(connection) { try TargetTable.create(dataset, columns, on: $0) }
    }
  }

  /// Makes a table as its own task's script does; not where that needs what stands before it in the script,
  /// or is not all that the script says of the columns.
  private func isMade(
    _ dataset: DatasetName, _ columns: [Column], by definition: String, on connection: DomainConnection
  ) throws(AttemptFailure) -> Bool {
    try own(connection) { try $0.execute("SAVEPOINT early") }
    var failure: AccessError?
    do throws(AccessError) { try connection.run(connection.script(definition)) } catch { failure = error }
    // A full disk, for one, takes back the whole transaction.
    if let failure, try !own(connection, { $0.isInTransaction }) { throw AttemptFailure(failure) }
    return try own(connection) { store in
      let isWhole = try failure == nil && TargetTable.has(columns, of: dataset, on: store)
      if !isWhole { try store.execute("ROLLBACK TO early") }
      try store.execute("RELEASE early")
      return isWhole
    }
  }

  /// Runs Heddle's own statements.
  func own<Result>(
    _ connection: DomainConnection, _ body: (Connection) throws -> Result
  ) throws(AttemptFailure) -> Result {
    do { return try connection.trusted(body) } catch let failure as AttemptFailure {
      throw failure
    } catch let error as SQLiteError {
      throw AttemptFailure(connection.mistake(error))
    } catch {
      throw AttemptFailure("sql", "\(error)")
    }
  }

  /// Turns errors of SQL into failures with their place in the file.
  func perform<Result>(
    _ text: LocatedText?, shift: Int = 0, _ body: () throws(AccessError) -> Result
  ) throws(AttemptFailure) -> Result {
    do { return try body() } catch { throw AttemptFailure(error, in: text, shift: shift) }
  }

  /// Runs `body`, which watches the signal; when it fails because the attempt was told to end, that is the
  /// outcome.
  func stoppable(
    by control: AttemptControl, _ signal: StopSignal,
    _ body: () throws(AttemptFailure) -> AttemptOutcome
  ) throws(AttemptFailure) -> AttemptOutcome {
    control.noteInStore(true)
    defer { control.noteInStore(false) }
    do {
      // What was tried and not committed is undone, and what was committed is found.
      return try control.listening(wake: { signal.stop() }) { () throws(AttemptFailure) in
        try Shortage.outlast(control, body)
      }
    } catch {
      guard error.reason.code == "stopped", let cause = control.request?.cause else { throw error }
      return AttemptOutcome(state: cause.attemptState, reason: cause.reason(killed: false))
    }
  }
}

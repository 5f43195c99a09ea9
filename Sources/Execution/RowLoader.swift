import Access
import Glibc
import MeshModel
import Planning
import SQLite

/// Brings the rows of a file into a dataset, inside the attempt's transaction.
struct RowLoader {
  /// A load stops soon after it is told to, without asking for every row.
  private static let rowsBetweenLooks = 1000

  let load: LoadTask
  /// Where the rows are.
  let path: String
  /// What messages call it.
  let name: String
  let log: String

  /// How many rows were not as they should be and were left out.
  private(set) var badRows: Int64 = 0
  private static let mostShown = 20

  init(_ load: LoadTask, path: String, name: String, log: String) {
    self.load = load
    self.path = path
    self.name = name
    self.log = log
  }

  mutating func run(
    site: TaskSite, task: StoreWorker, control: AttemptControl, on connection: DomainConnection
  ) throws(AttemptFailure) -> StoreWorker.Work {
    guard let file = FileDescriptor(path: path, flags: O_RDONLY | O_NONBLOCK) else {
      throw AttemptFailure("load", "\(name) cannot be read: \(systemMessage(errno))")
    }
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw AttemptFailure("load", "\(name) is no file")
    }
    let stream = ByteStream(file, path: name)
    switch format {
    case .csv:
      var reader: CSVReader
      do throws(AttemptFailure) {
        reader = try CSVReader(stream, columns: load.columns, nullTexts: load.nullTexts)
      } catch {
        throw inFile(error)
      }
      return try take(from: &reader, site: site, task: task, control: control, on: connection)
    case .jsonl:
      var reader = JSONLinesReader(stream, columns: load.columns, nullTexts: load.nullTexts)
      return try take(from: &reader, site: site, task: task, control: control, on: connection)
    }
  }

  private var format: LoadTask.Format {
    if let format = load.format { return format }
    let name = name.lowercased()
    return name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") ? .jsonl : .csv
  }

  private mutating func take(
    from reader: inout some RecordReader, site: TaskSite, task: StoreWorker, control: AttemptControl,
    on connection: DomainConnection
  ) throws(AttemptFailure) -> StoreWorker.Work {
    let scope = try TargetScope(load.into, site: site, stateIdentity: task.stateIdentity)
    let key = load.into.mode == .merge ? load.into.key : []
    return try task.own(connection) { own in
      let table = try TargetTable(load.into.dataset, columns: load.columns, key: key, on: own)
      var writer = try TargetWriter(table, target: load.into, scope: scope, on: own)
      var untilLook = Self.rowsBetweenLooks
      while let isGood = try step(&reader) {
        untilLook -= 1
        if untilLook == 0 {
          untilLook = Self.rowsBetweenLooks
          if control.request != nil { throw AttemptFailure("stopped", "was stopped") }
        }
        guard isGood else { continue }
        do { try writer.add(.read(reader.row)) } catch let error as SQLiteError where error.isAboutTheRow {
          throw AttemptFailure("load", "\(name):\(reader.line): \(error.message)")
        }
      }
      try writer.finish()
      return StoreWorker.Work(rows: writer.rows, dataset: load.into.dataset, result: writer.result)
    }
  }

  /// Reads a row; false: it is a bad one that is left out; nil: there are no more.
  private mutating func step(_ reader: inout some RecordReader) throws(AttemptFailure) -> Bool? {
    let step: RecordStep
    do { step = try reader.next() } catch { throw inFile(error) }
    switch step {
    case .row: return true
    case .end: return nil
    case .bad(let problem):
      let text = "\(name):\(reader.line): \(problem)"
      guard load.onBadRow == .skip else { throw AttemptFailure("bad_row", text) }
      badRows += 1
      if badRows <= Int64(Self.mostShown) { LogFiles.append("left out: \(text)", to: log) }
      return false
    }
  }

  private func inFile(_ failure: AttemptFailure) -> AttemptFailure {
    var failure = failure
    failure.reason.text = "\(name): \(failure.reason.text)"
    return failure
  }
}

extension SQLiteError {
  /// Neither a stop, nor a limit, nor a fault of the machine.
  fileprivate var isAboutTheRow: Bool { !isInterrupted && !isTooBig && !mayPass }
}

import Access
import Diagnostics
import MeshModel
import SQLite

extension AttemptFailure {
  /// What an error of SQL means for an attempt.
  ///
  /// - Parameters:
  ///   - text: the SQL as it was written, for its place in the file.
  ///   - shift: how many bytes of what was run stand before it.
  init(_ error: AccessError, in text: LocatedText? = nil, shift: Int = 0) {
    var place = ""
    if let text, let offset = error.offset { place = " (\(text.position(atByte: offset - shift)))" }
    let message = error.message + place
    switch error.kind {
    case .stopped: self.init("stopped", "was stopped")
    case .timedOut: self.init("timed_out", message)
    case .overLimit: self.init("limit", message)
    case .busy: self.init("busy", "the store is busy: \(message)", asksRetry: true)
    case .missingTable, .missingColumn, .syntax, .forbidden, .tooManyDomains:
      self.init("sql", message, isPermanent: true)
    case .missingDataset: self.init("missing_dataset", message)
    case .other: self.init("sql", message, asksRetry: Self.mayPass(error.code ?? 0))
    }
  }

  /// What an error of Heddle's own statements on a store means.
  init(_ error: SQLiteError) {
    self.init(
      error.isBusy ? "busy" : "sql", error.message,
      asksRetry: error.isBusy || Self.mayPass(error.extendedCode))
  }

  /// Out of memory (7), failed reads and writes (10), a full disk (13), no file to be opened (14): no fault
  /// of the task.
  private static func mayPass(_ code: Int32) -> Bool { [7, 10, 13, 14].contains(code & 0xFF) }
}

import Access
import Basics
import MeshModel
import Planning
import SQLite

/// What trigger tasks give to the runs that they want, as far as it follows from their own runs: no store is
/// opened.
public final class TriggerValues {
  /// One of the values that a task gives to the run that it wants.
  public enum Given: Hashable, Sendable {
    case partition
    case param(String)
  }

  /// What the SQL of one value may use: values of people are short, and many are computed.
  private static let limits: DomainConnection.Limits = {
    var limits = DomainConnection.Limits()
    limits.length = 1 << 20
    limits.programSteps = 100_000
    limits.memory = 32 << 20
    return limits
  }()
  /// The longest that one value may take.
  private static let longest = Duration.milliseconds(200)
  /// Words of SQL that goes by the clock or by chance, with or without reason.
  private static let changing = ["now", "subsec", "current_", "random", "()"]

  private let bound = BoundValues()
  private var connections: [String: DomainConnection] = [:]
  /// Texts whose SQL cannot be computed so: they are not begun again.
  private var unknown: Set<String> = []

  public init() {}

  /// What a task gives to the run that it wants.
  ///
  /// - Parameters:
  ///   - context: of an instance of a trigger task.
  ///   - isEachKnown: its value under `each` is the real one.
  ///   - guess: stands for what does not follow from the run alone: what is read from a store, goes by the
  ///     clock, or by what other tasks tell. Nil leaves it out.
  public func answer(
    for context: InstanceContext, isEachKnown: Bool, guess: (Given) -> Scalar?
  ) -> (EvaluationAnswer, guessed: [Given]) {
    guard let site = TaskSite(context), case .trigger(let trigger) = site.task.kind else {
      return (.failed(Reason("trigger", "the task triggers nothing")), [])
    }
    var guessed: [Given] = []
    do throws(AttemptFailure) {
      let answer = try Self.answer(of: trigger) { (expression, given) throws(AttemptFailure) in
        switch expression {
        case .literal(let scalar): return scalar
        case .sql(let text):
          if let value = try self.value(of: text, site, isEachKnown: isEachKnown) { return value }
          guessed.append(given)
          return guess(given)
        }
      }
      return (answer, guessed)
    } catch {
      return (.failed(error.reason), guessed)
    }
  }

  /// Nil: it does not follow from the run.
  private func value(
    of text: LocatedText, _ site: TaskSite, isEachKnown: Bool
  ) throws(AttemptFailure) -> Scalar? {
    guard !unknown.contains(text.text), !Self.mayChange(text.text) else { return nil }
    let told = site.context.upstreamOutputs
    for name in BoundValues.names(in: text.text) {
      if name == "each", !isEachKnown { return nil }
      if told[name] == nil, site.pipeline.tasks.contains(where: { $0.name == name }) { return nil }
    }
    let values = try bound.values(for: text.text, site: site)
    guard let rows = try? rows(of: text.text, values, domain: site.domain.name) else {
      unknown.insert(text.text)
      return nil
    }
    return try StoreWorker.only(rows, of: text)
  }

  /// Whether SQL may go by the clock or by chance; a format alone is one of the present moment.
  static func mayChange(_ sql: String) -> Bool {
    let words = sql.lowercased().filter { !$0.isWhitespace }
    if changing.contains(where: words.contains) { return true }
    return words.split(separator: "strftime(", omittingEmptySubsequences: false).dropFirst()
      .contains { !$0.prefix { $0 != ")" }.contains(",") }
  }

  private func rows(
    of sql: String, _ values: [String: Scalar], domain: String
  ) throws(AccessError) -> [[Scalar]] {
    let connection: DomainConnection
    if let open = connections[domain] {
      connection = open
    } else {
      connection = try DomainConnection(
        domain: domain, catalog: Catalog(), mode: .reading, limits: Self.limits)
      connections[domain] = connection
    }
    let signal = StopSignal()
    signal.rearm(timeout: Self.longest)
    let script = try connection.script(sql)
    try connection.begin([script], stop: signal)
    defer { connection.rollback() }
    var rows: [[Scalar]] = []
    try connection.run(script, values: values) { row throws(AccessError) in
      rows.append((0..<row.columnCount).map(row.scalar))
      return rows.count < 2
    }
    return rows
  }

  /// What a task gives to the run that it wants. A param whose value is NULL has its default.
  ///
  /// - Parameter compute: nil leaves the value out.
  static func answer(
    of trigger: TriggerTask, _ compute: (ValueExpression, Given) throws(AttemptFailure) -> Scalar?
  ) throws(AttemptFailure) -> EvaluationAnswer {
    var key: String?
    if let partition = trigger.partition, let value = try compute(partition, .partition) {
      if value == .null { throw AttemptFailure("trigger", "the partition to make is NULL") }
      key = value.text
    }
    var given: [String: Scalar] = [:]
    for param in trigger.params {
      let value = try compute(param.value, .param(param.name))
      if let value, value != .null { given[param.name] = value }
    }
    return .trigger(key: key, params: given)
  }
}

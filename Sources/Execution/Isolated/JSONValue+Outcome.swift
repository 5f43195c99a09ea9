import Basics
import MeshModel

/// The outcome of an attempt as its isolated process tells it.
extension JSONValue {
  init(_ outcome: AttemptOutcome, of key: AttemptKey) {
    self = .members([
      "key": .string(key.text), "state": .string(outcome.state.rawValue),
      "asks_retry": .boolean(outcome.asksRetry),
      "permanent": .boolean(outcome.isPermanent),
      "reason": outcome.reason.map { .texts([$0.code, $0.text]) } ?? .null,
      "rows": outcome.rows.map { .integer($0) } ?? .null,
      "bytes": outcome.bytes.map { .integer($0) } ?? .null,
      "output": outcome.output.map { .string($0) } ?? .null,
      "content": outcome.content.map { .integer($0) } ?? .null,
      "inputs": outcome.inputs.map { .string(TaskEnvironment.json($0)) } ?? .null,
    ])
  }

  /// Nil when it is not what an isolated process tells of this attempt.
  func outcome(of key: AttemptKey) -> AttemptOutcome? {
    guard self["key"]?.string == key.text,
      let state = self["state"]?.string.flatMap({ AttemptState(rawValue: $0) }),
      state == .success || state == .failed
    else { return nil }
    var outcome = AttemptOutcome(state: state)
    outcome.asksRetry = self["asks_retry"] == .boolean(true)
    outcome.isPermanent = self["permanent"] == .boolean(true)
    if let reason = self["reason"]?.array?.compactMap(\.string), reason.count == 2 {
      outcome.reason = Reason(reason[0], reason[1])
    }
    outcome.rows = self["rows"]?.count
    outcome.bytes = self["bytes"]?.count
    outcome.output = self["output"]?.string
    outcome.content = self["content"]?.integer
    outcome.inputs = self["inputs"]?.string.map(StoreLedger.inputs)
    return outcome
  }

  private var count: Int64? { integer.flatMap { $0 >= 0 ? $0 : nil } }
}

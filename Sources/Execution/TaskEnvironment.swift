import Basics
import Diagnostics
import Glibc
import MeshModel
import Planning

/// Makes the environment of a task's process: what the task is told, what it declares, and of our own only
/// where programs and the user's home are, the language and the zone.
struct TaskEnvironment: Sendable {
  /// The variables of our own that are handed on.
  static let inherited = ["PATH", "HOME", "LANG", "TZ"]

  private let own: [(name: String, value: String)]
  private let secrets: SecretFiles

  /// - Parameter environment: our own, looked up by name.
  init(secrets: SecretFiles, environment: (String) -> String?) {
    own = Self.inherited.compactMap { name in environment(name).map { (name, $0) } }
    self.secrets = secrets
  }

  /// All variables of an attempt as `NAME=value`, each name once.
  ///
  /// - Parameter evaluate: computes a declared value that is written as SQL.
  func variables(
    of site: TaskSite, order: AttemptOrder, output: String,
    evaluate: (ValueExpression) throws(AttemptFailure) -> Scalar
  ) throws(AttemptFailure) -> [String] {
    let declared = try declared(site.task, evaluate: evaluate)
    var variables = ["HEDDLE_PROJECT=\(site.mesh.root)"]
    for (name, value) in site.mesh.values.sorted(by: { $0.key < $1.key }) {
      variables.append("HEDDLE_VALUE_\(name.uppercased())=\(value.text)")
    }
    for (name, value) in own where !declared.contains(where: { $0.name == name }) {
      variables.append("\(name)=\(value)")
    }
    for (name, value) in declared { variables.append("\(name)=\(value)") }
    variables += told(site, order: order, output: output)
    for variable in variables where variable.utf8.contains(0) {
      let name = variable.prefix { $0 != "=" }
      throw AttemptFailure(
        "environment", "the variable '\(name)' would hold a NUL character, which no process can be given",
        isPermanent: true)
    }
    return variables
  }

  /// Secrets and `env:`, in the order of their names; a secret goes before a variable of its name.
  private func declared(
    _ task: TaskDeclaration, evaluate: (ValueExpression) throws(AttemptFailure) -> Scalar
  ) throws(AttemptFailure) -> [(name: String, value: String)] {
    var declared: [(name: String, value: String)] = []
    for secret in task.secrets { declared.append((secret.value, try secrets.read(secret.value))) }
    for variable in task.env {
      // What Heddle tells cannot be overwritten; `check` refuses it with its place in the file.
      guard !variable.name.hasPrefix("HEDDLE_"), !declared.contains(where: { $0.name == variable.name })
      else { continue }
      declared.append((variable.name, try evaluate(variable.value).text))
    }
    return declared
  }

  private func told(_ site: TaskSite, order: AttemptOrder, output: String) -> [String] {
    let run = site.context.run
    var told = [
      "HEDDLE_DOMAIN=\(run.pipeline.domain)",
      "HEDDLE_PIPELINE=\(run.pipeline.name)",
      "HEDDLE_TASK=\(site.task.name)",
      "HEDDLE_RUN=\(run.run)",
      "HEDDLE_ATTEMPT=\(order.id.number)",
      "\(ProcessCensus.keyVariable)=\(order.key)",
      "HEDDLE_OUTPUT=\(output)",
      "HEDDLE_INPUTS=\(Self.json(order.inputs))",
    ]
    if let partition = run.partition { told.append("HEDDLE_PARTITION=\(partition.key)") }
    if let interval = run.interval {
      told.append("HEDDLE_INTERVAL_START=\(Self.text(interval.start))")
      told.append("HEDDLE_INTERVAL_END=\(Self.text(interval.end))")
    }
    if let each = site.context.each { told.append("HEDDLE_EACH=\(each.text)") }
    for (name, value) in run.params.sorted(by: { $0.key < $1.key }) {
      told.append("HEDDLE_PARAM_\(name.uppercased())=\(value.text)")
    }
    return told
  }

  /// `2013-01-31T06:00:00Z`: with its zone, for programs read a time without one as local.
  static func text(_ moment: Instant) -> String {
    CivilTime(secondsSinceEpoch: moment.seconds).text(separator: "T") + "Z"
  }

  /// The versions of the inputs as a JSON array.
  static func json(_ inputs: [InputVersion]) -> String {
    if inputs.isEmpty { return "[]" }
    var writer = JSONWriter()
    writer.array { writer in
      for input in inputs {
        writer.object { writer in
          writer.key("dataset")
          writer.string(input.dataset.description)
          writer.key("partition")
          writer.string(input.partition)
          writer.key("version")
          writer.integer(input.version)
          if let content = input.content {
            writer.key("content")
            writer.integer(content)
          }
        }
      }
    }
    return writer.text
  }
}

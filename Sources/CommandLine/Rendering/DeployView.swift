import Basics
import Lineage
import MeshModel
import Orchestration

/// What a deploy changes, as people and programs read it.
struct DeployView {
  let plan: DeployPlan
  /// How many partitions of each dataset will be stale.
  let stale: [DatasetName: Int]
  /// Nil: nothing was deployed.
  let outcome: DeployCommand.Outcome?

  private static func mark(_ kind: DeployPlan.Kind) -> String {
    switch kind {
    case .added: "+"
    case .removed: "-"
    case .changed: "~"
    }
  }

  /// Pipelines that would not run, with why.
  private var broken: [(name: PipelineName, cause: BrokenPipelines.Cause)] {
    plan.project.broken.sorted { $0.key < $1.key }.map {
      (plan.project.graph.pipelines[$0.key].name, $0.value)
    }
  }

  var lines: [String] {
    var lines: [String] = []
    for pipeline in plan.pipelines { lines += self.lines(of: pipeline) }
    for dataset in plan.datasets {
      var line = "\(Self.mark(dataset.kind)) dataset \(dataset.name)"
      if !dataset.readers.isEmpty { line += "; read by " + Self.list(dataset.readers.map(\.description)) }
      lines.append(line)
    }
    for (dataset, count) in stale.sorted(by: { $0.key < $1.key }) {
      let verb = outcome == nil ? "will be stale" : "\(count == 1 ? "is" : "are") stale"
      lines.append("! \(Counted.text(count, "partition")) of \(dataset) \(verb)")
    }
    lines += plan.settings.map { "~ \($0)" }
    lines += plan.files.prefix(50).map { "\(Self.mark($0.kind)) file \($0.path)" }
    if plan.files.count > 50 { lines.append("  and \(Counted.text(plan.files.count - 50, "file")) more") }
    for (name, release) in plan.project.kept.sorted(by: { $0.key < $1.key }) {
      let isDomain = plan.project.keptDomains[name.domain] != nil
      let whose = isDomain ? "dags/\(name.domain)/domain.yaml has" : "its files have"
      lines.append("! \(name) stays as in release \(release): \(whose) errors")
    }
    for (name, cause) in broken { lines.append("! \(name) does not run: \(Self.text(of: cause))") }
    return lines + [conclusion]
  }

  private func lines(of pipeline: DeployPlan.PipelineChange) -> [String] {
    var line = "\(Self.mark(pipeline.kind)) pipeline \(pipeline.name)"
    if !pipeline.keys.isEmpty { line += ": \(pipeline.keys.joined(separator: ", "))" }
    var lines = [line]
    if pipeline.scheduleBefore != pipeline.scheduleAfter {
      let before = pipeline.scheduleBefore.map { "\($0) -> " } ?? (pipeline.kind == .added ? "" : "none -> ")
      lines.append("    schedule: \(before)\(pipeline.scheduleAfter ?? "none")")
    }
    for task in pipeline.tasks {
      let keys = task.keys.isEmpty ? "" : ": \(task.keys.joined(separator: ", "))"
      lines.append("    \(Self.mark(task.kind)) task \(task.name)\(keys)")
    }
    return lines
  }

  private var conclusion: String {
    guard let outcome else {
      guard !plan.isEmpty else { return "nothing has changed since release \(plan.before ?? 0)" }
      return plan.before.map { "changes since release \($0); deploy them: heddle deploy" }
        ?? "no release was taken yet; take the first: heddle deploy"
    }
    guard outcome.isNew else { return "nothing has changed since release \(outcome.release)" }
    guard let owner = outcome.owner else {
      return "release \(outcome.release) is taken; whoever owns the state next makes runs from it"
    }
    return "release \(outcome.release) is deployed; \(owner) makes new runs from it"
  }

  private static func text(of cause: BrokenPipelines.Cause) -> String {
    switch cause {
    case .own: "it has errors"
    case .upstream(let other): "it depends on '\(other)', which has errors"
    case .unknownWriter(let dataset): "the writer of '\(dataset)' may stand in a file that cannot be read"
    }
  }

  private static func list(_ names: [String]) -> String {
    let more = names.count > 8 ? " and \(names.count - 8) more" : ""
    return names.prefix(8).joined(separator: ", ") + more
  }
}

extension DeployView {
  func write(to writer: inout JSONWriter) {
    writer.key("before")
    writer.integer(plan.before)
    writer.key("release")
    writer.integer(outcome?.release)
    writer.key("is_new")
    writer.boolean(outcome?.isNew ?? false)
    writer.key("has_changes")
    writer.boolean(!plan.isEmpty)
    writer.key("pipelines")
    writer.array { writer in for pipeline in plan.pipelines { write(pipeline, to: &writer) } }
    writer.key("datasets")
    writer.array { writer in
      for dataset in plan.datasets {
        writer.object { writer in
          writer.key("name")
          writer.string(dataset.name.description)
          writer.key("change")
          writer.string(dataset.kind.rawValue)
          writer.texts("readers", dataset.readers.map(\.description))
        }
      }
    }
    writer.key("stale")
    writer.object { writer in
      for (dataset, count) in stale.sorted(by: { $0.key < $1.key }) {
        writer.key(dataset.description)
        writer.integer(count)
      }
    }
    writer.texts("settings", plan.settings)
    writer.key("files")
    writer.array { writer in
      for file in plan.files {
        writer.object { writer in
          writer.key("path")
          writer.string(file.path)
          writer.key("change")
          writer.string(file.kind.rawValue)
        }
      }
    }
    writer.key("kept")
    writer.array { writer in
      for (name, release) in plan.project.kept.sorted(by: { $0.key < $1.key }) {
        writer.object { writer in
          writer.key("pipeline")
          writer.string(name.description)
          writer.key("release")
          writer.integer(release)
        }
      }
    }
    writer.texts("broken", broken.map(\.name.description))
  }

  private func write(_ pipeline: DeployPlan.PipelineChange, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("name")
      writer.string(pipeline.name.description)
      writer.key("change")
      writer.string(pipeline.kind.rawValue)
      writer.texts("keys", pipeline.keys)
      writer.key("schedule")
      writer.object { writer in
        writer.key("before")
        writer.string(pipeline.scheduleBefore)
        writer.key("after")
        writer.string(pipeline.scheduleAfter)
      }
      writer.key("tasks")
      writer.array { writer in
        for task in pipeline.tasks {
          writer.object { writer in
            writer.key("name")
            writer.string(task.name)
            writer.key("change")
            writer.string(task.kind.rawValue)
            writer.texts("keys", task.keys)
          }
        }
      }
    }
  }
}

extension JSONWriter {
  /// A list of texts.
  fileprivate mutating func texts(_ key: String, _ values: [String]) {
    self.key(key)
    array { writer in for value in values { writer.string(value) } }
  }
}

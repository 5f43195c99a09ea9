/// Turns a workflow into declarations: each task into a shell task of the pipeline `wf/flow`, each file into
/// a dataset of the domain `wf`.
///
/// Order that a file carries is not repeated in `after`. A file that several tasks write becomes a dataset
/// for each writer, since exactly one task writes a dataset; its readers read those of their declared
/// parents, or all where none of the writers is one.
struct WorkflowConverter {
  let workflow: Workflow
  /// The declared order that no file carries, so that `after` has to say it.
  private(set) var withoutFile: Set<Workflow.Edge> = []
  /// Pairs of writer and reader of a file.
  private(set) var withFile: Set<Workflow.Edge> = []
  private var numbers: [String: Int] = [:]
  private var fileNumbers: [String: Int] = [:]
  private var writers: [String: [String]] = [:]

  init(_ workflow: Workflow) {
    self.workflow = workflow
    for (number, task) in workflow.tasks.enumerated() {
      numbers[task.id] = number + 1
      for file in task.inputs + task.outputs where fileNumbers[file] == nil {
        fileNumbers[file] = fileNumbers.count + 1
      }
      for file in task.outputs where writers[file]?.contains(task.id) != true {
        writers[file, default: []].append(task.id)
      }
    }
    for task in workflow.tasks {
      for file in task.inputs {
        for writer in read(file, by: task) where writer != task.id {
          withFile.insert(Workflow.Edge(from: writer, to: task.id))
        }
      }
    }
    withoutFile = workflow.declared.subtracting(withFile)
  }

  func taskName(_ id: String) -> String { "t\(numbers[id] ?? 0)" }

  /// The project's files, by their path below `dags/`.
  var files: [String: String] {
    var sources: [String] = []
    for (file, number) in fileNumbers.sorted(by: { $0.value < $1.value }) where writers[file] == nil {
      sources.append("  f\(number): {description: A file of the workflow}\n")
    }
    let list = sources.isEmpty ? "" : "sources:\n" + sources.joined()
    return [
      "wf/domain.yaml": "domain: wf\nowner: workflows\n" + list,
      "wf/flow.yaml": "pipeline: flow\ntasks:\n" + workflow.tasks.map(declaration).joined(),
    ]
  }

  private func declaration(of task: Workflow.Task) -> String {
    var lines = ["  \(taskName(task.id)):", "    run: \"true\""]
    var reads: [String] = []
    for file in task.inputs { reads += datasets(of: file, writers: read(file, by: task)) }
    let writes = task.outputs.flatMap { datasets(of: $0, writers: [task.id]) }
    let after = withoutFile.filter { $0.to == task.id }.map { taskName($0.from) }.sorted()
    for (key, values) in [("reads", reads), ("writes", writes), ("after", after)] where !values.isEmpty {
      var seen: Set<String> = []
      let each = values.filter { seen.insert($0).inserted }
      lines.append("    \(key): [\(each.joined(separator: ", "))]")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Who writes what a task reads of a file; empty: it comes from outside.
  private func read(_ file: String, by task: Workflow.Task) -> [String] {
    let all = writers[file] ?? []
    guard all.count > 1 else { return all }
    let parents = all.filter { workflow.declared.contains(Workflow.Edge(from: $0, to: task.id)) }
    return parents.isEmpty ? all : parents
  }

  private func datasets(of file: String, writers chosen: [String]) -> [String] {
    let name = "wf.f\(fileNumbers[file] ?? 0)"
    if (writers[file] ?? []).count < 2 { return [name] }
    return chosen.map { "\(name)_by_\(taskName($0))" }
  }
}

import MeshModel
import Records

extension Reference {
  /// `412/publish[EWR]` or `operations/departures.publish[EWR]@2013-01-05`: a run, and a task or one of its
  /// instances; nil for a word of another form.
  static func instance(named name: String) -> (run: Reference, task: String)? {
    if case .task(let task, let each, let partition) = Reference(name) {
      let word = each.map { "\(task.task)[\($0)]" } ?? task.task
      return (.pipeline(task.pipeline, partition: partition), word)
    }
    guard let slash = name.firstIndex(of: "/"), case .run(let run) = Reference(String(name[..<slash])) else {
      return nil
    }
    let task = String(name[name.index(after: slash)...])
    guard Name.isValid(task.prefix { $0 != "[" }) else { return nil }
    return (.run(run), task)
  }
}

extension ShowCommand.World {
  /// The one instance that a task's name means in a run, with its value or number under `each`.
  func instance(_ task: String, of run: Reference) throws(CommandFailure) -> InstanceSummary {
    let found = try detail(of: run).instances(of: task)
    guard let instance = found.first, found.count == 1 else {
      throw .usage(
        "'\(task)' means \(Counted.text(found.count, "task instance"))",
        help: "name one by its value or number: \(task)[0]")
    }
    return instance
  }
}

import Basics
import Declarations
import Diagnostics
import Execution
import Lineage
import MeshModel
import Planning
import SQLite
import Threads
import Timetables

/// The tests of a project's tasks, each carried out in stores of its own that hold only what it gives.
public final class TaskTests: Sendable {
  private let project: CheckedProject
  private let clock: any Clock
  public let tests: [TaskTest]
  /// What is wrong with the tests themselves, sorted for reading.
  public let diagnostics: [Diagnostic]
  private let current = Guarded<(worker: TrialWorker?, isOver: Bool)>((nil, false))

  /// Reads the tests, and holds them against the graph.
  ///
  /// - Parameter isWanted: whether the file of this path, relative to the project, is read.
  public init(_ project: CheckedProject, clock: any Clock, where isWanted: (String) -> Bool) {
    self.project = project
    self.clock = clock
    let (read, diagnostics) = DeclarationLoader.tests(
      of: project.mesh, project: project.folder, where: isWanted)
    tests = read
    let checks = TaskTestChecks(graph: project.graph)
    self.diagnostics = (diagnostics + read.flatMap(checks.mistakes)).sortedForReading()
  }

  /// Carries out one of the tests, on the thread that calls.
  public func verdict(on test: TaskTest) throws(SessionError) -> TestVerdict {
    let begin = clock.monotonicNanoseconds
    let problems = try problems(of: test)
    let spent = (clock.monotonicNanoseconds &- begin) / 1_000_000
    return TestVerdict(test: test, problems: problems, milliseconds: Int64(clamping: spent))
  }

  /// Whether somebody had them end early.
  public var wereStopped: Bool { current.withLock { $0.isOver } }

  /// Ends the test that runs, and those that would come. From any thread.
  public func stop() {
    current.withLock { state in
      state.isOver = true
      state.worker?.stop()
    }
  }

  private func problems(of test: TaskTest) throws(SessionError) -> [TestVerdict.Problem] {
    let graph = project.graph
    guard let place = graph.index(of: test.task.pipeline),
      let task = graph.pipelines[place].tasks.firstIndex(where: { $0.name == test.task.task })
    else { return [.end("there is no task '\(test.task)'")] }
    try graph.checkRunnable([place], broken: project.broken)
    let trial = try Trial(project, root: test.files.isEmpty ? project.folder : nil, clock: clock)
    let run = try context(of: test, place, trial)
    do {
      try prepare(test, trial)
    } catch let error as SessionError { throw error } catch {
      throw SessionError(.environment, "the rows that '\(test.task)' is given cannot be put down: \(error)")
    }
    let isOver = current.withLock { state in
      state.worker = trial.worker
      return state.isOver
    }
    guard !isOver else { return [.end("it was interrupted")] }
    let outcome = trial.outcome(of: task, in: run, each: test.each, outputs: test.outputs)
    if let problem = endProblem(outcome, test) { return [problem] }
    var problems: [TestVerdict.Problem] = []
    for expected in test.expected {
      let found: [[Scalar]]
      do { found = try rows(like: expected, trial) } catch {
        problems.append(.end("the rows of '\(expected.dataset.value)' cannot be read: \(error)"))
        continue
      }
      if let difference = RowDifference(expected, found) { problems.append(.rows(difference)) }
    }
    return problems
  }

  private func endProblem(_ outcome: AttemptOutcome, _ test: TaskTest) -> TestVerdict.Problem? {
    let reason = outcome.reason?.text ?? "\(outcome.state)"
    switch (outcome.state, test.failure) {
    case (.success, nil): return nil
    case (.success, let words?): return .end("it succeeded, and a failure with '\(words)' was expected")
    case (.failed, let words?) where reason.contains(words): return nil
    case (_, let words?): return .end("it failed, but not with '\(words)': \(reason)")
    case (_, nil): return .end("it failed: \(reason)")
    }
  }

  private func context(_ partition: Located<String>?, _ pipeline: Pipeline) throws(SessionError)
    -> PartitionInterval?
  {
    guard let calendar = try PartitionCalendar.known(for: pipeline), let partition else { return nil }
    do { return try calendar.partition(key: partition.value) } catch {
      throw SessionError(
        .brokenDeclarations, "\(partition.position): \(error.message)", help: error.help)
    }
  }

  private func context(of test: TaskTest, _ place: Int, _ trial: Trial) throws(SessionError) -> RunContext {
    let pipeline = project.graph.pipelines[place]
    let params: [String: Scalar]
    do { params = try pipeline.bindings(of: test.params) } catch {
      throw SessionError(.brokenDeclarations, "\(test.position): \(error.message)", help: error.help)
    }
    return RunContext(
      release: trial.release, run: 1, pipeline: pipeline.name, pipelineIndex: place,
      partition: try context(test.partition, pipeline), params: params)
  }

  /// Puts files and rows where the task finds them.
  private func prepare(_ test: TaskTest, _ trial: Trial) throws {
    for (path, text) in test.files {
      let place = "\(trial.release.mesh.root)/\(path)"
      try FileTree.makeFolder(above: place)
      try FileTree.write(Array(text.utf8), to: place)
    }
    for rows in test.given {
      let dataset = rows.dataset.value
      let known = trial.columns(of: dataset)
      let columns = known.isEmpty ? rows.columns.map { Column(name: $0.value, type: .any) } : known
      let connection = try trial.connection(to: dataset.domain)
      let list = columns.map { "\($0.name.sqlName) \($0.type.declaration)" }.joined(separator: ", ")
      let plain = "CREATE TABLE \(dataset.name.sqlName)(\(list))"
      // What the task is to write into has the keys that the task makes it with; what it reads needs none.
      let writer = project.graph.datasets[dataset]?.writer.map { project.graph.nodes[$0].name }
      let own = writer == test.task ? project.graph.definition(of: dataset) : nil
      try connection.execute(own ?? plain)
      guard !rows.rows.isEmpty else { continue }
      let names = rows.columns.map(\.value.sqlName).joined(separator: ", ")
      let marks = rows.columns.map { _ in "?" }.joined(separator: ", ")
      try connection.transaction {
        let insert = try connection.prepare(
          "INSERT INTO \(dataset.name.sqlName)(\(names)) VALUES(\(marks))")
        for row in rows.rows {
          for (place, value) in row.values.enumerated() { insert.bind(value, at: place + 1) }
          try insert.run()
        }
      }
    }
  }

  /// The rows that a dataset has now, in the columns that are expected; none where nobody made it.
  private func rows(like expected: TaskTest.Rows, _ trial: Trial) throws -> [[Scalar]] {
    let dataset = expected.dataset.value
    let store = try trial.store(of: dataset.domain)
    guard FileTree.exists(store) else { return [] }
    let connection = try Connection(path: store, mode: .readOnly)
    guard try connection.has(dataset.name) else { return [] }
    let names = expected.columns.map(\.value.sqlName)
    let select = try connection.prepare(
      "SELECT \(names.isEmpty ? "1" : names.joined(separator: ", ")) FROM \(dataset.name.sqlName)")
    var rows: [[Scalar]] = []
    while try select.step() { rows.append(names.indices.map(select.scalar)) }
    return rows
  }
}

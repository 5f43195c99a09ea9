import MeshModel
import Planning
import Records

/// Does one attempt or evaluation from beginning to end, on the thread that calls it.
struct TaskWorker: Sendable {
  private let release: Release
  private let domains: [String: Int]
  private let state: StateDirectory
  private let processes: ProcessTask
  private let report: @Sendable (WorkerReport) -> Void

  init(
    release: Release, state: StateDirectory, runner: any ProcessRunner, environment: (String) -> String?,
    report: @escaping @Sendable (WorkerReport) -> Void
  ) {
    self.release = release
    domains = Dictionary(
      release.mesh.domains.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.state = state
    self.report = report
    processes = ProcessTask(
      environment: TaskEnvironment(
        mesh: release.mesh, secrets: SecretFiles(folder: state.secrets), environment: environment),
      runner: runner, state: state)
  }

  /// Carries out an attempt. Whatever goes wrong is in the outcome.
  func outcome(of order: AttemptOrder, control: AttemptControl) -> AttemptOutcome {
    if let request = control.request {
      return AttemptOutcome(state: request.cause.attemptState, reason: request.cause.reason(killed: false))
    }
    guard let site = TaskSite(order.context, in: release, domains: domains) else {
      return AttemptFailure("release", "the release has no such task", isPermanent: true).outcome
    }
    do throws(AttemptFailure) {
      return try carryOut(order, site: site, control: control)
    } catch {
      let lines = [error.reason.text, error.details].compactMap { $0 }
      LogFiles.append(
        "heddle: " + lines.joined(separator: "\n"), to: state.log(of: order.id, task: site.task.name))
      return error.outcome
    }
  }

  private func carryOut(
    _ order: AttemptOrder, site: TaskSite, control: AttemptControl
  ) throws(AttemptFailure) -> AttemptOutcome {
    switch site.task.kind {
    case .run(let command):
      return try processes.run(
        command, site: site, order: order, control: control,
        evaluate: { (value) throws(AttemptFailure) in try evaluate(value, site: site) },
        running: { report(.running(order.id, $0)) })
    case .sql, .load:
      throw AttemptFailure("kind", "this kind of task cannot be run yet", isPermanent: true)
    }
  }

  private func evaluate(_ value: ValueExpression, site: TaskSite) throws(AttemptFailure) -> Scalar {
    switch value {
    case .literal(let scalar): return scalar
    case .sql: throw AttemptFailure("kind", "values cannot be computed yet", isPermanent: true)
    }
  }

  /// Evaluates a task's `when` or `each`.
  func answer(to order: EvaluationOrder) -> EvaluationAnswer {
    .failed(Reason("kind", "conditions cannot be evaluated yet"))
  }
}

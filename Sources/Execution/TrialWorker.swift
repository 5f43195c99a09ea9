import Basics
import MeshModel
import Planning
import Records

/// Carries out SQL tasks and loads of files beside the record, on the thread that calls, with the code that
/// the owner would use, in a state that nobody owns and that is thrown away.
///
/// The releases that it is given are without `isolate`, and commands are not among their tasks.
public struct TrialWorker: Sendable {
  private static let identity = "trial"

  private let worker: TaskWorker
  private let control = AttemptControl()

  public init(state: StateDirectory, clock: any Clock) {
    let runner = KeeperRunner(clock: clock, folder: state.keepers, spool: state.spool)
    worker = TaskWorker(
      state: state, stateIdentity: Self.identity, clock: clock, runner: runner, environment: { _ in nil },
      report: { _ in })
  }

  /// Carries out the one attempt of an instance. Whatever goes wrong is in the outcome.
  public func outcome(of context: InstanceContext) -> AttemptOutcome {
    let id = AttemptID(instance: context.instance, number: 1)
    let key = AttemptKey(state: Self.identity, attempt: id)
    return worker.outcome(
      of: AttemptOrder(id: id, key: key, context: context, inputs: []), control: control)
  }

  /// Evaluates a task's `when` or `each`.
  public func answer(to order: EvaluationOrder) -> EvaluationAnswer {
    worker.answer(to: order, control: control)
  }

  /// Ends what runs, and all that is asked for later. From any thread.
  public func stop() { control.stop(cause: .cancelled, killAt: 0) }
}

import Basics
import MeshModel

/// What all attempts of a run are told.
public struct RunContext: Sendable {
  public var release: Release
  public var run: RunID
  public var pipeline: PipelineName
  /// The place of the pipeline in the release's graph.
  public var pipelineIndex: Int
  /// Nil: the run stands on its own.
  public var partition: PartitionInterval?
  /// Of its partition; else from the tick before to its own; nil: nobody gave it one.
  public var interval: DataInterval?
  /// With defaults filled in.
  public var params: [String: Scalar]

  public init(
    release: Release, run: RunID, pipeline: PipelineName, pipelineIndex: Int, partition: PartitionInterval?,
    ticks: DataInterval? = nil, params: [String: Scalar]
  ) {
    self.release = release
    self.run = run
    self.pipeline = pipeline
    self.pipelineIndex = pipelineIndex
    self.partition = partition
    interval = partition?.interval ?? ticks
    self.params = params
  }
}

/// What a task instance is told beyond its run.
public struct InstanceContext: Sendable {
  public var run: RunContext
  public var instance: InstanceID
  /// Its value under `each`.
  public var each: Scalar?
  /// What upstream tasks told, by task name: one JSON object each. Upstreams that told nothing are left out.
  public var upstreamOutputs: [String: String]

  public init(
    run: RunContext, instance: InstanceID, each: Scalar? = nil, upstreamOutputs: [String: String] = [:]
  ) {
    self.run = run
    self.instance = instance
    self.each = each
    self.upstreamOutputs = upstreamOutputs
  }
}

/// The decision to start an attempt: everything its worker needs besides the release.
public struct AttemptOrder: Sendable {
  public var id: AttemptID
  public var key: AttemptKey
  public var context: InstanceContext
  /// The versions of the input partitions that the attempt was found ready with.
  public var inputs: [InputVersion]
  /// When the attempt is adopted: the process that the record knows of it.
  public var process: ProcessIdentity?

  public init(
    id: AttemptID, key: AttemptKey, context: InstanceContext, inputs: [InputVersion],
    process: ProcessIdentity? = nil
  ) {
    self.id = id
    self.key = key
    self.context = context
    self.inputs = inputs
    self.process = process
  }
}

/// The decision to evaluate a task's `when` or `each`, or the values of a run that it triggers.
public struct EvaluationOrder: Sendable {
  /// Which of them is evaluated.
  public enum Subject: Sendable { case when, each, trigger }

  public var subject: Subject
  public var context: InstanceContext

  public init(subject: Subject, context: InstanceContext) {
    self.subject = subject
    self.context = context
  }
}

/// What an evaluation found.
public enum EvaluationAnswer: Sendable {
  case condition(Bool)
  case values([Scalar])
  /// The key of a partition, nil where none is chosen, and values of params.
  case trigger(key: String?, params: [String: Scalar])
  case failed(Reason)
}

/// Why an attempt is told to end.
public enum StopCause: String, Sendable { case cancelled, timedOut = "timed_out" }

/// What workers tell the scheduler.
public enum WorkerReport: Sendable {
  /// The attempt's process exists.
  case running(AttemptID, ProcessIdentity)
  /// The attempt is over; nothing of it is left.
  case ended(AttemptID, AttemptOutcome)
  case evaluated(InstanceID, EvaluationOrder.Subject, EvaluationAnswer)
  /// What a look at what an attempt waits for has found.
  case probed(AttemptID, ProbeAnswer)
  /// A process that tells somebody of alerts is over; nil: it told them.
  case notified(NotificationID, attempt: Int, failure: Reason?)
}

/// Who carries out what the scheduler decided. Calls return at once; what comes of them is reported.
public protocol Executor: Sendable {
  /// Starts an attempt. Starting the same attempt twice starts it once.
  func start(_ order: AttemptOrder)
  /// Takes over an attempt that an earlier owner started, and starts nothing anew: what still runs is waited
  /// for, what ended meanwhile is reported as it ended, and what is proven dead without anybody knowing how
  /// it ended is reported as `lost`. Once for each live attempt of the record, before any attempt is started.
  func adopt(_ order: AttemptOrder)
  /// The ends of these attempts are committed: what was kept of them, to be told again after a crash, may go.
  func settle(_ settled: [AttemptID])
  func evaluate(_ order: EvaluationOrder)
  /// Looks once whether what an attempt waits for is there, apart from the attempts that work.
  func probe(_ order: ProbeOrder)
  /// Tells somebody of alerts, apart from everything else.
  func notify(_ order: NotificationOrder)
  /// Asks an attempt to end; after the grace it is killed. Its end is reported as any other.
  func stop(_ attempt: AttemptID, cause: StopCause, grace: Duration)
}

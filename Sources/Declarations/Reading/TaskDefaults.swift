import MeshModel

/// What tasks are given that say nothing else: `defaults:` of mesh, domain and pipeline, each nearer one laid
/// over the one before.
struct TaskDefaults {
  var retry = PartialRetry()
  /// The inner nil: no timeout.
  var timeout: Duration??
  /// The inner nil: no pool.
  var pool: String??
  var env: [String: ValueExpression] = [:]

  /// These defaults, with nearer ones over them.
  func overlaid(by nearer: TaskDefaults) -> TaskDefaults {
    var result = self
    result.retry = retry.overlaid(by: nearer.retry)
    if let timeout = nearer.timeout { result.timeout = timeout }
    if let pool = nearer.pool { result.pool = pool }
    if !nearer.env.isEmpty { result.env.merge(nearer.env) { _, near in near } }
    return result
  }
}

/// The keys of a `retry:` that were written.
struct PartialRetry {
  var attempts: Int?
  var delay: Duration?
  var backoff: RetryPolicy.Backoff?
  /// The inner nil: no bound.
  var maxDelay: Duration??
  var jitter: Double?
  var onExit: [Int]?
  var lost: Int?

  func overlaid(by nearer: PartialRetry) -> PartialRetry {
    var result = self
    if let value = nearer.attempts { result.attempts = value }
    if let value = nearer.delay { result.delay = value }
    if let value = nearer.backoff { result.backoff = value }
    if let value = nearer.maxDelay { result.maxDelay = value }
    if let value = nearer.jitter { result.jitter = value }
    if let value = nearer.onExit { result.onExit = value }
    if let value = nearer.lost { result.lost = value }
    return result
  }

  /// The policy, with what is left over from the built-in defaults.
  var policy: RetryPolicy {
    var policy = RetryPolicy()
    if let attempts { policy.attempts = attempts }
    if let delay { policy.delay = delay }
    if let backoff { policy.backoff = backoff }
    if let maxDelay { policy.maxDelay = maxDelay }
    if let jitter { policy.jitter = jitter }
    if let onExit { policy.onExit = onExit }
    if let lost { policy.lost = lost }
    return policy
  }
}

import MeshModel

/// Why something is where it is: the checks that it must pass, in their order.
public struct Explanation: Sendable, Hashable {
  /// One of the checks.
  public struct Check: Sendable, Hashable {
    /// How far it is.
    public enum State: String, Sendable, CaseIterable {
      case done
      /// This is what everything waits for.
      case blocking
      /// It is looked at once those before it are done.
      case pending
    }

    /// For programs: `run`, `upstreams`, `past`, `data`, `condition`, `values`, `slots`, `wait`, `attempt`.
    public var name: String
    public var state: State
    public var text: String
    /// A command that may help; nil: none does.
    public var next: String?

    public init(_ name: String, _ state: State, _ text: String, next: String? = nil) {
      self.name = name
      self.state = state
      self.text = text
      self.next = next
    }
  }

  public private(set) var checks: [Check] = []

  public init() {}

  /// The same without what may help, for a moment that is over.
  public var ofThePast: Explanation {
    var past = self
    for place in past.checks.indices { past.checks[place].next = nil }
    return past
  }

  /// Something keeps it, so later checks are not looked at yet.
  public var isBlocked: Bool { checks.contains { $0.state == .blocking } }

  /// Adds what is so, unless something before keeps it.
  public mutating func pass(_ name: String, _ text: String) {
    checks.append(isBlocked ? Check(name, .pending, "not looked at yet") : Check(name, .done, text))
  }

  /// Adds what keeps it, unless something before does.
  public mutating func block(_ name: String, _ text: String, next: String? = nil) {
    if isBlocked { return pass(name, text) }
    checks.append(Check(name, .blocking, text, next: next))
  }
}

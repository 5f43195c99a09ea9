/// Who decides about what waits for a person.
public struct Approver: Hashable, Sendable {
  /// A user of the machine, or the name of a token.
  public var name: String
  /// The groups of the machine that the user is in: what declarations call a team.
  public var groups: [String]

  public init(name: String, groups: [String] = []) {
    self.name = name
    self.groups = groups
  }
}

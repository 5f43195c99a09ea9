/// A word that a declaration may hold: what it takes, what holds without it, what it means.
public final class Key: Sendable {
  public let name: String
  public let type: KeyType
  public let isRequired: Bool
  /// What holds when the key is left out, in words; empty when nothing does.
  public let defaultText: String
  /// One or two sentences for the documentation.
  public let meaning: String

  init(_ name: String, _ type: KeyType, default defaultText: String = "", _ meaning: String) {
    self.name = name
    self.type = type
    isRequired = false
    self.defaultText = defaultText
    self.meaning = meaning
  }

  init(required name: String, _ type: KeyType, _ meaning: String) {
    self.name = name
    self.type = type
    isRequired = true
    defaultText = ""
    self.meaning = meaning
  }
}

/// The keys that may stand together in one mapping.
public final class KeySection: Sendable {
  /// What messages call the mapping: 'task'.
  public let name: String
  /// Where it stands: the heading of its part of the documentation.
  public let title: String
  public let keys: [Key]
  private let byName: [String: Key]

  init(_ name: String, _ title: String, _ keys: [Key]) {
    self.name = name
    self.title = title
    self.keys = keys
    byName = Dictionary(keys.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The key of that name.
  public subscript(name: String) -> Key? { byName[name] }
}

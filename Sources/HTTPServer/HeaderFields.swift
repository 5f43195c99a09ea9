/// The header fields of a message, in the order of the wire; names are in lower case.
public struct HeaderFields: Hashable, Sendable {
  /// A name and its value without the space around it.
  public struct Field: Hashable, Sendable {
    public var name: String
    public var value: String
  }

  public private(set) var fields: [Field] = []

  public init() {}

  /// Adds a field at the end. What would end its line is left out of the value.
  public mutating func add(_ name: String, _ value: String) {
    let isPlain = value.utf8.allSatisfy(\.isFieldContent)
    fields.append(
      Field(
        name: name,
        value: isPlain ? value : String(decoding: value.utf8.filter(\.isFieldContent), as: UTF8.self)))
  }

  /// Adds a field, unless there is one of that name.
  public mutating func addIfAbsent(_ name: String, _ value: String) {
    if self[name] == nil { add(name, value) }
  }

  /// The value of the first field of that name, which is written in lower case.
  public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

  /// The values of all fields of that name.
  public func all(_ name: String) -> [String] { fields.lazy.filter { $0.name == name }.map(\.value) }

  /// The words of all fields of that name, which are lists with commas; in lower case.
  func words(_ name: String) -> [String] {
    all(name).flatMap { $0.split(separator: ",") }.map { word in
      String(word.trimmingWhitespace).lowercased()
    }
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  var trimmingWhitespace: Substring {
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    let end = lastIndex { !isSpace($0) }.map { index(after: $0) } ?? startIndex
    return self[..<end].drop(while: isSpace)
  }
}

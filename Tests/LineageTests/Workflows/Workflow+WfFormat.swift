import Basics

extension Workflow {
  /// Reads WfCommons' JSON, version 1.5.
  init?(wfFormat text: String, name: String) throws {
    let root = try JSONValue(parsing: text.utf8)
    guard let list = root["workflow"]?["specification"]?["tasks"]?.array else { return nil }
    self.name = name
    for entry in list {
      guard let id = entry["id"]?.string else { return nil }
      func strings(_ key: String) -> [String] { (entry[key]?.array ?? []).compactMap(\.string) }
      tasks.append(Task(id: id, inputs: strings("inputFiles"), outputs: strings("outputFiles")))
      for parent in strings("parents") { declared.insert(Edge(from: parent, to: id)) }
      for child in strings("children") { declared.insert(Edge(from: id, to: child)) }
    }
  }
}

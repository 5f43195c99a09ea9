import Basics
import Lineage
import MeshModel
import Planning
import Records

/// Which partitions are stale, by declarations and by what the record says they were made of.
public final class Staleness {
  private let graph: MeshGraph
  private let root: String
  private let codes: CodeVersions
  private let reader: StateReader
  /// Where the copies of earlier releases are; nil: nobody asks which files differ.
  private let state: StateDirectory?
  private var versions: [Int: String] = [:]
  private var releases: [RunID: ReleaseID?] = [:]
  private var changes: [FileQuestion: [String]] = [:]

  private struct FileQuestion: Hashable {
    var node: Int
    var release: ReleaseID
  }

  public init(_ project: CheckedProject, reader: StateReader, state: StateDirectory? = nil) {
    graph = project.graph
    root = project.folder
    codes = project.codes
    self.reader = reader
    self.state = state
  }

  /// What the task of a node means now.
  func code(of node: Int) -> String {
    if let known = versions[node] { return known }
    let version = codes.version(of: node)
    versions[node] = version
    return version
  }

  /// Hands on the stale partitions of what a node writes, dataset by dataset.
  ///
  /// - Parameter body: told each; false: that is enough.
  public func eachStale(of node: Int, _ body: (StalePartition) -> Bool) throws(RecordsError) {
    var goesOn = true
    for dataset in graph.nodes[node].writes where goesOn {
      try eachStale(of: dataset) { partition in
        goesOn = body(partition)
        return goesOn
      }
    }
  }

  /// Hands on the stale partitions of a dataset.
  ///
  /// - Parameter keys: only those of these keys.
  public func eachStale(
    of dataset: DatasetName, keys: (first: String, last: String)? = nil, _ body: (StalePartition) -> Bool
  ) throws(RecordsError) {
    guard let writer = graph.datasets[dataset]?.writer else { return }
    try reader.eachStale(of: dataset, code: code(of: writer), keys: keys, body)
  }

  /// The nodes of whose partitions one is stale for a reason: `code` or `input`; empty: for any.
  func nodes(staleFor reason: String) throws(RecordsError) -> [Int] {
    var nodes: [Int] = []
    for node in graph.nodes.indices {
      try eachStale(of: node) { partition in
        switch reason {
        case "code" where !partition.isOfOtherCode, "input" where partition.inputs.isEmpty: return true
        default:
          nodes.append(node)
          return false
        }
      }
    }
    return nodes
  }

  /// Why a partition of a dataset is stale; nil: it is not.
  public func partition(of dataset: DatasetName, key: String) throws(RecordsError) -> StalePartition? {
    guard let writer = graph.datasets[dataset]?.writer else { return nil }
    var found: StalePartition?
    try reader.eachStale(of: dataset, code: code(of: writer), keys: (key, key)) { partition in
      found = partition
      return false
    }
    return found
  }

  /// The file that is another than when the partition was made, of those that its task's meaning stands in;
  /// none where nobody knows any more.
  public func changedFiles(_ partition: StalePartition) throws(RecordsError) -> [String] {
    guard partition.isOfOtherCode, let state, let run = partition.run,
      let node = graph.datasets[partition.dataset]?.writer
    else { return [] }
    if releases[run] == nil { releases[run] = .some(try reader.run(run)?.release) }
    guard case let release?? = releases[run] else { return [] }
    let question = FileQuestion(node: node, release: release)
    if let known = changes[question] { return known }
    let folder = ReleaseFolder(release, in: state)
    let differing = codes.files(of: node).first {
      !FileTree.holdSame("\(root)/\($0)", "\(folder.path)/\($0)")
    }
    // Declarations come last: they may well differ in something else.
    let files = folder.exists ? differing.map { [$0] } ?? [] : []
    changes[question] = files
    return files
  }
}

extension StalePartition {
  /// Why it is stale, in one sentence.
  ///
  /// - Parameter files: those that have changed, where they are known.
  public func reason(files: [String] = []) -> Reason {
    var parts: [String] = []
    if isOfOtherCode {
      let since = run.map { " since run \($0)" } ?? ""
      parts.append("its code changed\(since)" + (files.isEmpty ? "" : " (\(files.joined(separator: ", ")))"))
    }
    for input in inputs.prefix(2) {
      if input.partition == InputVersion.allPartitions {
        parts.append("'\(input.dataset)' has changed")
      } else {
        let name = input.partition.isEmpty ? "\(input.dataset)" : "\(input.dataset)@\(input.partition)"
        parts.append("'\(name)' was rebuilt" + (input.run.map { " by run \($0)" } ?? ""))
      }
    }
    if inputs.count > 2 { parts.append("and so were \(inputs.count - 2) more") }
    return Reason(isOfOtherCode ? "stale_code" : "stale_input", parts.joined(separator: ", "))
  }
}

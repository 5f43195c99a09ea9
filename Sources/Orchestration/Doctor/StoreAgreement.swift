import Execution
import MeshModel
import Records
import SQLite

/// Whether the record and a domain's store say the same of what attempts made (law 23).
///
/// A store is written before the record: so what the record has must be in the store that is read after it,
/// and what the store has must be in the record that is read after it, at least as an attempt that lives.
struct StoreAgreement {
  /// Where they do not.
  struct Difference: Sendable, Hashable {
    /// Who says more than the other.
    enum Kind: Sendable { case onlyInRecord, onlyInStore }

    var kind: Kind
    var dataset: DatasetName?
    var partition: String
    var key: AttemptKey
    /// For `onlyInStore`: the task and the store's path.
    var task: String?
    var store: String?
    /// For `onlyInStore`: what the record says instead; nil: it has no such attempt.
    var state: AttemptState?

    /// As users write it: `domain.dataset@key`.
    var name: String? { dataset.map { "\($0)" + (partition.isEmpty ? "" : "@\(partition)") } }
  }

  let domains: [Domain]
  let reader: StateReader
  /// An attempt that the record has as live may have committed already; not so where nobody will adopt it.
  var trustsLive = true
  /// Where a domain's store lies.
  let store: (Domain) -> String

  /// All differences, those of one domain's store together. A store that cannot be read is an error.
  func differences() throws -> [Difference] {
    try onlyInRecord() + stores().flatMap { try onlyInStore($0.commits, $0.path) }
  }

  /// The stores of all domains, each once.
  private func stores() throws -> [(path: String, commits: StoreCommits)] {
    try Set(domains.map(store)).sorted().map { (path: $0, commits: try StoreCommits(store: $0)) }
  }

  private func onlyInRecord() throws -> [Difference] {
    var found: [Difference] = []
    var last: (dataset: String, partition: String)?
    var stores: [String: StoreCommits] = [:]
    while true {
      let page = try reader.madePartitions(after: last)
      guard let end = page.last else { return found }
      last = (end.dataset.description, end.partition)
      let written = page.filter { $0.taskKind == "sql" || $0.taskKind == "load" }
      for (domain, made) in Dictionary(grouping: written, by: \.dataset.domain) {
        // A domain that is not declared any more has a store that is not known any more.
        guard let declared = domains.first(where: { $0.name == domain }) else { continue }
        let store = try stores[domain] ?? StoreCommits(store: self.store(declared))
        stores[domain] = store
        let present = try store.present(made.lazy.map(\.key))
        found += made.filter { !present.contains($0.key) }.map {
          Difference(kind: .onlyInRecord, dataset: $0.dataset, partition: $0.partition, key: $0.key)
        }
      }
    }
  }

  private func onlyInStore(_ commits: StoreCommits, _ path: String) throws -> [Difference] {
    var found: [Difference] = []
    var last: AttemptKey?
    while true {
      let page = try commits.entries(after: last)
      guard let end = page.last else { return found }
      last = end.key
      for (entry, known) in zip(page, try reader.knowledge(of: page.map(\.key))) {
        var state: AttemptState?
        switch known {
        case .foreign, .removed: continue
        case .known(let found) where found == .success || !found.isFinal && trustsLive: continue
        case .known(let found): state = found
        case .unknown: break
        }
        found.append(
          Difference(
            kind: .onlyInStore, dataset: entry.dataset, partition: entry.partition ?? "", key: entry.key,
            task: entry.task, store: path, state: state))
      }
    }
  }
}

extension StateCheck {
  private static let most = 20

  static let stores = StateCheck(
    name: "stores", law: 23, sentence: "the stores hold what the record says of them"
  ) { patient in
    guard let reader = patient.reader else { return [] }
    let differences = try StoreAgreement(domains: patient.domains, reader: reader) {
      patient.state.store(of: $0)
    }.differences()
    var found = differences.prefix(most).map(finding)
    if differences.count > most {
      found.append(Finding("stores", law: 23, "and \(differences.count - most) more partitions like these"))
    }
    return found
  }

  private static func finding(_ difference: StoreAgreement.Difference) -> Finding {
    let what = difference.name.map { "'\($0)'" } ?? "something"
    let help = difference.name.map { "have it made again: heddle mark '\($0)' missing, then a backfill" }
    switch difference.kind {
    case .onlyInRecord:
      return Finding(
        "stores", law: 23,
        "\(what) is recorded as made by attempt \(difference.key), which its store does not have", help: help)
    case .onlyInStore:
      let said = difference.state.map { "records it as '\($0.rawValue)'" } ?? "does not have it"
      return Finding(
        "stores", law: 23, "\(what) was made by attempt \(difference.key), and the record \(said)", help: help
      )
    }
  }
}

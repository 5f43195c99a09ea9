import Access
import Diagnostics
import MeshModel

/// Compiles all SQL of the mesh in memory, each text once what it names is known.
///
/// A text that names a dataset whose columns another text tells waits for that one. What still waits when nothing
/// else can be done is tried all the same, since a name may be an alias; what then really lacks another's columns
/// waits for exactly that, until only those are left that wait for each other.
struct SQLCompilation {
  enum Stage { case waiting, ready, compiled, failed }

  var draft: GraphDraft
  var units: [SQLUnit] = []
  var stages: [Stage] = []
  /// For each dataset whose columns a text tells, that text.
  var providers: [DatasetName: Int] = [:]
  /// For each unit that was tried too early the dataset that it lacked.
  private(set) var needs: [Int: DatasetName] = [:]
  /// How many others a unit waits for.
  private var waitsFor: [Int] = []
  /// The units that wait for a unit, each with its ticket of that time.
  private var waiters: [[(unit: Int, ticket: Int)]] = []
  /// A unit that no longer waits for what it waited for takes a new ticket.
  private var tickets: [Int] = []
  private var ready: [Int] = []
  private var stations: [String: DomainStation] = [:]
  /// What SQL reads, by node.
  var found: [Int: [DatasetName: FoundColumns]] = [:]

  /// The columns of a dataset that texts of one task read.
  struct FoundColumns {
    /// Nil: it is not known which.
    var columns: Set<String>?
    var position: SourcePosition
  }

  init(_ draft: GraphDraft) { self.draft = draft }

  /// Compiles everything and enters what was found into the draft.
  mutating func run() {
    collect()
    park()
    drain()
    tryTheRest()
    reportCircular()
    enterReads()
  }

  private mutating func collect() {
    var own: [String: Set<String>] = [:]
    for dataset in draft.graph.datasets.keys { own[dataset.domain, default: []].insert(dataset.name) }
    for node in draft.graph.nodes.indices {
      // Most tasks of a large mesh are processes without any SQL.
      let texts = draft.graph.declaration(of: node).sqlTexts
      guard !texts.isEmpty else { continue }
      let domain = draft.graph.nodes[node].name.pipeline.domain
      for (role, text) in texts {
        if case .into(let target) = role, draft.graph.datasets[target.dataset]?.writer == node {
          providers[target.dataset] = units.count
        }
        let unit = SQLUnit(node: node, role: role, text: text)
        units.append(unit)
        guard case .script = role else { continue }
        let mentions = SQLMentions(text.text, domain: domain, own: [], domains: draft.domains)
        for created in mentions.created where providers[created.name] == nil {
          providers[created.name] = units.count - 1
          own[created.name.domain, default: []].insert(created.name.name)
        }
      }
    }
    for number in units.indices {
      let domain = draft.graph.nodes[units[number].node].name.pipeline.domain
      units[number].mentions = SQLMentions(
        units[number].text.text, domain: domain, own: own[domain] ?? [], domains: draft.domains)
    }
  }

  /// Lets every unit wait for those that tell the columns it may need.
  private mutating func park() {
    stages = [Stage](repeating: .waiting, count: units.count)
    waitsFor = [Int](repeating: 0, count: units.count)
    waiters = [[(unit: Int, ticket: Int)]](repeating: [], count: units.count)
    tickets = waitsFor
    for (number, unit) in units.enumerated() {
      let needed = Set(unit.mentions.datasets.compactMap { providers[$0.name] }).subtracting([number])
      waitsFor[number] = needed.count
      for provider in needed { waiters[provider].append((number, 0)) }
    }
    for number in units.indices where waitsFor[number] == 0 { makeReady(number) }
  }

  private mutating func makeReady(_ number: Int) {
    stages[number] = .ready
    ready.append(number)
  }

  /// Compiles what is ready until nothing is.
  private mutating func drain() {
    var taken = 0
    while taken < ready.count {
      let number = ready[taken]
      taken += 1
      settle(number)
    }
    ready.removeAll()
  }

  /// Compiles a unit and lets those go on that waited for it, unless it turns out to wait itself.
  private mutating func settle(_ number: Int) {
    let result = compile(number)
    if case .failure(let error) = result, let dataset = missing(error, in: number),
      let provider = awaited(dataset, by: number)
    {
      needs[number] = dataset
      stages[number] = .waiting
      waitsFor[number] = 1
      waiters[provider].append((number, tickets[number]))
      return
    }
    switch result {
    case .success(let footprints): stages[number] = digest(footprints, of: number) ? .compiled : .failed
    case .failure(let error):
      report(error, in: number)
      stages[number] = .failed
    }
    if stages[number] == .failed { draft.uncertain.insert(units[number].node) }
    let released = waiters[number]
    waiters[number] = []
    for (waiter, ticket) in released where stages[waiter] == .waiting && tickets[waiter] == ticket {
      waitsFor[waiter] -= 1
      if waitsFor[waiter] == 0 { makeReady(waiter) }
    }
  }

  /// The unit, not compiled yet, that tells the columns of a dataset.
  private func awaited(_ dataset: DatasetName, by number: Int) -> Int? {
    guard let provider = providers[dataset], provider != number,
      stages[provider] == .waiting || stages[provider] == .ready
    else { return nil }
    return provider
  }

  /// Compiles what waits for names that may not be what they look like.
  private mutating func tryTheRest() {
    for number in units.indices where stages[number] == .waiting {
      // From here on it waits for nothing, or for the one that it has been found to need.
      tickets[number] += 1
      makeReady(number)
      drain()
    }
  }

  private mutating func compile(_ number: Int) -> Result<[StatementFootprint], AccessError> {
    let unit = units[number]
    let domain = draft.graph.nodes[unit.node].name.pipeline.domain
    let station: DomainStation
    do throws(AccessError) {
      station = try self.station(of: domain)
    } catch {
      return .failure(error)
    }
    for mention in unit.mentions.datasets {
      guard let columns = draft.graph.datasets[mention.name]?.columns, !columns.isEmpty else { continue }
      station.define(mention.name, columns: columns)
    }
    return station.footprints(of: unit.script)
  }

  private mutating func station(of domain: String) throws(AccessError) -> DomainStation {
    if let station = stations[domain] { return station }
    let station = try DomainStation(domain: domain)
    stations[domain] = station
    return station
  }
}

import Access
import Diagnostics
import MeshModel
import Threads

/// Compiles all SQL of the mesh in memory, each text once what it names is known.
///
/// A text that names a dataset whose columns another text tells waits for that one. What still waits when
/// nothing else can be done is tried all the same, since a name may be an alias; what then really lacks
/// another's columns waits for exactly that, until only those are left that wait for each other.
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
  private let crew = CompileCrew()
  /// Units that were compiled beside the one that tells what they lacked, and were given a second chance.
  private var again: Set<Int> = []
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
    let (known, domains) = (own, draft.domains)
    let texts = units.map { (text: $0.text.text, domain: draft.graph.nodes[$0.node].name.pipeline.domain) }
    let mentions = ParallelMap.answers(to: texts, name: "scan") {
      { SQLMentions($0.text, domain: $0.domain, own: known[$0.domain] ?? [], domains: domains) }
    }
    for (number, found) in mentions.enumerated() { units[number].mentions = found }
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

  /// Compiles what is ready until nothing is, all that is ready at once.
  private mutating func drain() {
    while !ready.isEmpty {
      let batch = ready.sorted()
      ready.removeAll()
      for (number, answer) in zip(batch, crew.compile(batch.map(job))) { settle(number, answer) }
    }
  }

  private func job(_ number: Int) -> CompileJob {
    let unit = units[number]
    let datasets = unit.mentions.datasets.compactMap { mention -> (name: DatasetName, columns: [Column])? in
      guard let columns = draft.graph.datasets[mention.name]?.columns, !columns.isEmpty else { return nil }
      return (mention.name, columns)
    }
    let domain = draft.graph.nodes[unit.node].name.pipeline.domain
    return CompileJob(domain: domain, script: unit.script, datasets: datasets)
  }

  /// Takes what compiling a unit gave and lets those go on that waited for it, unless it turns out to wait
  /// itself.
  private mutating func settle(_ number: Int, _ result: CompileCrew.Answer) {
    if case .failure(let error) = result, let dataset = missing(error, in: number),
      let provider = providers[dataset], provider != number
    {
      if stages[provider] == .waiting || stages[provider] == .ready {
        needs[number] = dataset
        stages[number] = .waiting
        waitsFor[number] = 1
        waiters[provider].append((number, tickets[number]))
        return
      }
      if stages[provider] == .compiled, again.insert(number).inserted { return makeReady(number) }
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

  /// Compiles what waits for names that may not be what they look like.
  private mutating func tryTheRest() {
    for number in units.indices where stages[number] == .waiting {
      // From here on it waits for nothing, or for the one that it has been found to need.
      tickets[number] += 1
      makeReady(number)
      drain()
    }
  }
}

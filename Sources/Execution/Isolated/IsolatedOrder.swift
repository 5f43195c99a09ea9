import Basics
import Diagnostics
import Lineage
import MeshModel
import Planning
import Records

/// Everything that a process needs to carry out one attempt of a SQL or load task by itself: the order, and
/// of its release the part that matters.
struct IsolatedOrder {
  /// Changes with the format; the process is of the same program, so another one is a mistake.
  static let format: Int64 = 1

  var order: AttemptOrder
  var stateRoot: String
  var stateIdentity: String

  /// The order as JSON.
  ///
  /// - Parameter file: where the rows of a load are, as evaluated.
  static func encode(
    _ order: AttemptOrder, site: TaskSite, state: StateDirectory, stateIdentity: String, file: String?
  ) -> [UInt8] {
    let run = site.context.run
    var mentioned: Set<String> = []
    if case .sql(let sql) = site.task.kind { mentioned = Set(BoundValues.names(in: sql.text.text)) }
    let datasets = site.reads.union(site.writes).union(site.ownDatasets).sorted()
    let value = JSONValue.members([
      "format": .integer(format), "state": .string(state.root), "identity": .string(stateIdentity),
      "key": .string(order.key.text), "run": .integer(run.run), "release": .integer(site.release.id),
      "task": .integer(Int64(order.id.instance.task)), "index": .integer(Int64(order.id.instance.index)),
      "number": .integer(Int64(order.id.number)),
      "inputs": (try? JSONValue(parsing: Array(TaskEnvironment.json(order.inputs).utf8))) ?? .array([]),
      "partition": run.partition.map(JSONValue.init) ?? .null,
      "interval": run.interval.map(JSONValue.init) ?? .null, "params": .scalars(run.params),
      "each": site.context.each.map(JSONValue.init) ?? .null,
      "outputs": .scalars(
        site.context.upstreamOutputs.filter { mentioned.contains($0.key) }.mapValues { .text($0) }),
      "root": .string(site.mesh.root), "values": .scalars(site.mesh.values),
      "domain": .string(site.domain.name),
      "stores": .scalars(
        Dictionary(site.mesh.domains.map { ($0.name, .text(state.store(of: $0))) }) { first, _ in first }),
      "pipeline": .string(site.pipeline.name.name), "timezone": .string(site.pipeline.timezone),
      "tasks": .array(site.pipeline.tasks.map { .string($0.name) }),
      "fanned_out": .boolean(site.isFannedOut), "writes_store": .boolean(site.writesStore),
      "reads": .array(site.reads.sorted().map { .string($0.description) }),
      "writes": .array(site.writes.map { .string($0.description) }),
      "datasets": .array(
        datasets.map { name in
          .members([
            "name": .string(name.description), "stored": .boolean(site.isStored(name)),
            "columns": .array((site.release.graph.datasets[name]?.columns ?? []).map(JSONValue.init)),
          ])
        }),
      "kind": JSONValue(site.task.kind, file: file),
    ])
    var writer = JSONWriter()
    writer.value(value)
    return writer.bytes
  }

  /// Nil: it is not what `encode` writes.
  init?(decoding bytes: [UInt8]) {
    guard let json = try? JSONValue(parsing: bytes), json["format"]?.integer == Self.format,
      let state = json["state"]?.string, let identity = json["identity"]?.string,
      let key = json["key"]?.string, let run = json["run"]?.integer, let task = json["task"]?.integer,
      let index = json["index"]?.integer, let number = json["number"]?.integer,
      let release = Self.release(json, task: Int(clamping: task)),
      let pipeline = release.mesh.domains.first(where: { !$0.pipelines.isEmpty })?.pipelines.first
    else { return nil }
    stateRoot = state
    stateIdentity = identity
    let instance = InstanceID(run: run, task: Int(clamping: task), index: Int(clamping: index))
    let context = InstanceContext(
      run: RunContext(
        release: release, run: run, pipeline: pipeline.name, pipelineIndex: 0,
        partition: json["partition"]?.partition, ticks: json["interval"]?.interval,
        params: json["params"]?.scalars ?? [:]),
      instance: instance, each: json["each"].flatMap { $0 == .null ? nil : $0.scalar },
      upstreamOutputs: (json["outputs"]?.scalars ?? [:]).mapValues(\.text))
    var inputs = JSONWriter()
    inputs.value(json["inputs"] ?? .array([]))
    order = AttemptOrder(
      id: AttemptID(instance: instance, number: Int(clamping: number)), key: AttemptKey(key),
      context: context, inputs: StoreLedger.inputs(inputs.text))
  }

  /// A release of one pipeline whose tasks but one are names.
  private static func release(_ json: JSONValue, task place: Int) -> Release? {
    guard let root = json["root"]?.string, let domainName = json["domain"]?.string,
      let pipelineName = json["pipeline"]?.string, let zone = json["timezone"]?.string,
      let tasks = json["tasks"]?.array?.compactMap(\.string), tasks.indices.contains(place),
      let kind = json["kind"]?.taskKind, let stores = json["stores"]?.scalars
    else { return nil }
    let nowhere = SourcePosition(file: SourceFile(path: "", text: ""), line: 1, column: 1)
    let name = PipelineName(domain: domainName, name: pipelineName)
    var pipeline = Pipeline(name: name, timezone: zone, position: nowhere)
    var graph = MeshGraph()
    graph.firstNode = [0]
    for (index, task) in tasks.enumerated() {
      let empty = TaskKind.run(Command(form: .shell(""), directory: root))
      var declaration = TaskDeclaration(
        name: task, kind: index == place ? kind : empty, position: nowhere)
      var node = MeshGraph.Node(name: TaskName(pipeline: name, task: task), pipeline: 0, task: index)
      if index == place {
        if json["fanned_out"] == .boolean(true) {
          declaration.each = FanOut(source: .list([]), position: nowhere)
        }
        node.writesStore = json["writes_store"] == .boolean(true)
        node.writes = json["writes"]?.datasets ?? []
        node.reads = (json["reads"]?.datasets ?? []).map {
          MeshGraph.Read(dataset: $0, columns: nil, terms: ReadDeclaration(dataset: $0, position: nowhere))
        }
      }
      pipeline.tasks.append(declaration)
      graph.nodes.append(node)
    }
    graph.pipelines = [pipeline]
    // Stands for whoever writes what is read.
    var writer = MeshGraph.Node(name: TaskName(pipeline: name, task: ""), pipeline: 0, task: 0)
    writer.writesStore = true
    graph.nodes.append(writer)
    for entry in json["datasets"]?.array ?? [] {
      guard let dataset = entry["name"]?.string.flatMap({ DatasetName($0) }) else { continue }
      graph.datasets[dataset] = MeshGraph.Dataset(
        name: dataset, columns: (entry["columns"]?.array ?? []).compactMap(\.column),
        writer: entry["stored"] == .boolean(true) ? tasks.count : nil, position: nowhere)
    }
    var mesh = Mesh(root: root, values: json["values"]?.scalars ?? [:])
    for (name, path) in stores.sorted(by: { $0.key < $1.key }) {
      var domain = Domain(name: name, owner: "", position: nowhere)
      domain.store = path.text
      if name == domainName { domain.pipelines = [pipeline] }
      mesh.domains.append(domain)
    }
    return Release(id: json["release"]?.integer ?? 0, mesh: mesh, graph: graph)
  }
}

import Diagnostics
import MeshModel
import Threads

/// One pass over the declarations of a project.
struct Loading {
  let root: String
  let files: any DeclarationFiles
  let texts: TextFiles

  var mesh: Mesh
  var diagnostics: [Diagnostic] = []
  var broken = LoadedMesh.Broken()
  private var pipelineCount = 0
  var scope: Scope
  private var stores: [String: SourcePosition] = [:]
  private var drafts: [DomainDraft] = []
  /// The environment that counts; nil: production.
  let wanted: String?
  /// Stores that it gives to domains.
  var otherStores: [String: String] = [:]
  private let threads: Int

  /// - Parameters:
  ///   - environment: the one that counts; nil: production.
  ///   - threads: so many read pipelines at the same time.
  init(
    root: String, environment: String?, files: any DeclarationFiles, texts: TextFiles, threads: Int
  ) {
    wanted = environment
    self.root = root
    self.files = files
    self.texts = texts
    mesh = Mesh(root: root)
    self.threads = threads
    scope = Scope(root: root, texts: texts, findings: Findings())
  }

  mutating func run() -> LoadedMesh {
    let folder = DeclarationLoader.folder
    let entries = list(folder) ?? []
    if entries.contains(where: { $0.name == "mesh.yaml" }) {
      readMesh("\(folder)/mesh.yaml")
    } else {
      scope.pools = []
    }
    readEnvironments(entries)
    for entry in entries {
      let path = "\(folder)/\(entry.name)"
      if entry.isFolder {
        readDomain(path)
      } else if entry.name != "mesh.yaml", DeclarationFileName(entry.name).isDeclaration {
        readStray(path)
      }
    }
    readPipelines()
    mesh.domains.sort { $0.name < $1.name }
    enterEnvironment()
    return LoadedMesh(
      mesh: mesh, diagnostics: diagnostics.sortedForReading(), broken: broken, pipelineCount: pipelineCount,
      files: texts.readFiles.sorted { $0.key < $1.key }.map(\.value))
  }

  /// What a folder holds; nil when it cannot be read, which is reported.
  private mutating func list(_ folder: String) -> [FileEntry]? {
    do {
      return try files.entries(of: folder)
    } catch {
      diagnostics.append(error.diagnostic("folder '\(Excerpt.of(folder))'", at: TextFiles.start(of: folder)))
      if folder == DeclarationLoader.folder { broken.mesh = true }
      return nil
    }
  }

  private mutating func readMesh(_ path: String) {
    let findings = Findings()
    scope.findings = findings
    if let node = texts.declaration(in: path, findings),
      let fields = Fields(node, KeyTable.mesh, findings: findings)
    {
      var reader = MeshReader(scope: scope, fields: fields)
      mesh.pools = reader.pools()
      scope.pools = reader.poolNames()
      reader.scope.pools = scope.pools
      let values = scope.meshValues(fields["values"]?.value)
      mesh.values = values.mapValues(\.value)
      scope.values = values.mapValues(\.position)
      scope.defaults = reader.defaults()
      mesh.retention = reader.retention()
      mesh.notify = reader.scope.notificationRules(fields["notify"]?.value)
    }
    diagnostics += findings.diagnostics
    if findings.hasErrors { broken.mesh = true }
  }

  /// A declaration beside the domains' folders.
  private mutating func readStray(_ path: String) {
    let findings = Findings()
    if let node = texts.declaration(in: path, findings), node["accepts"] == nil {
      findings.error(
        "stray-file", "nothing reads '\(path)'", at: node.beginning,
        help: "a pipeline lies in the folder of its domain: '\(DeclarationLoader.folder)/DOMAIN/NAME.yaml'")
    }
    diagnostics += findings.diagnostics
  }
}

extension Loading {
  private mutating func readDomain(_ folder: String) {
    let name = ProjectPath.name(of: folder)
    guard let entries = list(folder) else {
      broken.domains.insert(name)
      broken.domainsWithUnknownWriters.insert(name)
      return
    }
    var domainScope = scope
    domainScope.domain = name
    let declarations = entries.filter { !$0.isFolder && DeclarationFileName($0.name).isDeclaration }
    warnOfOtherEndings(entries, in: folder)
    warnOfNested(entries, in: folder)
    guard !declarations.isEmpty else { return }
    let findings = Findings()
    domainScope.findings = findings
    var domain: Domain?
    if declarations.contains(where: { $0.name == "domain.yaml" }) {
      (domain, domainScope.defaults) = readDomainFile("\(folder)/domain.yaml", domainScope)
      for source in domain?.sources ?? [] { domainScope.sources[source.name.name] = source.position }
    }
    let pipelines = declarations.filter { $0.name != "domain.yaml" }.map {
      PipelineFile(path: "\(folder)/\($0.name)", scope: domainScope)
    }
    drafts.append(
      DomainDraft(
        folder: folder, domain: domain, hasFile: pipelines.count < declarations.count, findings: findings,
        pipelines: pipelines))
  }

  /// Reads the files of all domains, which takes most of the time, on several threads, and then puts together
  /// what they gave in the order of the files.
  private mutating func readPipelines() {
    let texts = texts
    let answers = ParallelMap.answers(to: drafts.flatMap(\.pipelines), name: "read", threads: threads) {
      let templates = Templates(texts)
      return { $0.read(templates) }
    }
    var first = 0
    for draft in drafts {
      add(draft, answers[first..<first + draft.pipelines.count])
      first += draft.pipelines.count
    }
  }

  private mutating func add(_ draft: DomainDraft, _ answers: ArraySlice<PipelineAnswer>) {
    let name = ProjectPath.name(of: draft.folder)
    var pipelines: [Pipeline] = []
    var places: [PipelineName: Int] = [:]
    for answer in answers {
      defer { diagnostics += answer.findings.diagnostics }
      if answer.isTemplate { continue }
      pipelineCount += 1
      if answer.hasUnknownWriters { broken.domainsWithUnknownWriters.insert(name) }
      if let pipeline = answer.pipeline {
        if let place = places[pipeline.name] {
          report(pipeline, isNamed: answer.isNamed, twiceAfter: pipelines[place], answer.findings)
        } else {
          places[pipeline.name] = pipelines.count
          pipelines.append(pipeline)
        }
      }
      if answer.findings.hasErrors, let name = answer.name { broken.pipelines.insert(name) }
    }
    let hasPipelines = answers.contains { !$0.isTemplate }
    if hasPipelines, !draft.hasFile { reportMissingDomain(draft.folder, draft.findings) }
    diagnostics += draft.findings.diagnostics
    if draft.findings.hasErrors { broken.domains.insert(name) }
    guard Name.isValid(name), draft.domain != nil || hasPipelines else { return }
    let start = TextFiles.start(of: "\(draft.folder)/domain.yaml")
    var result = draft.domain ?? Domain(name: name, owner: "", position: start)
    result.pipelines = pipelines.sorted { $0.name < $1.name }
    mesh.domains.append(result)
  }

  private mutating func report(
    _ pipeline: Pipeline, isNamed: Bool, twiceAfter other: Pipeline, _ findings: Findings
  ) {
    findings.add(
      Diagnostic(
        code: "duplicate-pipeline", "the pipeline '\(pipeline.name)' is declared twice",
        at: pipeline.position, length: isNamed ? pipeline.name.name.utf8.count : 1,
        notes: [.init("it is first declared here", at: other.position)],
        help: "give one of the two another name"))
    broken.domainsWithUnknownWriters.insert(pipeline.name.domain)
  }

  private func reportMissingDomain(_ folder: String, _ findings: Findings) {
    findings.add(
      Diagnostic(
        code: "missing-domain", "the folder '\(folder)' holds pipelines and no domain.yaml",
        at: TextFiles.start(of: "\(folder)/domain.yaml"),
        help: "say who owns the domain: 'domain: \(ProjectPath.name(of: folder))' and 'owner: TEAM'"))
  }

  private mutating func readDomainFile(_ path: String, _ scope: Scope) -> (Domain?, TaskDefaults) {
    guard let node = texts.declaration(in: path, scope.findings),
      let fields = Fields(node, KeyTable.domain, findings: scope.findings)
    else { return (nil, scope.defaults) }
    let name = ProjectPath.name(of: ProjectPath.folder(of: path))
    var (domain, defaults) = DomainReader(scope: scope, fields: fields, folder: name).read()
    domain.store = otherStores[name] ?? domain.store
    checkStore(of: domain, scope.findings)
    return (domain, scope.defaults.overlaid(by: defaults))
  }

  /// A store has one domain: two would write one file.
  private mutating func checkStore(of domain: Domain, _ findings: Findings) {
    let store = domain.store ?? "\(domain.name).db"
    guard let other = stores.updateValue(domain.position, forKey: store) else { return }
    findings.add(
      Diagnostic(
        code: "duplicate-store", "the store '\(store)' is another domain's already", at: domain.position,
        length: domain.name.utf8.count, notes: [.init("the other domain is here", at: other)],
        help: "each domain has a store of its own"))
  }

  private mutating func warnOfOtherEndings(_ entries: [FileEntry], in folder: String) {
    for entry in entries where !entry.isFolder && entry.name.hasSuffix(".yml") {
      diagnostics.append(
        Diagnostic(
          .warning, code: "file-ending",
          "nothing reads '\(Excerpt.of(entry.name))': declarations end in .yaml",
          at: TextFiles.start(of: "\(folder)/\(entry.name)"), help: "rename it"))
    }
  }

  /// A pipeline lies in the folder of its domain and not below that, where scripts and templates may lie.
  private mutating func warnOfNested(_ entries: [FileEntry], in folder: String) {
    for inner in entries where inner.isFolder {
      let place = "\(folder)/\(inner.name)"
      for entry in (try? files.entries(of: place)) ?? []
      where !entry.isFolder && DeclarationFileName(entry.name).isDeclaration {
        let path = "\(place)/\(entry.name)"
        guard let content = try? files.content(of: path) else { continue }
        let lines = String(decoding: content.prefix(Self.longestHead), as: UTF8.self).split(separator: "\n")
        guard lines.contains(where: { $0.hasPrefix("pipeline:") }),
          !lines.contains(where: { $0.hasPrefix("accepts:") })
        else { continue }
        diagnostics.append(
          Diagnostic(
            .warning, code: "stray-file", "nothing reads '\(Excerpt.of(path))'",
            at: TextFiles.start(of: path),
            help: "a pipeline lies in the folder of its domain: '\(folder)/\(Excerpt.of(entry.name))'"))
      }
    }
  }

  /// In so many bytes a pipeline has said that it is one.
  private static let longestHead = 4096
}

/// What the name of a file says about it.
struct DeclarationFileName {
  let isDeclaration: Bool

  /// Contracts, products, environments and tests have two endings and are read elsewhere.
  private static let otherEndings = [".odcs.yaml", ".odps.yaml", ".env.yaml", ".test.yaml"]

  init(_ name: String) {
    isDeclaration = name.hasSuffix(".yaml") && !Self.otherEndings.contains { name.hasSuffix($0) }
  }
}

import Diagnostics
import MeshModel

/// One pass over the declarations of a project.
struct Loading {
  let root: String
  let files: any DeclarationFiles
  let texts: TextFiles

  private var mesh: Mesh
  private var diagnostics: [Diagnostic] = []
  private var broken = LoadedMesh.Broken()
  private var pipelineCount = 0
  private var scope: Scope
  private var stores: [String: SourcePosition] = [:]
  private let templates: Templates

  init(root: String, files: any DeclarationFiles, texts: TextFiles) {
    self.root = root
    self.files = files
    self.texts = texts
    mesh = Mesh(root: root)
    templates = Templates(texts)
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
    for entry in entries {
      let path = "\(folder)/\(entry.name)"
      if entry.isFolder {
        readDomain(path)
      } else if entry.name != "mesh.yaml", DeclarationFileName(entry.name).isDeclaration {
        readStray(path)
      }
    }
    mesh.domains.sort { $0.name < $1.name }
    return LoadedMesh(
      mesh: mesh, diagnostics: diagnostics.sortedForReading(), broken: broken, pipelineCount: pipelineCount,
      files: texts.readFiles.sorted { $0.key < $1.key }.map(\.value))
  }

  /// What a folder holds; nil when it cannot be read, which is reported.
  private mutating func list(_ folder: String) -> [FileEntry]? {
    do {
      return try files.entries(of: folder)
    } catch {
      diagnostics.append(error.diagnostic("folder '\(Excerpt.of(folder))'", at: Self.start(of: folder)))
      if folder == DeclarationLoader.folder { broken.mesh = true }
      return nil
    }
  }

  /// The beginning of a file of which there is no text.
  private static func start(of path: String) -> SourcePosition {
    SourcePosition(file: SourceFile(path: path, text: ""), line: 1, column: 1)
  }

  /// The nodes of a declaration; nil when it is none, which is reported.
  private func compose(_ path: String, _ findings: Findings) -> YAMLNode? {
    switch texts.text(of: path) {
    case .failure(.file(let problem)):
      findings.add(problem.diagnostic("file '\(Excerpt.of(path))'", at: Self.start(of: path)))
    case .failure(.encoding(let diagnostic)): findings.add(diagnostic)
    case .success(let file):
      guard let document = YAMLComposer.compose(file, findings: findings) else { return nil }
      if let root = document.root, !root.isNull { return root }
      findings.add(
        Diagnostic(
          code: "file-empty", "the file declares nothing", at: SourcePosition(file: file, line: 1, column: 1),
          help: "fill it in, or remove it"))
    }
    return nil
  }

  private mutating func readMesh(_ path: String) {
    let findings = Findings()
    scope.findings = findings
    if let node = compose(path, findings), let fields = Fields(node, KeyTable.mesh, findings: findings) {
      var reader = MeshReader(scope: scope, fields: fields)
      mesh.pools = reader.pools()
      scope.pools = reader.poolNames()
      reader.scope.pools = scope.pools
      let values = reader.values()
      mesh.values = values.mapValues(\.value)
      scope.values = values.mapValues(\.position)
      scope.defaults = reader.defaults()
    }
    diagnostics += findings.diagnostics
    if findings.hasErrors { broken.mesh = true }
  }

  /// A declaration beside the domains' folders.
  private mutating func readStray(_ path: String) {
    let findings = Findings()
    if let node = compose(path, findings), node["accepts"] == nil {
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
    guard !declarations.isEmpty else { return }
    let findings = Findings()
    domainScope.findings = findings
    var domain: Domain?
    if declarations.contains(where: { $0.name == "domain.yaml" }) {
      (domain, domainScope.defaults) = readDomainFile("\(folder)/domain.yaml", domainScope)
      for source in domain?.sources ?? [] { domainScope.sources[source.name.name] = source.position }
    }
    var hasPipelines = false
    var pipelines: [Pipeline] = []
    for entry in declarations where entry.name != "domain.yaml" {
      let path = "\(folder)/\(entry.name)"
      guard readPipeline(path, domainScope, into: &pipelines) else { continue }
      if !hasPipelines, domain == nil, !declarations.contains(where: { $0.name == "domain.yaml" }) {
        reportMissingDomain(folder, findings)
      }
      hasPipelines = true
    }
    diagnostics += findings.diagnostics
    if findings.hasErrors { broken.domains.insert(name) }
    guard Name.isValid(name), domain != nil || hasPipelines else { return }
    var result = domain ?? Domain(name: name, owner: "", position: Self.start(of: "\(folder)/domain.yaml"))
    result.pipelines = pipelines.sorted { $0.name < $1.name }
    mesh.domains.append(result)
  }

  private func reportMissingDomain(_ folder: String, _ findings: Findings) {
    findings.add(
      Diagnostic(
        code: "missing-domain", "the folder '\(folder)' holds pipelines and no domain.yaml",
        at: Self.start(of: "\(folder)/domain.yaml"),
        help: "say who owns the domain: 'domain: \(ProjectPath.name(of: folder))' and 'owner: TEAM'"))
  }

  private mutating func readDomainFile(_ path: String, _ scope: Scope) -> (Domain?, TaskDefaults) {
    guard let node = compose(path, scope.findings),
      let fields = Fields(node, KeyTable.domain, findings: scope.findings)
    else { return (nil, scope.defaults) }
    let name = ProjectPath.name(of: ProjectPath.folder(of: path))
    let (domain, defaults) = DomainReader(scope: scope, fields: fields, folder: name).read()
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

  /// Reads a pipeline; false when the file is a template, which is read only where it is used.
  private mutating func readPipeline(_ path: String, _ scope: Scope, into pipelines: inout [Pipeline]) -> Bool
  {
    let findings = Findings()
    var scope = scope
    scope.findings = findings
    defer { diagnostics += findings.diagnostics }
    let domain = scope.domain ?? ""
    let stem = String(ProjectPath.name(of: path).dropLast(".yaml".count))
    guard let node = compose(path, findings) else {
      pipelineCount += 1
      broken.domainsWithUnknownWriters.insert(domain)
      if Name.isValid(stem) { broken.pipelines.insert(PipelineName(domain: domain, name: stem)) }
      return true
    }
    if node["accepts"] != nil, node["pipeline"] == nil { return false }
    pipelineCount += 1
    guard let fields = Fields(node, KeyTable.pipeline, findings: findings) else {
      broken.domainsWithUnknownWriters.insert(domain)
      return true
    }
    let named = fields.name("pipeline")
    let name = named ?? Located(Name.isValid(stem) ? stem : "unnamed", at: node.position)
    var reader = PipelineReader(scope: scope, fields: fields, template: templates.fields(for: fields))
    let pipeline = reader.read(name: name)
    if reader.hasUnknownWriters { broken.domainsWithUnknownWriters.insert(domain) }
    if let entry = fields["pipeline"], let named, named.value != stem {
      findings.warning(
        "pipeline-file", "the pipeline '\(named.value)' is declared in '\(ProjectPath.name(of: path))'",
        at: entry.value, help: "name the file '\(named.value).yaml', so that people find it")
    }
    add(pipeline, isNamed: named != nil, findings, to: &pipelines)
    return true
  }

  private mutating func add(
    _ pipeline: Pipeline, isNamed: Bool, _ findings: Findings, to pipelines: inout [Pipeline]
  ) {
    if let other = pipelines.first(where: { $0.name == pipeline.name }) {
      findings.add(
        Diagnostic(
          code: "duplicate-pipeline", "the pipeline '\(pipeline.name)' is declared twice",
          at: pipeline.position,
          length: isNamed ? pipeline.name.name.utf8.count : 1,
          notes: [.init("it is first declared here", at: other.position)],
          help: "give one of the two another name"))
      broken.domainsWithUnknownWriters.insert(pipeline.name.domain)
    } else {
      pipelines.append(pipeline)
    }
    if findings.hasErrors { broken.pipelines.insert(pipeline.name) }
  }

  private mutating func warnOfOtherEndings(_ entries: [FileEntry], in folder: String) {
    for entry in entries where !entry.isFolder && entry.name.hasSuffix(".yml") {
      diagnostics.append(
        Diagnostic(
          .warning, code: "file-ending",
          "nothing reads '\(Excerpt.of(entry.name))': declarations end in .yaml",
          at: Self.start(of: "\(folder)/\(entry.name)"), help: "rename it"))
    }
  }
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

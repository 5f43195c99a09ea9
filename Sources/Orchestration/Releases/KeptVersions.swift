import Declarations
import Diagnostics
import Lineage
import MeshModel

/// What of a project with errors is as an earlier release has it: pipelines, and domains whose `domain.yaml`
/// has errors.
struct KeptVersions {
  /// One of them, and the release whose files say it so.
  struct Version<Value> {
    var value: Value
    var release: ReleaseID
  }

  private(set) var pipelines: [PipelineName: Version<Pipeline>] = [:]
  private(set) var domains: [String: Version<Domain>] = [:]

  var isEmpty: Bool { pipelines.isEmpty && domains.isEmpty }

  /// The releases whose files are needed, ascending.
  var releases: [ReleaseID] {
    Set(pipelines.values.map(\.release)).union(domains.values.map(\.release)).sorted()
  }

  /// What they are, for the release's folder.
  var lines: String {
    let domains = domains.map { "\($0.value.release) \($0.key)\n" }
    return (domains + pipelines.map { "\($0.value.release) \($0.key)\n" }).sorted().joined()
  }

  mutating func keep(_ pipeline: Pipeline, of release: ReleaseID) {
    pipelines[pipeline.name] = Version(value: pipeline, release: release)
  }

  mutating func keep(_ domain: Domain, of release: ReleaseID) {
    domains[domain.name] = Version(value: domain, release: release)
  }

  /// Puts them in the place of what is there.
  ///
  /// - Returns: the files of the project whose mistakes do not matter any more.
  func put(into mesh: inout Mesh, _ misread: inout LoadedMesh.Broken) -> Set<String> {
    var files: Set<String> = []
    for (name, version) in domains.sorted(by: { $0.key < $1.key }) {
      var domain = version.value
      let place = mesh.domains.firstIndex { $0.name == name }
      domain.pipelines = place.map { mesh.domains[$0].pipelines } ?? []
      // Read under another domain.yaml they may lack what it gives them.
      for pipeline in domain.pipelines where pipelines[pipeline.name] == nil {
        misread.pipelines.insert(pipeline.name)
      }
      if let place { mesh.domains[place] = domain } else { mesh.domains.append(domain) }
      misread.domains.remove(name)
      files.insert(version.value.position.file.path)
    }
    mesh.domains.sort { $0.name < $1.name }
    for (name, version) in pipelines {
      guard let place = mesh.domains.firstIndex(where: { $0.name == name.domain }) else { continue }
      mesh.domains[place].pipelines.removeAll { $0.name == name }
      mesh.domains[place].pipelines.append(version.value)
      misread.pipelines.remove(name)
      files.insert(version.value.position.file.path)
    }
    for place in mesh.domains.indices { mesh.domains[place].pipelines.sort { $0.name < $1.name } }
    return files
  }
}

extension KeptVersions {
  /// Finds for what is broken in a project the version that ran last.
  ///
  /// - Parameter before: the latest release and its declarations.
  /// - Returns: the project with these versions, and the versions; what has none stays broken.
  static func found(
    for project: CheckedProject, before: (id: ReleaseID, project: CheckedProject)
  ) -> (project: CheckedProject, versions: KeptVersions) {
    var versions = KeptVersions()
    guard !project.broken.isEmpty || project.diagnostics.errorCount > 0 else { return (project, versions) }
    let earlier = before.project
    func keep(_ name: PipelineName) -> Bool {
      guard versions.pipelines[name] == nil, let place = earlier.graph.index(of: name),
        earlier.broken[place] == nil,
        let domain = earlier.mesh.domains.first(where: { $0.name == name.domain }),
        let pipeline = domain.pipelines.first(where: { $0.name == name })
      else { return false }
      versions.keep(pipeline, of: earlier.kept[name] ?? before.id)
      return true
    }
    for domain in earlier.mesh.domains
    where project.misread.domains.contains(domain.name) && !earlier.misread.domains.contains(domain.name) {
      versions.keep(domain, of: earlier.keptDomains[domain.name] ?? before.id)
      for pipeline in domain.pipelines { _ = keep(pipeline.name) }
    }
    // What cannot be told from a file any more is not gone from it.
    let files = project.filesWithErrors
    for pipeline in earlier.graph.pipelines
    where project.graph.index(of: pipeline.name) == nil && files.contains(pipeline.position.file.path) {
      _ = keep(pipeline.name)
    }
    var current = versions.isEmpty ? project : CheckedProject(project, keeping: versions)
    // What only depends on something broken may be well once that is kept, so it comes last.
    var takesAll = false
    while true {
      var grew = false
      for (place, cause) in current.broken.sorted(by: { $0.key < $1.key }) where takesAll || cause == .own {
        grew = keep(current.graph.pipelines[place].name) || grew
      }
      if grew {
        current = CheckedProject(project, keeping: versions)
      } else if takesAll {
        return (current, versions)
      }
      takesAll = !grew
    }
  }
}

import Declarations
import Diagnostics
import Glibc
import MeshModel
import Orchestration

/// What `heddle check PATH` is about: a project, and the part of it whose mistakes are told.
struct CheckTarget {
  /// The project's root.
  var project: String
  /// Relative to the project: a file or a folder; empty: everything.
  var part: String
  /// Nil: production.
  var environment: String?
  /// What standard input holds, in the place of a file.
  var override: DeclarationLoader.Override?

  init(_ path: String?, _ context: Context) throws(CommandFailure) {
    if path == "-" {
      project = try context.project().root
      part = "-"
      override = try CheckTarget.standardInput(context, project)
      return
    }
    guard let path else {
      project = try context.project().root
      part = ""
      return
    }
    guard let real = CheckTarget.real(context.absolute(path)) else {
      throw .notFound("there is no '\(path)'", help: "name a file or a folder of a project")
    }
    let root = context.settings.project == nil ? DeclarationLoader.findProject(from: real) : nil
    if let root { project = root } else { project = try context.project().root }
    project = CheckTarget.real(project) ?? project
    if real == project || real == project + "/" + DeclarationLoader.folder {
      part = ""
    } else if real.hasPrefix(project + "/") {
      part = String(real.dropFirst(project.count + 1))
    } else {
      throw .notFound("'\(path)' lies outside the project '\(project)'", help: "name something below 'dags'")
    }
  }

  /// Reads and checks the project.
  func load() -> CheckedProject {
    CheckedProject(loading: project, environment: environment, overriding: override)
  }

  /// Whether a mistake lies in the part, or has to do with it.
  func concerns(_ diagnostic: Diagnostic) -> Bool {
    isInside(diagnostic.position) || diagnostic.notes.contains { $0.position.map(isInside) ?? false }
  }

  private func isInside(_ position: SourcePosition) -> Bool { holds(position.file.path) }

  /// Whether a file, by its path from the project, is in the part.
  func holds(_ path: String) -> Bool { part.isEmpty || path == part || path.hasPrefix(part + "/") }

  private static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The text of standard input, in the place of the file that it seems to be: what it calls itself decides,
  /// and the folder that the command was called in.
  private static func standardInput(_ context: Context, _ project: String) throws(CommandFailure)
    -> DeclarationLoader.Override
  {
    let bytes: [UInt8]?
    do { bytes = try context.input.readAll(most: FileProblem.mostBytes) } catch {
      throw CommandFailure(
        .failed, "standard input cannot be read: \(String(cString: strerror(error.number)))")
    }
    guard let bytes else {
      throw CommandFailure(
        .invalidDeclarations, "standard input has more than \(FileProblem.mostBytes) bytes",
        help: "split the file into several")
    }
    return .init(path: place(of: bytes, context, project), bytes: bytes)
  }

  private static func place(of bytes: [UInt8], _ context: Context, _ project: String) -> String {
    let here = ProjectPath.resolve(String(context.directory.dropFirst(project.count + 1)), from: "") ?? ""
    let parts = here.split(separator: "/")
    var domain = parts.count >= 2 && parts[0] == DeclarationLoader.folder ? String(parts[1]) : nil
    var pipeline: String?
    for line in bytes.prefix(1 << 16).split(separator: UInt8(ascii: "\n")) {
      let words = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
      guard words.count == 2, line.first != UInt8(ascii: " ") else { continue }
      let value = String(decoding: words[1], as: UTF8.self).filter { !$0.isWhitespace }
      guard Name.isValid(value) else { continue }
      switch String(decoding: words[0], as: UTF8.self) {
      case "domain": return "dags/\(value)/domain.yaml"
      case "pipeline": pipeline = value
      default: continue
      }
    }
    let mesh = DeclarationLoader.load(project: project).mesh
    if domain == nil, let pipeline {
      let owners = mesh.domains.filter { $0.pipelines.contains { $0.name.name == pipeline } }
      if owners.count == 1 { domain = owners[0].name }
    }
    let folder = domain ?? mesh.domains.first?.name ?? "domain"
    let known = mesh.domains.first { $0.name == folder }?.pipelines.first { $0.name.name == pipeline }
    return known?.position.file.path ?? "dags/\(folder)/\(pipeline ?? "stdin").yaml"
  }
}

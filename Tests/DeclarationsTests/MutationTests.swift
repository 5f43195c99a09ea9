import Basics
import Declarations
import Diagnostics
import Foundation
import MeshModel
import TestKit
import Testing

/// The files of a project in memory.
private struct MemoryFiles: DeclarationFiles {
  let files: [String: [UInt8]]

  func entries(of folder: String) throws(FileProblem) -> [FileEntry] {
    var entries: Set<FileEntry> = []
    for path in files.keys where path.hasPrefix(folder + "/") {
      let rest = path.dropFirst(folder.count + 1)
      let name = rest.split(separator: "/", maxSplits: 1).first.map(String.init) ?? ""
      entries.insert(FileEntry(name: name, isFolder: rest.contains("/")))
    }
    guard !entries.isEmpty else { throw .missing }
    return entries.sorted { $0.name < $1.name }
  }

  func content(of path: String) throws(FileProblem) -> [UInt8] {
    guard let bytes = files[path] else { throw .missing }
    return bytes
  }
}

struct MutationTests {
  /// `HEDDLE_FUZZ_ROUNDS` asks for more.
  private static let seeds =
    ProcessInfo.processInfo.environment["HEDDLE_FUZZ_ROUNDS"].flatMap { Int($0) }
    ?? (Sample.isWhole ? 1000 : 300)

  private static let words: [String] = [
    "{", "}", "[", "]", ":", ": ", "- ", "\n", "\n  ", "\t", "\"", "'", "|", ">", "&a ", "*a", "!x ", "<<: ",
    "# ", "{{ x }}",
    "null", "~", "yes", "0", "-1", "99999999999999999999", "1e999", ".nan", "0x", "2013-02-30", "1h", "none",
    "\u{0}", "\r",
    "\u{2028}", "é", "😀", "\u{FEFF}", "? ", "---\n", "...", "%YAML 1.1\n", "{with: n}", "{sql: x}", "a.b.c",
    "main", "run",
  ]

  /// What the fuzz begins with: every key there is.
  private static let files: [String: [UInt8]] = [
    "dags/mesh.yaml": Array(
      "pools: {reporting: 2}\nvalues: {limit_rows: 5}\ndefaults: {retry: {lost: 1}}\n".utf8),
    "dags/operations/domain.yaml": Array(LoadingTests.domain.utf8),
    "dags/operations/departures.yaml": Array(LoadingTests.pipeline.utf8),
    "dags/operations/clean.sql": Array("SELECT 1".utf8),
    "dags/operations/made.yaml": Array(
      "pipeline: made\ntemplate: t.yaml\nwith: {table: operations.t, n: 3}\n".utf8),
    "dags/operations/t.yaml": Array(
      "accepts: {table: {type: dataset}, n: {type: integer, default: 1}}\ntasks: {a: {run: x, writes: {with: table}, retry: {attempts: {with: n}}}}\n"
        .utf8),
  ]

  private static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let length = min(bytes.count - place, Int.random(in: 0...12, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.removeSubrange(place..<place + length)
      case 1:
        bytes.insert(
          contentsOf: bytes[place..<place + length], at: Int.random(in: 0...bytes.count, using: &random))
      case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
      case 3: bytes.removeSubrange(place...)
      default:
        let word = words[Int.random(in: 0..<words.count, using: &random)]
        bytes.replaceSubrange(place..<place + (Bool.random(using: &random) ? length : 0), with: word.utf8)
      }
    }
    return bytes
  }

  @Test func `no declaration, however damaged, traps the loader or the renderers`() {
    var silent = 0
    for seed in 0..<Self.seeds {
      var random = SeededGenerator(seed: UInt64(seed))
      var files = Self.files
      let names = files.keys.sorted()
      let name = names[Int.random(in: 0..<names.count, using: &random)]
      files[name] = Self.mutated(files[name] ?? [], &random)
      let loaded = DeclarationLoader.load(project: "/project", files: MemoryFiles(files: files))
      for diagnostic in loaded.diagnostics {
        #expect(diagnostic.position.line >= 1 && diagnostic.position.column >= 1)
        #expect(diagnostic.position.line <= max(1, diagnostic.position.file.lineCount), "seed \(seed)")
      }
      let text = TextRenderer(usesColour: false).text(loaded.diagnostics)
      #expect(!text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" }, "seed \(seed)")
      if loaded.diagnostics.isEmpty { silent += 1 }
      _ =
        SARIFRenderer.text(loaded.diagnostics).utf8.count + GitHubRenderer.text(loaded.diagnostics).utf8.count
    }
    #expect(silent < Self.seeds / 2)
  }

  /// Domains with forty pipelines each, of which every third is damaged, some are templates, and some declare
  /// the same pipeline.
  private static func project(domains: Int, seed: UInt64) -> MemoryFiles {
    var random = SeededGenerator(seed: seed)
    var files: [String: [UInt8]] = ["dags/mesh.yaml": Self.files["dags/mesh.yaml"] ?? []]
    for domain in 0..<domains {
      for (path, bytes) in Self.files.sorted(by: { $0.key < $1.key }) where path != "dags/mesh.yaml" {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let stem = name.split(separator: ".").first.map(String.init) ?? ""
        let isPipeline = stem == "departures" || stem == "made"
        let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(
          of: "operations", with: "d\(domain)")
        for number in 0..<(isPipeline ? 20 : 1) {
          let own = number > 1 ? "\(stem)_\(number)" : stem
          let renamed = text.replacingOccurrences(of: "pipeline: \(stem)", with: "pipeline: \(own)")
          let held = number % 3 == 2 ? mutated(Array(renamed.utf8), &random) : Array(renamed.utf8)
          files["dags/d\(domain)/\(isPipeline ? "\(stem)_\(number).yaml" : name)"] = held
        }
      }
    }
    return MemoryFiles(files: files)
  }

  /// All that is told of a project.
  private static func told(_ loaded: LoadedMesh) -> [String] {
    var lines = [TextRenderer(usesColour: false).text(loaded.diagnostics), "\(loaded.pipelineCount)"]
    for domain in loaded.mesh.domains {
      lines.append("\(domain.name) \(domain.owner) \(domain.position)")
      for pipeline in domain.pipelines {
        lines.append("\(pipeline.name) \(pipeline.position) \(pipeline.tags)")
        for task in pipeline.tasks {
          lines.append(
            "\(task.name) \(task.position) \(task.writes.map(\.dataset)) \(task.reads.map(\.dataset))")
          if case .sql(let sql) = task.kind { lines.append(sql.text.text) }
        }
      }
    }
    lines += loaded.files.map { "\($0.path) \($0.text)" }
    lines += ["\(loaded.broken.mesh)"] + loaded.broken.domains.sorted()
    lines += loaded.broken.pipelines.sorted().map(\.description)
    return lines + loaded.broken.domainsWithUnknownWriters.sorted()
  }

  @Test(arguments: [1, 2, 5])
  func `however many threads read, the same is told`(domains: Int) {
    let files = Self.project(domains: domains, seed: UInt64(domains))
    let expected = Self.told(DeclarationLoader.load(project: "/project", files: files, threads: 1))
    #expect(expected.count > 100 * domains)
    for threads in [2, 3, 4] {
      let found = Self.told(DeclarationLoader.load(project: "/project", files: files, threads: threads))
      #expect(found == expected)
    }
  }
}

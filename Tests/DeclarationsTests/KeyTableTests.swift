import Basics
import Declarations
import Diagnostics
import Foundation
import MeshModel
import TestKit
import Testing

struct KeyTableTests {
  /// A key of the table, written with something that it does not take.
  struct Misuse: CustomTestStringConvertible, Sendable {
    var section: String
    var key: String
    var testDescription: String { "\(section).\(key)" }
  }

  static let misuses: [Misuse] = KeyTable.sections.flatMap { section in
    section.keys.map { Misuse(section: section.name, key: $0.name) }
  }

  /// Where a key of a section stands: files with `KEY: VALUE` in it.
  private func files(_ misuse: Misuse, _ value: String) -> [String: String] {
    let line = "\(misuse.key): \(value)"
    var mesh = "values: {v: 1}"
    var domain = "domain: d\nowner: t"
    var pipeline = "pipeline: p\npartition: daily\ntasks: {a: {run: x}}"
    var template: String?
    var test: String?
    var environment: String?
    func task(_ body: String) { pipeline = "pipeline: p\npartition: daily\ntasks: {a: {\(body)}}" }
    switch misuse.section {
    case "mesh": mesh = line
    case "pool": mesh = "pools: {q: {\(misuse.key == "slots" ? "" : "slots: 1, ")\(line)}}"
    case "retention": mesh = "retention: {\(line)}"
    case "domain": domain = Self.replacing(domain, misuse.key, line)
    case "store": domain += "\nstore: {\(line)}"
    case "source": domain += "\nsources: {s: {\(line)}}"
    case "defaults": mesh = "defaults: {\(line)}"
    case "pipeline": pipeline = Self.replacing(pipeline, misuse.key, line)
    case "schedule": pipeline += "\nschedule: {\(line)\(misuse.key == "cron" ? "" : ", cron: '0 6 * * *'")}"
    case "param": pipeline += "\nparams: {n: {\(misuse.key == "type" ? "" : "type: integer, ")\(line)}}"
    case "task":
      let base =
        switch misuse.key {
        case "run", "sql", "load", "wait", "approve", "trigger": line
        case "on_timeout": "wait: {file: x}, " + line
        case "into", "mode", "partition_by", "key":
          "sql: SELECT 1\(misuse.key == "into" ? "" : ", into: d.x"), " + line
        case "null", "on_bad_row": "load: {file: a.csv}, into: d.x, " + line
        default: "run: x, " + line
        }
      task(base)
    case "load": task("load: {\(misuse.key == "format" ? "file: a.csv, " : "")\(line)}, into: d.x")
    case "wait":
      let base = ["within": "fresh: d.x, ", "poll": "file: x, "][misuse.key] ?? ""
      task("wait: {\(base)\(line)}")
    case "approve": task("approve: {\(line)}")
    case "trigger": task("trigger: {\(misuse.key == "pipeline" ? "" : "pipeline: q, ")\(line)}")
    case "each": task("run: x, each: {\(misuse.key == "max_active" ? "list: [1], " : "")\(line)}")
    case "on": pipeline = "pipeline: p\nschedule: {on: {\(line)}}\ntasks: {a: {run: x}}"
    case "notify":
      mesh = "notify: [{\(misuse.key == "on" ? "run: x" : "on: run_failed"), \(line)}]"
    case "read": task("run: x, reads: {e.x: {\(line)}}")
    case "write": task("run: x, writes: {d.x: {\(line)}}")
    case "retry": task("run: x, retry: {\(line)}")
    case "computed value": task("run: x, env: {A: {\(line)}}")
    case "template":
      template = Self.replacing(
        "accepts: {n: {type: integer, default: 1}}\ntasks: {a: {run: x}}", misuse.key, line)
    case "accepted value":
      template =
        "accepts: {n: {\(misuse.key == "type" ? "default: 1, " : "type: integer, ")\(line)}}\n"
        + "tasks: {a: {run: x}}"
    case "environment": environment = Self.replacing("environment: t", misuse.key, line)
    case "test": test = Self.replacing("test: a\nfailure: x", misuse.key, line)
    case "case":
      let others = ["case: c, ", "failure: x, "].filter { !$0.hasPrefix("\(misuse.key):") }.joined()
      test = "test: a\ncases: [{\(others)\(line)}]"
    default: Issue.record("the section '\(misuse.section)' has no place in this test")
    }
    var files = ["mesh.yaml": mesh, "d/domain.yaml": domain, "d/p.yaml": pipeline]
    files["d/a.test.yaml"] = test
    files["t.env.yaml"] = environment
    if let template {
      files["d/t.yaml"] = template
      files["d/p.yaml"] = "pipeline: p\ntemplate: t.yaml"
    }
    return files
  }

  private static func replacing(_ text: String, _ key: String, _ line: String) -> String {
    (text.split(separator: "\n").filter { !$0.hasPrefix("\(key):") }.map(String.init) + [line]).joined(
      separator: "\n")
  }

  @Test(arguments: misuses)
  func `every key of the table is read`(misuse: Misuse) throws {
    // No key takes a list of lists of mappings, and none takes it without a word.
    let project = try TemporaryProject(files(misuse, "[[{zz: 1}]]"))
    var loaded = DeclarationLoader.load(project: project.root)
    loaded.diagnostics +=
      DeclarationLoader.tests(of: loaded.mesh, project: project.root) { _ in true }.diagnostics
    let isRead = loaded.diagnostics.contains { $0.code != "missing-key" && $0.code != "unknown-key" }
    #expect(isRead, "\(misuse.testDescription): \(Check.text(loaded))")
    #expect(!loaded.codes.contains("unknown-key"), "\(Check.text(loaded))")
  }

  @Test func `every key of the table is documented`() {
    let markdown = KeyTable.markdown
    for section in KeyTable.sections {
      #expect(markdown.contains("## \(section.title)\n"))
      for key in section.keys {
        #expect(markdown.contains("\n| `\(key.name)` |"))
        #expect(key.meaning.utf8.count > 8 && !key.type.words.isEmpty)
      }
    }
  }

  @Test func `every code is explained, and every explanation is of a code`() throws {
    let code = /"([a-z0-9]+(-[a-z0-9]+)+)"/
    var used: Set<String> = ["templating"]
    for path in try Self.sources() where !path.hasSuffix("DeclarationCodes.swift") {
      for match in try PackageRoot.text(path).matches(of: code) { used.insert(String(match.1)) }
    }
    let explained = DeclarationCodes.all.map(\.code)
    #expect(used.subtracting(explained).sorted() == [])
    #expect(Set(explained).subtracting(used).sorted() == [])
    #expect(Set(explained).count == explained.count)
    #expect(DeclarationCodes.explanation(of: "unknown-key") != nil)
  }

  private static func sources() throws -> [String] {
    let folder = "Sources/Declarations"
    let enumerator = try #require(FileManager.default.enumerator(atPath: PackageRoot.file(folder)))
    return enumerator.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
  }
}

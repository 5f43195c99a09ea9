import Declarations
import Diagnostics
import Lineage
import MeshModel
import TestKit
import Testing

/// What is checked of tasks that wait for data, or trigger pipelines.
@Suite struct WaitingTests {
  static func text(_ pipelines: [String: String]) throws -> String {
    var files = ["d/domain.yaml": "domain: d\nowner: t\nsources: {raw: {columns: {x: text}}}\n"]
    files["e/domain.yaml"] = "domain: e\nowner: t\n"
    for (name, text) in pipelines {
      let place = name.split(separator: "/")
      files["\(name).yaml"] = "pipeline: \(place[1])\n\(text)\n"
    }
    let project = try TemporaryProject(files)
    let loaded = DeclarationLoader.load(project: project.root)
    return TextRenderer().text(loaded.diagnostics + LineageBuilder.build(loaded).diagnostics)
  }

  @Test func `pipelines that trigger each other are walked through`() throws {
    let text = try Self.text([
      "d/a": "tasks: {x: {run: y}, call: {trigger: b}}", "d/b": "tasks: {call: {trigger: e/c}}",
      "e/c": "tasks: {back: {trigger: {pipeline: d/a, wait: false}}, self: {trigger: d/b}}",
      "e/own": "tasks: {again: {trigger: own}}",
    ])
    Snapshot.expect(text, matches: "trigger_cycle.txt")
  }

  @Test func `a circle that tasks and data close together is walked through with what made each step`() throws
  {
    let text = try Self.text([
      "d/a": "schedule: {on: [d.made]}\ntasks: {x: {run: y}, call: {trigger: e/b}}",
      "e/b": "tasks: {make: {run: y, writes: e.raw}}",
      "e/clean": "schedule: {on: inputs}\ntasks: {tidy: {run: y, reads: e.raw, writes: e.clean}}",
      "d/c": "schedule: {on: {any: [e.clean]}}\ntasks: {pass: {trigger: {pipeline: d/last, wait: false}}}",
      "d/last": "schedule: {cron: \"0 6 * * *\"}\ntasks: {end: {run: y, writes: d.made}}",
      "d/aside": "schedule: {on: [e.raw]}\ntasks: {x: {trigger: d/end}}", "d/end": "tasks: {x: {run: y}}",
    ])
    Snapshot.expect(text, matches: "mixed-circle.txt")
  }

  @Test func `what a triggered pipeline writes is no circle where a clock makes its reader due`() throws {
    let text = try Self.text([
      "d/a":
        "schedule: {cron: \"0 6 * * *\"}\ntasks: {x: {run: y, reads: d.made}, call: {trigger: d/b, after: x}}",
      "d/b": "tasks: {make: {run: y, writes: d.made}}",
    ])
    #expect(!text.contains("trigger-cycle"))
  }

  @Test func `what is triggered exists, and is given what it needs`() throws {
    let target =
      "partition: daily\nparams: {n: {type: integer}, day: {type: date, default: 2013-01-01}}\ntasks: {x: {run: y}}"
    let text = try Self.text([
      "d/target": target, "d/plain": "tasks: {x: {run: y}}",
      "e/weekly": """
      partition: weekly
      tasks:
        a: {trigger: d/targt}
        b: {trigger: {pipeline: d/target, params: {n: many, dya: 2013-01-02}}}
        c: {trigger: {pipeline: d/target, partition: 2013-01-01}}
        f: {trigger: {pipeline: d/plain, partition: 2013-01-01}}
        g: {trigger: {pipeline: d/target, params: {n: 2}, partition: {sql: "SELECT date(:local_start)"}}}
      """,
      "e/alone": "tasks: {a: {trigger: {pipeline: d/target, params: {n: {sql: SELECT 1}}}}}",
    ])
    Snapshot.expect(text, matches: "trigger-tasks.txt")
  }

  @Test func `what is waited for is written by somebody, and its SQL is compiled`() throws {
    let text = try Self.text([
      "d/p": """
      tasks:
        a: {wait: {fresh: d.made, within: 1h}}
        b: {wait: {fresh: d.raw, within: 1h}}
        c: {wait: {fresh: d.mad, within: 1h}}
        f: {wait: {sql: "SELECT x, x FROM d.raw"}}
        g: {wait: {sql: "DELETE FROM d.raw"}}
        h: {wait: {file: {sql: "SELECT :nothing"}}}
        i: {wait: {sql: "EXISTS (SELECT 1 FROM d.raw WHERE y)"}}
        j: {wait: {sql: "SELECT count(*) FROM d.raw"}}
        make: {run: x, writes: d.made}
      """
    ])
    Snapshot.expect(text, matches: "waits.txt")
  }

  @Test func `what the SQL of a wait reads counts as read`() throws {
    let project = try TemporaryProject([
      "d/domain.yaml": "domain: d\nowner: t\n",
      "d/p.yaml":
        "pipeline: p\ntasks: {make: {run: x, writes: {d.x: {columns: {n: integer}}}}, "
        + "wait: {wait: {sql: 'SELECT count(*) FROM d.x'}}}\n",
    ])
    let (graph, diagnostics) = LineageBuilder.build(DeclarationLoader.load(project: project.root))
    #expect(diagnostics.isEmpty)
    #expect(graph.edges.map { "\($0.from) \($0.to)" } == ["0 1"])
  }
}

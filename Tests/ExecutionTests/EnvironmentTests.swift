import Basics
import Diagnostics
import Execution
import MeshModel
import Planning
import Records
import TestKit
import Testing

struct EnvironmentTests {
  /// What a task's process finds in its environment; the shell's own variables left out.
  private func variables(of workshop: Workshop, partition: PartitionInterval? = nil, each: Scalar? = nil)
    throws -> [String: String]
  {
    let command = Command(form: .arguments([.literal(.text("env")), .literal(.text("-0"))]), directory: "/")
    workshop.pipeline.tasks[0].kind = .run(command)
    let outcome = try workshop.run(run: 7, attempt: 2, partition: partition, each: each)
    try #require(outcome.state == .success, "\(outcome)")
    let log = workshop.log(of: workshop.order(task: 0, run: 7, attempt: 2))
    let pairs = log.split(separator: "\0").map { variable in
      (
        String(variable.prefix { $0 != "=" }),
        String(variable.drop { $0 != "=" }.dropFirst())
      )
    }
    #expect(Set(pairs.map(\.0)).count == pairs.count, "a variable is there twice")
    return Dictionary(pairs) { first, _ in first }
  }

  @Test func `a process finds exactly what the design says in its environment`() throws {
    let workshop = try Workshop()
    workshop.environment = [
      "PATH": "/usr/bin:/bin", "HOME": "/home/me", "LANG": "C.UTF-8", "TZ": "UTC", "AWS_SECRET": "x",
      "HEDDLE_ATTEMPT_KEY": "outer", "LD_PRELOAD": "evil.so",
    ]
    workshop.mesh.values = ["region": .text("eu west"), "limit": .integer(3)]
    workshop.params = ["sample": .integer(100), "strict": .boolean(true)]
    workshop.inputs = [
      InputVersion(
        dataset: DatasetName(domain: "weather", name: "hourly"), partition: "2013-01-05", version: 9)
    ]
    try workshop.folder.write("hunter2\n", to: "state/secrets/REPORT_KEY")
    workshop.shell("") { task in
      task.env = [EnvironmentVariable(name: "MODE", value: .literal(.text("full")))]
      task.secrets = [Located("REPORT_KEY", at: workshop.position)]
    }
    try workshop.close("state/secrets/REPORT_KEY")
    let found = try variables(of: workshop, partition: Workshop.day(5), each: .text("EWR"))
    #expect(
      found == [
        "PATH": "/usr/bin:/bin", "HOME": "/home/me", "LANG": "C.UTF-8", "TZ": "UTC",
        "MODE": "full", "REPORT_KEY": "hunter2",
        "HEDDLE_DOMAIN": "ops", "HEDDLE_PIPELINE": "work", "HEDDLE_TASK": "t0", "HEDDLE_RUN": "7",
        "HEDDLE_ATTEMPT": "2", "HEDDLE_ATTEMPT_KEY": "\(workshop.identity)-7-0-0-2",
        "HEDDLE_PARTITION": "2013-01-05", "HEDDLE_INTERVAL_START": "2013-01-05T00:00:00Z",
        "HEDDLE_INTERVAL_END": "2013-01-06T00:00:00Z", "HEDDLE_EACH": "EWR",
        "HEDDLE_PARAM_SAMPLE": "100", "HEDDLE_PARAM_STRICT": "true",
        "HEDDLE_VALUE_REGION": "eu west", "HEDDLE_VALUE_LIMIT": "3",
        "HEDDLE_PROJECT": workshop.mesh.root, "HEDDLE_OUTPUT": workshop.state.root + "/logs/7/t0-0-2.json",
        "HEDDLE_INPUTS": #"[{"dataset":"weather.hourly","partition":"2013-01-05","version":9}]"#,
      ])
  }

  @Test func `what does not apply is not there`() throws {
    let workshop = try Workshop()
    workshop.shell("")
    let found = try variables(of: workshop)
    #expect(
      found.keys.sorted() == [
        "HEDDLE_ATTEMPT", "HEDDLE_ATTEMPT_KEY", "HEDDLE_DOMAIN", "HEDDLE_INPUTS", "HEDDLE_OUTPUT",
        "HEDDLE_PIPELINE", "HEDDLE_PROJECT", "HEDDLE_RUN", "HEDDLE_TASK", "PATH",
      ])
    #expect(found["HEDDLE_INPUTS"] == "[]")
  }

  @Test func `a task sets its own path and home but not what Heddle tells`() throws {
    let workshop = try Workshop()
    workshop.environment["HOME"] = "/home/me"
    workshop.shell("") { task in
      task.env = [
        EnvironmentVariable(name: "HEDDLE_RUN", value: .literal(.text("1"))),
        EnvironmentVariable(name: "HOME", value: .literal(.text("/tmp"))),
      ]
    }
    let found = try variables(of: workshop)
    #expect(found["HOME"] == "/tmp")
    #expect(found["HEDDLE_RUN"] == "7")
  }

  @Test func `a text stays what it is, whatever it holds`() throws {
    let workshop = try Workshop()
    let text = "a=b\n'\"$HOME`id`\u{1F41B}"
    workshop.params = ["odd": .text(text)]
    workshop.shell("")
    #expect(try variables(of: workshop)["HEDDLE_PARAM_ODD"] == text)
  }

  @Test func `a NUL in a value fails the task and names the variable`() throws {
    let workshop = try Workshop()
    workshop.params = ["odd": .text("a\0b")]
    workshop.shell("true")
    let outcome = try workshop.run()
    #expect(outcome.isPermanent)
    #expect(outcome.reason?.text.contains("'HEDDLE_PARAM_ODD'") == true)
  }

  @Test func `a secret that is missing, open to others or no text fails the task and says why`() throws {
    let workshop = try Workshop()
    try workshop.folder.write("s", to: "state/secrets/OPEN")
    try workshop.folder.write([0xFF, 0x00], to: "state/secrets/BINARY")
    try workshop.folder.link("state/secrets/LINK", to: workshop.folder.file("state/secrets/BINARY"))
    try workshop.close("state/secrets/BINARY")
    let expected = [
      "MISSING": "the secret 'MISSING' is missing", "OPEN": "open to others", "BINARY": "is no text",
      "LINK": "cannot be read", "../OPEN": "is no name of a secret",
    ]
    for name in expected.keys.sorted() {
      workshop.shell("true") { $0.secrets = [Located(name, at: workshop.position)] }
    }
    for (task, name) in expected.keys.sorted().enumerated() {
      let outcome = try workshop.run(task: task)
      #expect(outcome.state == .failed)
      #expect(outcome.reason?.text.contains(expected[name] ?? "") == true, "\(outcome)")
    }
  }
}

import Basics
import Execution
import MeshModel
import TestKit
import Testing

struct TaskOutputTests {
  private func outcome(_ script: String) throws -> AttemptOutcome {
    let workshop = try Workshop()
    workshop.shell(script)
    return try workshop.run()
  }

  @Test func `a task tells rows, bytes and more`() throws {
    let outcome = try outcome(
      #"echo '{ "rows": 12, "bytes": 340, "metrics": {"m": 1.5}, "outputs": {"a": [1]} }' >$HEDDLE_OUTPUT"#
    )
    #expect(outcome.state == .success)
    #expect(outcome.rows == 12)
    #expect(outcome.bytes == 340)
    #expect(outcome.output == #"{"rows":12,"bytes":340,"metrics":{"m":1.5},"outputs":{"a":[1]}}"#)
  }

  @Test(arguments: ["true", ": > $HEDDLE_OUTPUT", "echo > $HEDDLE_OUTPUT"])
  func `a task that tells nothing is told of nothing`(script: String) throws {
    let outcome = try outcome(script)
    #expect(outcome.state == .success)
    #expect(outcome.output == nil)
  }

  @Test(arguments: [
    ("echo '{' > $HEDDLE_OUTPUT", "is no JSON"),
    ("echo '[1]' > $HEDDLE_OUTPUT", "is no JSON object"),
    ("echo '{} {}' > $HEDDLE_OUTPUT", "is no JSON"),
    ("printf '{\"a\": \"\\377\"}' > $HEDDLE_OUTPUT", "is no JSON"),
    ("echo '{\"rows\": -1}' > $HEDDLE_OUTPUT", "'rows'"),
    ("echo '{\"rows\": 1e99}' > $HEDDLE_OUTPUT", "'rows'"),
    ("echo '{\"rows\": \"5\"}' > $HEDDLE_OUTPUT", "'rows'"),
    ("echo '{\"bytes\": 0.5}' > $HEDDLE_OUTPUT", "'bytes'"),
    ("echo '{\"metrics\": {\"a\": \"b\"}}' > $HEDDLE_OUTPUT", "a metric 'a'"),
    ("echo '{\"a\": 1, \"a\": 2}' > $HEDDLE_OUTPUT", "has 'a' twice"),
    ("head -c 100000 /dev/zero | tr '\\0' '[' > $HEDDLE_OUTPUT", "nest deeper"),
    ("head -c 2000000 /dev/zero > $HEDDLE_OUTPUT", "larger than 1 MiB"),
    ("ln -s /etc/passwd $HEDDLE_OUTPUT", "symbolic link"),
    ("ln -s /nowhere $HEDDLE_OUTPUT", "symbolic link"),
    ("mkdir $HEDDLE_OUTPUT", "is no file"),
    ("mkfifo $HEDDLE_OUTPUT", "is no file"),
  ])
  func `what is told badly fails the task and says why`(script: String, reason: String) throws {
    let outcome = try outcome(script)
    #expect(outcome.state == .failed)
    #expect(outcome.reason?.code == "output")
    #expect(outcome.reason?.text.contains(reason) == true, "\(outcome.reason?.text ?? "")")
  }

  @Test func `what is told badly does not hide that the task failed`() throws {
    let outcome = try outcome("echo nonsense > $HEDDLE_OUTPUT; exit 5")
    #expect(outcome.exitCode == 5)
    #expect(outcome.reason?.text == "exited with 5")
  }
}

import Diagnostics
import MeshModel
import TestKit
import Testing

@testable import CommandLine

@Suite struct ParameterTests {
  static let pipeline: Pipeline = {
    let position = SourcePosition(file: SourceFile(path: "p.yaml", text: ""), line: 1, column: 1)
    var pipeline = Pipeline(name: PipelineName(domain: "a", name: "b"), position: position)
    for kind in Parameter.Kind.allCases {
      var parameter = Parameter(name: "a_\(kind.rawValue)", kind: kind, position: position)
      parameter.defaultValue = .null
      if kind == .integer { (parameter.minimum, parameter.maximum) = (1, 10) }
      pipeline.params.append(parameter)
    }
    var choice = Parameter(name: "choice", kind: .text, position: position)
    choice.allowed = [.text("x"), .text("y")]
    choice.defaultValue = .text("x")
    pipeline.params.append(choice)
    return pipeline
  }()

  func list(_ texts: String...) throws -> ParameterList {
    try ParameterList(Arguments(["a/b"] + texts.map { "--param=" + $0 }, of: RunCommand.description))
  }

  @Test(arguments: [
    ("a_string=", Scalar.text("")), ("a_string=1", .text("1")), ("a_integer=10", .integer(10)),
    ("a_number=-2", .integer(-2)), ("a_number=2.5", .real(2.5)), ("a_boolean=true", .boolean(true)),
    ("a_date=2012-02-29", .text("2012-02-29")), ("choice=y", .text("y")),
  ])
  func `a value is read as its kind`(text: String, value: Scalar) throws {
    let name = try #require(text.split(separator: "=").first.map(String.init))
    #expect(try list(text).values(for: Self.pipeline)[name] == value)
  }

  @Test(arguments: [
    ("a_integer=1.5", "param 'a_integer' cannot be '1.5'"),
    ("a_integer=0", "param 'a_integer' is at least 1, not '0'"),
    ("a_integer=11", "param 'a_integer' is at most 10, not '11'"),
    ("a_number=nan", "param 'a_number' cannot be 'nan'"), ("a_number=", "param 'a_number' cannot be ''"),
    ("a_boolean=yes", "param 'a_boolean' cannot be 'yes'"),
    ("a_date=2013-02-29", "param 'a_date' cannot be '2013-02-29'"),
    ("a_date=2013-2-9", "param 'a_date' cannot be '2013-2-9'"),
    ("a_date=-013-02-09", "param 'a_date' cannot be '-013-02-09'"),
    ("choice=z", "param 'choice' cannot be 'z'"),
  ])
  func `a value of another kind is refused`(text: String, message: String) throws {
    let list = try list(text)
    let failure = #expect(throws: CommandFailure.self) { try list.values(for: Self.pipeline) }
    #expect(failure?.message == message)
    #expect(failure?.code == .usage)
  }

  @Test func `what was not given has its default, and what has none is asked for`() throws {
    #expect(try list().values(for: Self.pipeline)["choice"] == .text("x"))
    var pipeline = Self.pipeline
    pipeline.params[0].defaultValue = nil
    let failure = #expect(throws: CommandFailure.self) { try list().values(for: pipeline) }
    #expect(failure?.message == "'a/b' needs a value for its param 'a_string'")
  }

  @Test func `a param that nobody has is refused`() throws {
    let failure = #expect(throws: CommandFailure.self) {
      try list("chocie=x").check(against: [Self.pipeline])
    }
    #expect(failure?.message == "'a/b' has no param 'chocie'")
    #expect(failure?.help == "did you mean 'choice'?")
    try list("choice=z").check(against: [Self.pipeline])
  }
}

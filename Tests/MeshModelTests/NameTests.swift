import MeshModel
import Testing

struct NameTests {
  @Test(arguments: ["a", "a1", "raw_flights", String(repeating: "a", count: 64)])
  func `a name begins with a small letter and goes on with letters, digits and underscores`(_ name: String) {
    #expect(Name.isValid(name))
  }

  @Test(arguments: [
    "", "1a", "_a", "A", "a-b", "a b", "a.b", "ä", "a\u{0}", String(repeating: "a", count: 65),
  ])
  func `anything else is no name`(_ name: String) {
    #expect(!Name.isValid(name))
  }

  @Test func `full names read back as they are written`() {
    #expect(DatasetName("weather.hourly")?.description == "weather.hourly")
    #expect(PipelineName("weather/hourly")?.description == "weather/hourly")
    #expect(TaskName("weather/hourly.land")?.description == "weather/hourly.land")
  }

  @Test(arguments: ["", ".", "a.", ".b", "a.b.c", "a/b", "A.b"])
  func `what is not two names with a dot is no dataset`(_ text: String) {
    #expect(DatasetName(text) == nil)
  }

  @Test(arguments: ["", "a/b", "a/b.", "a/b.c.d", "a.b", "a/b/c.d"])
  func `what is not three names is no task`(_ text: String) {
    #expect(TaskName(text) == nil)
  }

  @Test func `names sort by domain first`() throws {
    let names = try ["b.a", "a.c", "a_b.a", "a.b"].map { try #require(DatasetName($0)) }
    #expect(names.sorted().map(\.description) == ["a.b", "a.c", "a_b.a", "b.a"])
  }
}

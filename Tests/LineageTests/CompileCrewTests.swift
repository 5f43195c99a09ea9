import Access
import MeshModel
import Testing

@testable import Lineage

struct CompileCrewTests {
  /// Scripts of several domains that read, write, make tables, or are wrong.
  private static func jobs(domains: Int) -> [CompileJob] {
    (0..<160).map { number in
      let (own, other) = ("d\(number % domains)", "d\((number + 1) % domains)")
      let columns = [Column(name: "id", type: .integer), Column(name: "name", type: .text)]
      let datasets = [
        (name: DatasetName(domain: own, name: "t\(number / 3)"), columns: columns),
        (name: DatasetName(domain: other, name: "u\(number / 5)"), columns: columns),
      ]
      let script =
        switch number % 5 {
        case 0: "SELECT t.name, u.id FROM \(datasets[0].name) t JOIN \(datasets[1].name) u USING (id)"
        case 1: "INSERT INTO \(datasets[0].name) SELECT * FROM \(datasets[1].name)"
        case 2: "CREATE TABLE made AS SELECT id + 1 AS n FROM \(datasets[0].name); SELECT n FROM made"
        case 3: "SELECT missing FROM \(datasets[0].name)"
        default: "SELECT FROM"
        }
      return CompileJob(domain: own, script: script, datasets: datasets)
    }
  }

  @Test(arguments: [1, 2, 7])
  func `however many threads compile, the same is found`(domains: Int) {
    let jobs = Self.jobs(domains: domains)
    let expected = CompileCrew(threads: 1).compile(jobs).map { "\($0)" }
    #expect(expected.count == jobs.count)
    for threads in 2...5 {
      let crew = CompileCrew(threads: threads)
      #expect(crew.compile(jobs).map { "\($0)" } == expected)
      // What its members know from before makes no difference either.
      #expect(crew.compile(jobs).map { "\($0)" } == expected)
    }
  }
}

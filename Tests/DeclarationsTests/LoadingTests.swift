import Basics
import Declarations
import Diagnostics
import MeshModel
import TestKit
import Testing
import Timetables

struct LoadingTests {
  static let domain = """
    domain: operations
    title: Flight operations
    description: What left, when, and how late.
    owner: ops-data
    contact: ops-data@example.com
    store: {sqlite: operations.db}
    slots: 4
    share: 2
    defaults: {timeout: 30m, env: {MODE: slow, LEVEL: "1"}}
    sources:
      landing: {description: Daily files of the airports' bureau, columns: {day: text, delay: real}}
      bare:
    """
  static let pipeline = """
    pipeline: departures
    description: Departures by day, cleaned and summarised.
    tags: [daily]
    schedule:
      cron: "0 6 * * *"
      timezone: America/New_York
      start: 2013-01-01
      end: 2014-01-01T00:30
      catchup: all
      gap: skip
      fold: both
    partition: daily
    max_active_runs: 3
    priority: 10
    deadline: 2h
    lookback: 3
    params:
      sample: {type: integer, default: 100, minimum: 1}
      mode: {type: string, default: "7", allowed: ["7", b], description: how}
    defaults:
      retry: {attempts: 3, delay: 10s, backoff: exponential, max_delay: 5m, jitter: 0.2, lost: 2}
      timeout: 10m
    tasks:
      land:
        load: {file: {sql: "SELECT 'landing/' || :partition || '.csv'"}}
        into: operations.raw_flights
        columns: {day: text, origin: text, dep_delay: real}
        null: ["", NA]
        mode: partition
        partition_by: day
      clean:
        sql: clean.sql
        reads: {weather.hourly: {window: 2d, freshness: 6h, on_missing: ignore, offset: -1}}
        timeout: none
      summary:
        sql: |
          SELECT day, count(*) AS departures
            FROM operations.flights WHERE day = :partition GROUP BY day
        into: operations.daily_departures
        mode: partition
        partition_by: day
        isolate: true
      publish:
        run: ./publish.sh
        reads: operations.daily_departures
        writes: operations.report
        external: true
        when: ":partition >= '2013-01-02'"
        trigger_rule: none_failed
        each: {sql: "SELECT DISTINCT origin FROM operations.flights", max_active: 3}
        pool: reporting
        secrets: [REPORT_KEY]
        env: {MODE: full, AT: {sql: "SELECT :run"}}
        timeout: 1m
        retry: {attempts: 5, delay: 1s, on_exit: [75]}
        allow_failure: true
        depends_on_past: true
      copy:
        run: [./copy.sh, {sql: "SELECT 1"}, 007]
        each: {of: publish}
        after: [clean, publish]
      tidy:
        run: rm -f scratch
        teardown: true
        after: copy
    """

  static func project() throws -> TemporaryProject {
    try TemporaryProject([
      "mesh.yaml":
        "pools: {reporting: 2}\nvalues: {limit_rows: 5}\ndefaults: {retry: {lost: 1, jitter: 0.5}}\n",
      "operations/domain.yaml": domain, "operations/departures.yaml": pipeline,
      "operations/clean.sql": "INSERT INTO flights SELECT * FROM raw_flights;\n",
    ])
  }

  @Test func `the head of a domain and of a pipeline is read`() throws {
    let project = try Self.project()
    let loaded = DeclarationLoader.load(project: project.root)
    #expect(loaded.diagnostics.isEmpty, "\(Check.text(loaded))")
    #expect(loaded.pipelineCount == 1)
    #expect(loaded.mesh.pools.map(\.name) == ["reporting"])
    #expect(loaded.mesh.values == ["limit_rows": .integer(5)])
    let domain = try #require(loaded.mesh.domains.first)
    #expect(domain.name == "operations" && domain.owner == "ops-data" && domain.store == "operations.db")
    #expect(domain.slots == 4 && domain.share == 2 && domain.title == "Flight operations")
    #expect(domain.sources.map(\.name.name) == ["landing", "bare"])
    #expect(
      domain.sources[0].columns == [Column(name: "day", type: .text), Column(name: "delay", type: .real)])
    let pipeline = try loaded.onlyPipeline()
    #expect(pipeline.name.description == "operations/departures" && pipeline.tags == ["daily"])
    #expect(pipeline.grain == .daily && pipeline.timezone == "America/New_York" && pipeline.lookback == 3)
    #expect(pipeline.start == CivilTime(year: 2013, month: 1, day: 1))
    #expect(pipeline.end == CivilTime(year: 2014, month: 1, day: 1, minute: 30))
    #expect(pipeline.maxActiveRuns == 3 && pipeline.priority == 10 && pipeline.deadline == .seconds(7200))
    let schedule = try #require(pipeline.schedule)
    #expect(schedule.catchup == .all && schedule.gap == .skip && schedule.fold == .both)
    guard case .cron(let cron) = schedule.trigger else { throw Unexpected() }
    #expect(cron.value == "0 6 * * *")
    #expect(pipeline.params.map(\.defaultValue) == [.integer(100), .text("7")])
    #expect(loaded.files.map(\.path).contains("dags/operations/clean.sql"))
  }

  @Test func `every key of a task is read, and defaults are laid over each other`() throws {
    let project = try Self.project()
    let tasks = try DeclarationLoader.load(project: project.root).onlyPipeline().tasks
    #expect(tasks.map(\.name) == ["land", "clean", "summary", "publish", "copy", "tidy"])
    guard case .load(let load) = tasks[0].kind else { throw Unexpected() }
    #expect(load.nullTexts == ["", "NA"] && load.into.mode == .partition && load.into.partitionBy == ["day"])
    #expect(load.columns.count == 3 && load.into.dataset.description == "operations.raw_flights")
    #expect(tasks[0].timeout == .seconds(600))
    guard case .sql(let clean) = tasks[1].kind else { throw Unexpected() }
    #expect(clean.text.position.file.path == "dags/operations/clean.sql" && clean.into == nil)
    #expect(tasks[1].reads[0].window == .seconds(172_800) && tasks[1].reads[0].onMissing == .ignore)
    #expect(tasks[1].reads[0].offset == -1 && tasks[1].reads[0].freshness == .seconds(21_600))
    #expect(tasks[1].timeout == nil)
    let publish = tasks[3]
    #expect(publish.retry.attempts == 5 && publish.retry.onExit == [75] && publish.retry.lost == 2)
    #expect(publish.retry.delay == .seconds(1) && publish.retry.backoff == .exponential)
    #expect(publish.retry.jitter == 0.2 && publish.retry.maxDelay == .seconds(300))
    #expect(publish.timeout == .seconds(60) && publish.pool == "reporting" && publish.external)
    #expect(
      publish.env.map(\.name) == ["AT", "LEVEL", "MODE"] && publish.secrets.map(\.value) == ["REPORT_KEY"])
    #expect(publish.triggerRule == .noneFailed && publish.allowFailure && publish.dependsOnPast)
    #expect(publish.each?.maxActive == 3 && publish.when?.text == ":partition >= '2013-01-02'")
    guard case .run(let copy) = tasks[4].kind, case .arguments(let items) = copy.form,
      case .literal(let number) = items[2]
    else { throw Unexpected() }
    #expect(number == .text("007") && copy.directory == project.root + "/dags/operations")
    #expect(tasks[4].after.map(\.value) == ["clean", "publish"])
    #expect(tasks[5].teardown)
  }

  @Test func `every key of what waits is read, and defaults are for what works`() throws {
    let loaded = try Check.pipeline(
      """
      defaults: {timeout: 5m, pool: small}
      tasks:
        arrive: {wait: {file: {sql: "SELECT 'x'"}, poll: 2s}, timeout: 2h, on_timeout: skip}
        page: {wait: {http: "https://example.com/x"}}
        early: {wait: {until: 06:30}}
        fresh: {wait: {fresh: d.x, within: 6h}}
        sign: {approve: {by: [ops, dora]}}
        call: {trigger: q}
        other: {trigger: {pipeline: e/q, partition: 2013-01, params: {b: 2, a: {sql: SELECT 1}}, wait: false}}
      """, mesh: "pools: {small: 1}\n")
    #expect(loaded.diagnostics.isEmpty)
    let tasks = try loaded.onlyPipeline().tasks
    #expect(tasks.map(\.timeout) == [.seconds(7200), nil, nil, nil, nil, nil, nil])
    #expect(tasks.allSatisfy { $0.pool == nil && $0.kind.waitsWithoutWorker })
    #expect(tasks[0].onTimeout == .skip)
    let polls = tasks.compactMap { if case .wait(let wait) = $0.kind { wait.poll } else { nil } }
    #expect(polls == [.seconds(2), .seconds(30), .seconds(30), .seconds(30)])
    guard case .wait(let fresh) = tasks[3].kind, case .fresh(let dataset, .seconds(21_600)) = fresh.condition,
      case .approve(let approval) = tasks[4].kind, case .trigger(let own) = tasks[5].kind,
      case .trigger(let other) = tasks[6].kind
    else { throw Unexpected() }
    #expect(dataset.value == DatasetName(domain: "d", name: "x"))
    #expect(approval.isOpen(to: Approver(name: "bert", groups: ["ops"])))
    #expect(!approval.isOpen(to: Approver(name: "bert")))
    #expect(own.pipeline.value == PipelineName(domain: "d", name: "q"))
    #expect(own.waits && !other.waits)
    #expect(other.params.map(\.name) == ["a", "b"])
  }

  @Test(arguments: [
    ("06:30", "2013-02-01 05:30:00"), ("2013-02-03 06:30", "2013-02-03 05:30:00"),
    ("2013-02-03T06:30:00Z", "2013-02-03 06:30:00"), ("2013-02-03 06:30:00Z", "2013-02-03 06:30:00"),
    ("2013-02-03", "2013-02-02 23:00:00"), ("soon", nil), ("25:00", nil), ("Z", nil),
  ])
  func `a moment is on the pipeline's clock, or in UTC where it says so`(text: String, moment: String?) throws
  {
    let zone = try Zone(named: "Europe/Berlin")
    let day = Instant(seconds: CivilTime(year: 2013, month: 1, day: 31, hour: 23).secondsSinceEpoch)
    #expect(WaitMoment(text)?.instant(in: zone, on: day).sqliteText == moment)
  }

  @Test func `a place in a block of SQL is a place in the file`() throws {
    let project = try Self.project()
    let summary = try DeclarationLoader.load(project: project.root).onlyPipeline().tasks[2]
    guard case .sql(let sql) = summary.kind else { throw Unexpected() }
    let lines = Self.pipeline.split(separator: "\n", omittingEmptySubsequences: false)
    let text = Array(sql.text.text.utf8)
    for word in ["SELECT", "count", "FROM", "GROUP"] {
      let wanted = Array(word.utf8)
      let offset = try #require(text.indices.first { text[$0...].starts(with: wanted) })
      let place = sql.text.position(atByte: offset)
      #expect(lines[place.line - 1].dropFirst(place.column - 1).hasPrefix(word))
    }
  }

  @Test func `what is no declaration is left alone`() throws {
    let loaded = try Check.load([
      "d/domain.yaml": "domain: d\nowner: t\n", "d/orders.odcs.yaml": "{", "d/x.odps.yaml": "{",
      "d/t.test.yaml": "{", "d/run.sh": "{", "d/a.csv": "{", "sql/x.sql": "",
      ".x/y.yaml": "{",
    ])
    #expect(loaded.diagnostics.isEmpty && loaded.mesh.domains.map(\.name) == ["d"])
  }

  @Test func `the project is the nearest folder upward that holds dags`() throws {
    let project = try Self.project()
    let deep = try project.folder.write("", to: "a/b/c.txt")
    #expect(DeclarationLoader.findProject(from: deep) == DeclarationLoader.findProject(from: project.root))
    #expect(DeclarationLoader.findProject(from: project.root + "/dags/operations") != nil)
    #expect(DeclarationLoader.findProject(from: "/") == nil)
  }

  @Test func `a text that is not saved stands in the place of a file`() throws {
    let project = try Self.project()
    let text = "pipeline: departures\ntasks: {a: {runn: x}}\n"
    let loaded = DeclarationLoader.load(
      project: project.root,
      overriding: .init(path: "dags/operations/departures.yaml", bytes: Array(text.utf8)))
    #expect(loaded.diagnostics.map(\.position.description) == ["-:2:13"])
  }

  @Test func `an error in one pipeline breaks no other`() throws {
    let loaded = try Check.load([
      "a/domain.yaml": "domain: a\nowner: t\n", "a/good.yaml": "pipeline: good\ntasks: {x: {run: a}}\n",
      "a/bad.yaml": "pipeline: bad\ntasks: {x: {run: a, after: y}}\n", "a/none.yaml": "{",
      "b/domain.yaml": "domain: b\n", "b/fine.yaml": "pipeline: fine\ntasks: {x: {run: a}}\n",
    ])
    #expect(loaded.broken.pipelines.map(\.description).sorted() == ["a/bad", "a/none"])
    #expect(loaded.broken.domains == ["b"] && !loaded.broken.mesh)
    #expect(loaded.broken.domainsWithUnknownWriters == ["a"])
    #expect(!loaded.broken.contains(PipelineName(domain: "a", name: "good")))
    #expect(loaded.broken.contains(PipelineName(domain: "b", name: "fine")))
    #expect(loaded.pipelineCount == 4)
  }
}

/// The case that a test did not expect.
struct Unexpected: Error {}

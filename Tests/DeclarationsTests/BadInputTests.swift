import Declarations
import Diagnostics
import MeshModel
import TestKit
import Testing

/// A project with a mistake, and the golden file of what is said about it.
struct BadInput: CustomTestStringConvertible, Sendable {
  var name: String
  var files: [String: String]

  var testDescription: String { name }

  /// A pipeline in a domain that is in order.
  init(_ name: String, _ pipeline: String, mesh: String? = nil, files: [String: String] = [:]) {
    self.name = name
    self.files = files
    self.files["d/domain.yaml"] = files["d/domain.yaml"] ?? "domain: d\nowner: team\n"
    self.files["d/p.yaml"] = pipeline
    self.files["mesh.yaml"] = mesh ?? files["mesh.yaml"]
  }

  init(_ name: String, files: [String: String]) {
    self.name = name
    self.files = files
  }
}

struct BadInputTests {
  static let yaml: [BadInput] = [
    BadInput("empty-file", ""),
    BadInput("only-comments", "# nothing\n\n"),
    BadInput("tab-indentation", "pipeline: p\ntasks:\n\ta:\n\t\trun: x\n"),
    BadInput("tab-in-the-middle", "pipeline: p\ntasks:\n  a:\n  \trun: x\n"),
    BadInput("duplicate-keys", "pipeline: p\ntasks:\n  a: {run: x}\n  b: {run: x, run: y}\n  a: {run: z}\n"),
    BadInput("alias-bomb", "pipeline: p\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntasks: *c\n"),
    BadInput("merge-key", "pipeline: p\ntasks:\n  a:\n    <<: {run: x}\n"),
    BadInput("tags", "pipeline: !!str p\ntasks: {a: {run: !secret x}}\n"),
    BadInput("second-document", "pipeline: p\ntasks: {a: {run: x}}\n---\npipeline: q\n"),
    BadInput("scalar-file", "just words\n"),
    BadInput("list-file", "- pipeline: p\n"),
    BadInput("unclosed-quote", "pipeline: p\ntasks:\n  a:\n    run: \"echo\n    sql: x\n"),
    BadInput("unclosed-bracket", "pipeline: p\ntags: [a, b\ntasks:\n  a: {run: x}\n"),
    BadInput("unclosed-brace", "pipeline: p\ntasks: {a: {run: x}\n"),
    BadInput("missing-colon", "pipeline: p\ntasks\n  a: {run: x}\n"),
    BadInput("colon-in-text", "pipeline: p\ndescription: what: ever\ntasks: {a: {run: x}}\n"),
    BadInput("bad-indent", "pipeline: p\ntasks:\n  a:\n    run: x\n   after: b\n"),
    BadInput("at-sign", "pipeline: p\ntasks: {a: {run: @daily}}\n"),
    BadInput("templating", "pipeline: p\ntasks:\n  a:\n    run: {{ ds }}\n  b:\n    run: [x, {{ ds }}]\n"),
    BadInput("templating-in-text", "pipeline: p\ntasks:\n  a:\n    run: load ${{ inputs.day }}\n"),
    BadInput("nul-byte", "pipeline: p\ndescription: a\0b\ntasks: {a: {run: x}}\n"),
    BadInput("control-byte", "pipeline: p\ndescription: a\u{1B}[31mb\ntasks: {a: {run: x}}\n"),
    BadInput("line-separator", "pipeline: p\ndescription: a\u{2028}b\ntasks: {a: {run: x}}\n"),
    BadInput("lone-carriage-return", "pipeline: p\rtasks: {a: {run: x}}\n"),
    BadInput("windows-line-ends", "pipeline: p\r\ntasks:\r\n  a:\r\n    runn: x\r\n"),
    BadInput("byte-order-mark", "\u{FEFF}pipeline: p\ntasks: {a: {runn: x}}\n"),
    BadInput("complex-key", "pipeline: p\n? [a, b]\n: c\ntasks: {a: {run: x}}\n"),
  ]

  static let environments: [BadInput] = [
    BadInput(
      "environment",
      "pipeline: p\ntasks: {a: {run: x}}\n", mesh: "values: {limit: 5}\n",
      files: [
        "dev.env.yaml": "environment: prod\nschedules: off\nvalues: {limits: 6, run: 1}\nborrow: [e]\n",
        "production.env.yaml": "environment: production\n",
        "test.env.yaml":
          "environment: test\nborrow: [d]\nstores: {d: {sqlite: d.db}, dd: {sqlite: ../x.db}}\nstate: here\n",
      ])
  ]

  static let keys: [BadInput] = [
    BadInput(
      "unknown-keys",
      "pipeline: p\nschedul: x\nowner: me\ncron: x\nfrobnicate: 1\ntasks: {a: {run: x, retries: 3}}\n"),
    BadInput(
      "words-of-other-tools",
      """
      dag_id: p
      schedule_interval: "@daily"
      default_args: {retries: 2}
      tasks:
        a: {bash_command: x}
        b: {cmd: x, needs: a, uses: y}
        c: {command: x, depends_on: [a], expand: [1], timeout-minutes: 5}
        d: {run: x, if: y, outputs: z, retry: {retries: 2}}
      """),
    BadInput(
      "wrong-types",
      """
      pipeline: [p]
      description: {}
      tags: {a: b}
      partition: [daily]
      max_active_runs: many
      priority: 1.5
      deadline: 2
      params: [a]
      tasks:
        a: {run: {}, external: yes, timeout: 30, retry: 3, pool: [x]}
        b: {sql: [x], teardown: "true"}
        c: [x]
        d: {run: x, retry: {attempts: "3", jitter: high}}
        e: x
      """),
    BadInput(
      "ranges",
      """
      pipeline: p
      max_active_runs: 0
      lookback: -1
      schedule: {start: 2013-02-30, end: 2013-01-01T25:00}
      tasks:
        a: {run: x, timeout: 0s, retry: {attempts: 0, jitter: 1.5, on_exit: [0, 99, 256], delay: 1m, max_delay: 1s}}
        b: {run: x, timeout: 9999999999999999999h, retry: {delay: 1s1m}}
        c: {run: x, priority: 5}
      """),
    BadInput(
      "enum-values",
      """
      pipeline: p
      partition: day
      schedule: {every: 1h, catchup: latst, gap: x}
      tasks:
        a: {run: x, trigger_rule: all_sucess}
        b: {sql: SELECT 1, into: d.x, mode: overwrite}
        c: {run: x, writes: {d.y: {columns: {a: varchar, b: txt}}}}
      """),
    BadInput("missing-keys", files: ["d/domain.yaml": "title: x\n", "d/p.yaml": "description: x\n"]),
    BadInput("empty-values", "pipeline:\ntags:\ntasks:\n  a:\n  b: {run: , env: {X: }}\n"),
    BadInput("no-tasks", "pipeline: p\ntasks: {}\n"),
    BadInput("tasks-as-list", "pipeline: p\ntasks:\n  - name: a\n    run: x\n"),
    BadInput(
      "names", "pipeline: My Pipeline\ntasks: {Load: {run: x}, 1st: {run: x}, ünï: {run: x, pool: P}}\n"),
    BadInput(
      "variables",
      "pipeline: p\ntasks: {a: {run: x, env: {1X: a, HEDDLE_RUN: b, a-b: c}, secrets: [X Y, HEDDLE_X]}}\n"
    ),
    BadInput("cron", "pipeline: p\nschedule: {cron: \"0 25 * * *\", every: 5m}\ntasks: {a: {run: x}}\n"),
    BadInput("zone", "pipeline: p\nschedule: {timezone: Europe/Berln, every: 5m}\ntasks: {a: {run: x}}\n"),
    BadInput(
      "due-by-data",
      files: [
        "d/domain.yaml": "domain: d\nowner: team\n",
        "d/p.yaml": """
        pipeline: p
        partition: daily
        schedule: {on: inputs, cron: "0 6 * * *", every: 1h, catchup: all, delay: 5m, calendar: x.txt, gap: skip}
        tasks: {a: {run: x}}
        """,
        "d/q.yaml": """
        pipeline: q
        schedule: {on: [d.x, x, d.x], start: 2013-01-01, refresh: auto, when_full: skip}
        tasks: {a: {run: x}}
        """,
        "d/r.yaml": """
        pipeline: r
        schedule: {on: {any: [], all: [d.x]}}
        tasks: {a: {run: x}}
        """,
        "d/s.yaml": "pipeline: s\nschedule: {refresh: auto, cron: '0 6 * * *'}\ntasks: {a: {run: x}}\n",
        "d/t.yaml": "pipeline: t\nschedule: {on: input}\ntasks: {a: {run: x}}\n",
        "d/u.yaml": "pipeline: u\non: inputs\ntasks: {a: {run: x}}\n",
      ]),
    BadInput("catchup-without-trigger", "pipeline: p\nschedule: {catchup: all}\ntasks: {a: {run: x}}\n"),
    BadInput(
      "calendar-lines",
      "pipeline: p\nschedule: {cron: '0 6 * * *', calendar: us.txt}\ntasks: {a: {run: x}}\n",
      files: [
        "d/us.txt": """
        # Holidays.
        sat
        2013-12-25   # Christmas
        12/26/2013
        2013-02-30
          +2013-12-25
        Satur
        sat
        """
      ]),
    BadInput(
      "calendar-files",
      files: [
        "d/domain.yaml": "domain: d\nowner: t\n",
        "d/p.yaml": "pipeline: p\nschedule: {cron: '0 6 * * *', calendar: none.txt}\ntasks: {a: {run: x}}\n",
        "d/q.yaml":
          "pipeline: q\nschedule: {cron: '0 6 * * *', calendar: ../../../us.txt}\ntasks: {a: {run: x}}\n",
        "d/r.yaml": "pipeline: r\nschedule: {cron: '0 6 * * *', on_excluded: next}\ntasks: {a: {run: x}}\n",
      ]),
    BadInput(
      "calendar-without-times-of-day",
      files: [
        "d/domain.yaml": "domain: d\nowner: t\n", "d/us.txt": "2013-12-25\n", "d/more.txt": "+2013-12-28\n",
        "d/p.yaml":
          "pipeline: p\nschedule: {cron: '*/5 6 * * *', calendar: us.txt, on_excluded: next}\ntasks: {a: {run: x}}\n",
        "d/q.yaml": "pipeline: q\nschedule: {every: 1h, calendar: more.txt}\ntasks: {a: {run: x}}\n",
      ]),
    BadInput(
      "calendar-leaves-nothing",
      files: [
        "d/domain.yaml": "domain: d\nowner: t\n", "d/sat.txt": "sat\n",
        "d/few.txt": "2013-12-25\n2014-12-25\n2015-12-25\n",
        "d/p.yaml":
          "pipeline: p\nschedule: {cron: '0 6 * * sat', calendar: sat.txt}\ntasks: {a: {run: x}}\n",
        "d/q.yaml": "pipeline: q\nschedule: {cron: '0 6 25 12 *', calendar: few.txt}\ntasks: {a: {run: x}}\n",
      ]),
    BadInput(
      "partitions-left-out",
      "pipeline: p\npartition: daily\nschedule: {cron: '0 6 * * mon-fri'}\ntasks: {a: {run: x}}\n"),
    BadInput(
      "end-before-start",
      "pipeline: p\nschedule: {start: 2013-02-01, end: 2013-01-01}\ntasks: {a: {run: x}}\n"),
    BadInput(
      "params",
      """
      pipeline: p
      params:
        a: {type: integer, default: x}
        b: {type: integer, default: 5, minimum: 6, maximum: 4}
        c: {type: string, default: z, allowed: [a, b]}
        d: {type: string, minimum: 1}
        e: {type: date, default: 2013-02-30}
        f: 5
        g: {default: 5}
        h: {type: int}
        partition: {type: string}
      tasks: {t: {run: x}}
      """),
    BadInput("leading-zero", "pipeline: p\ntasks: {a: {run: x, each: [01, 2]}}\n"),
    BadInput(
      "mesh", "pipeline: p\ntasks: {a: {run: x}}\n",
      mesh:
        "pools: {a: 0, B: 1, none: 2, c: {slots: x}}\nvalues: {run: 1, x: [1], y: , z: .nan}\ndefault: {}\n"),
    BadInput(
      "domain", "pipeline: p\ntasks: {a: {run: x}}\n",
      files: [
        "d/domain.yaml":
          "domain: e\nowner: team\nshare: 0\nstore: {sqlite: ../x.db}\nsources: {a.b: {}, X: {}, c: {columns: {}}}\n"
      ]),
  ]

  static let meanings: [BadInput] = [
    BadInput(
      "foreign-write",
      "pipeline: p\ntasks:\n  a: {run: x, writes: weather.hourly}\n  b: {sql: SELECT 1, into: weather.x}\n"),
    BadInput(
      "isolate",
      """
      pipeline: p
      tasks:
        a: {run: x, isolate: true}
        b: {load: {run: x}, into: d.x, columns: {a: text}, isolate: true}
        c: {load: {file: x.csv}, into: d.y, columns: {a: text}, isolate: yes}
      """),
    BadInput(
      "waits",
      """
      pipeline: p
      tasks:
        a: {wait: {file: x, http: "http://x"}}
        b: {wait: {}}
        c: {wait: {fresh: d.x}}
        e: {wait: {fresh: d.x, within: 6h, poll: 1s}}
        f: {wait: {file: ../../../x, within: 6h, poll: 1ms}}
        g: {wait: {http: "ftp://x"}}
        h: {wait: {until: tomorrow}}
        i: {wait: {url: "http://x"}}
        j: {wait: {file: x}, timeout: none, on_timeout: ignore, pool: small, writes: d.x}
        k: {run: x, on_timeout: skip}
        l: {approve: }
        m: {approve: {by: []}, env: {A: b}, isolate: true}
        n: {trigger: {wait: no, partition: {}, params: [a]}}
        o: {trigger: a.b, secrets: [KEY]}
        q: {trigger: x, run: y}
      """, mesh: "pools: {small: 1}\n"),
    BadInput(
      "source-written", "pipeline: p\ntasks:\n  a: {run: x, writes: [d.raw]}\n",
      files: ["d/domain.yaml": "domain: d\nowner: t\nsources: {raw: {description: x}}\n"]),
    BadInput(
      "name-clash",
      """
      pipeline: p
      params: {limit_rows: {type: integer, default: 1}, land: {type: string}, each: {type: string}}
      tasks: {land: {run: x}, run: {run: x}, threshold: {run: x}}
      """, mesh: "values: {threshold: 5, limit_rows: 2}\n"),
    BadInput(
      "unknown-task",
      "pipeline: p\ntasks: {land: {run: x}, clean: {run: y, after: [lnd, clean, land, land]}}\n"),
    BadInput(
      "unknown-pool", "pipeline: p\ntasks: {a: {run: x, pool: reportng}}\n", mesh: "pools: {reporting: 2}\n"),
    BadInput(
      "modes",
      """
      pipeline: p
      tasks:
        a: {sql: SELECT 1, into: d.a, mode: partition}
        b: {sql: SELECT 1, into: d.b, mode: merge}
        c: {sql: SELECT 1, into: d.c, key: id}
        e: {sql: SELECT 1, into: d.e, partition_by: day}
        f: {sql: SELECT 1, mode: append}
        g: {run: x, into: d.g, mode: append}
        h: {load: {file: a.csv}}
        i: {sql: SELECT 1, into: d.i, each: [1]}
        j: {load: {file: a.csv, run: b}, into: d.j}
        k: {load: {}, into: d.k}
        l: {run: x, sql: y}
        m: {sql: SELECT 1, writes: d.x, env: {A: b}, columns: {a: text}}
        n: {run: x, columns: {a: text}}
        o: {load: {file: /etc/passwd}, into: d.o}
      """),
    BadInput(
      "partition-mode-under-each",
      """
      pipeline: p
      partition: daily
      tasks:
        a: {sql: SELECT 1, into: d.a, mode: partition, partition_by: day, each: [1]}
        b: {sql: SELECT 1, into: d.b, mode: partition, partition_by: [day, x]}
      """),
    BadInput(
      "needs-partition",
      "pipeline: p\nlookback: 2\ndeadline: 1h\ntasks: {a: {run: x, depends_on_past: true, reads: {d.x: {offset: -1}}}}\n"
    ),
    BadInput(
      "each",
      """
      pipeline: p
      tasks:
        a: {run: x, each: []}
        b: {run: x, each: 5}
        c: {run: x, each: {sql: SELECT 1, list: [1]}}
        e: {run: x, each: {max_active: 2}}
        f: {run: x, each: {of: nothing}}
        g: {run: x, each: {of: h}}
        h: {run: x, each: {of: i}}
        i: {run: x, each: {of: g}}
        j: {run: x, each: {of: j}}
        k: {run: x, each: {of: l}}
        l: {run: x}
        m: {run: x, each: [[1]]}
      """),
    BadInput("teardown", "pipeline: p\ntasks: {a: {run: x, teardown: true, trigger_rule: all_success}}\n"),
    BadInput(
      "datasets", "pipeline: p\ntasks: {a: {run: x, reads: [raw, a.b.c, d.x, d.x], writes: {D.y: }}}\n"),
    BadInput(
      "sql-files", "pipeline: p\ntasks: {a: {sql: no.sql}, b: {sql: ../../../x.sql}, c: {sql: empty.sql}}\n",
      files: ["d/empty.sql": "\n"]),
    BadInput(
      "two-pipelines-of-one-name",
      files: [
        "d/domain.yaml": "domain: d\nowner: t\n", "d/p.yaml": "pipeline: p\ntasks: {a: {run: x}}\n",
        "d/q.yaml": "pipeline: p\ntasks: {a: {run: x}}\n",
      ]),
    BadInput(
      "two-domains-one-store",
      files: [
        "a/domain.yaml": "domain: a\nowner: t\nstore: {sqlite: b.db}\n",
        "b/domain.yaml": "domain: b\nowner: t\n",
      ]),
    BadInput("missing-domain-file", files: ["d/p.yaml": "pipeline: p\ntasks: {a: {run: x}}\n"]),
    BadInput("reserved-domain", files: ["main/domain.yaml": "domain: main\nowner: t\n"]),
    BadInput("stray-file", files: ["p.yaml": "pipeline: p\ntasks: {a: {run: x}}\n"]),
    BadInput(
      "nested-pipeline",
      files: [
        "d/domain.yaml": "domain: d\nowner: t\n", "d/below/p.yaml": "pipeline: p\n",
        "d/below/t.yaml": "accepts: {}\npipeline: p\n", "d/below/other.yaml": "a: [\n",
      ]),
    BadInput("other-ending", files: ["d/domain.yaml": "domain: d\nowner: t\n", "d/p.yml": "pipeline: p\n"]),
    BadInput(
      "template",
      "pipeline: p\ntemplate: t.yaml\nwith: {tabel: d.x, count: many, extra: 1}\n",
      files: [
        "d/t.yaml": """
        accepts:
          table: {type: dataset}
          count: {type: integer}
          path: {type: string, default: a.csv}
        tasks:
          a:
            load: {file: {with: path}}
            into: {with: table}
            retry: {attempts: {with: count}}
        """
      ]),
    BadInput(
      "template-with-mistakes",
      "pipeline: p\ntemplate: t.yaml\nwith: {table: e.x}\n",
      files: [
        "d/t.yaml":
          "accepts: {table: {type: dataset}}\ntasks:\n  a: {run: x, writes: {with: table}, env: {X: {with: no}}}\n"
      ]),
    BadInput(
      "template-that-is-none", "pipeline: p\ntemplate: q.yaml\n",
      files: ["d/q.yaml": "pipeline: q\ntasks: {a: {run: x}}\n"]),
    BadInput(
      "template-that-is-broken", "pipeline: p\ntemplate: t.yaml\n",
      files: ["d/t.yaml": "accepts: {x: {typ: y}}\n"]),
    BadInput("with-without-template", "pipeline: p\nwith: {a: 1}\ntasks: {a: {run: {with: a}}}\n"),
  ]

  @Test(arguments: yaml + keys + meanings + environments)
  func `a mistake is told with its place and its cure`(input: BadInput) throws {
    let project = try TemporaryProject(input.files)
    let loaded = DeclarationLoader.load(project: project.root)
    Snapshot.expect(Check.text(loaded), matches: "\(input.name).txt")
    #expect(!loaded.diagnostics.isEmpty)
  }
}

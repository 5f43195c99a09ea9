// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .unsafeFlags(["-warnings-as-errors"]),
]

/// Rooms that all others call all the time are optimized in debug builds, too (those of the sanitizers are some),
/// or the tests would wait for them. Assertions stay.
let alwaysFast: Set<String> = ["Basics"]
let fast: [SwiftSetting] = [
  .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]

/// The rooms of the house, from the ground floor up. A room imports only rooms named above it.
let rooms: [(name: String, uses: [String])] = [
  ("Basics", ["CSystem"]),
  ("Threads", ["CSystem", "Basics"]),
  ("Diagnostics", ["Basics"]),
  ("MeshModel", ["CSystem", "Basics", "Diagnostics"]),
  ("SQLite", ["CSQLite", "CSystem", "Basics", "Threads", "MeshModel"]),
  ("HTTPServer", ["CSystem", "Basics", "Threads"]),
  ("Timetables", ["Basics", "Threads", "Diagnostics", "MeshModel"]),
  ("Declarations", ["CYAML", "CSystem", "Basics", "Threads", "Diagnostics", "MeshModel", "Timetables"]),
  ("Access", ["Basics", "MeshModel", "SQLite"]),
  ("Lineage", ["Basics", "Threads", "Diagnostics", "MeshModel", "SQLite", "Declarations", "Access"]),
  ("Records", ["CSystem", "Basics", "MeshModel", "SQLite", "Lineage"]),
  ("Planning", ["Basics", "Diagnostics", "MeshModel", "Timetables", "Declarations", "Lineage"]),
  (
    "Execution",
    [
      "CSystem", "Basics", "Threads", "Diagnostics", "MeshModel", "SQLite", "Timetables", "Declarations",
      "Access", "Lineage", "Records", "Planning",
    ]
  ),
  (
    "Orchestration",
    [
      "CSystem", "Basics", "Threads", "Diagnostics", "MeshModel", "SQLite", "Timetables", "Declarations",
      "Lineage", "Records", "Planning", "Execution",
    ]
  ),
  (
    "StatusPage",
    [
      "CSystem", "Basics", "Threads", "Diagnostics", "MeshModel", "HTTPServer", "Timetables", "Lineage",
      "Records", "Planning", "Execution", "Orchestration",
    ]
  ),
  (
    "CommandLine",
    [
      "CSystem", "Basics", "Threads", "Diagnostics", "MeshModel", "HTTPServer", "Timetables", "Declarations",
      "Lineage", "Records", "Planning", "Execution", "Orchestration", "StatusPage",
    ]
  ),
]

/// Rooms whose tests hold golden files.
let withSnapshots: Set<String> = ["CommandLine", "Declarations", "Diagnostics", "Lineage", "Records"]

/// What the tests of a room use besides the room and the test kit.
let alsoTested: [String: [Target.Dependency]] = ["Records": ["CrashDisk"]]

/// Built only when asked for: without libFuzzer it has no `main`.
let fuzzers: [Target] =
  Context.environment["HEDDLE_FUZZ"] == nil
  ? []
  : [
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Basics", "HTTPServer", "MeshModel", "Declarations", "Planning", "Execution", "Orchestration",
      ],
      path: "Tests/Fuzz/Targets", swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
  ]

/// Rooms whose tests alone are built, where no others are wanted: `Threads,Execution`.
let wanted = (Context.environment["HEDDLE_TESTS"] ?? "").split(separator: ",").map { $0 + "Tests" }

let targets: [Target] =
  [
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .target(name: "CSystem", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
  ]
  + rooms.map { room in
    .target(
      name: room.name, dependencies: room.uses.map { .init(stringLiteral: $0) },
      swiftSettings: settings + (alwaysFast.contains(room.name) ? fast : []))
  }
  + rooms.map { room in
    .testTarget(
      name: room.name + "Tests",
      dependencies: [.init(stringLiteral: room.name), "TestKit"] + (alsoTested[room.name] ?? []),
      exclude: withSnapshots.contains(room.name) ? ["Snapshots"] : [], swiftSettings: settings)
  }
  + [
    .target(
      name: "TestKit", dependencies: ["Basics", "Diagnostics"], path: "Tests/TestKit",
      swiftSettings: settings),
    .target(
      name: "CrashDisk", dependencies: ["CSQLite", "Basics", "SQLite"], path: "Tests/CrashDisk",
      swiftSettings: settings),
    .testTarget(
      name: "TidyTests",
      dependencies: [
        "TestKit", "Diagnostics", "MeshModel", "Declarations", "Lineage", "Orchestration", "CommandLine",
      ],
      swiftSettings: settings),
    .target(
      name: "Simulator",
      dependencies: [
        "CrashDisk", "Basics", "Threads", "Diagnostics", "MeshModel", "SQLite", "Timetables", "Lineage",
        "Records",
        "Planning", "Orchestration",
      ], path: "Tests/Simulator", exclude: ["ledger.tsv"], swiftSettings: settings),
    .testTarget(name: "SimulatorTests", dependencies: ["Simulator", "TestKit"], swiftSettings: settings),
    .executableTarget(
      name: "simulate", dependencies: ["Simulator", "Basics"], path: "Tests/Simulate",
      swiftSettings: settings),
    .executableTarget(
      name: "ticks", dependencies: ["Basics", "Timetables"], path: "Tests/Bench/Ticks",
      swiftSettings: settings),
    .executableTarget(name: "heddle", dependencies: ["CommandLine"], swiftSettings: settings),
  ] + fuzzers

let package = Package(
  name: "heddle",
  products: [.executable(name: "heddle", targets: ["heddle"])],
  targets: targets.filter { target in
    wanted.isEmpty || wanted.contains { $0 == target.name }
      || target.type != .test && target.name != "Simulator" && target.name != "simulate"
  }
)

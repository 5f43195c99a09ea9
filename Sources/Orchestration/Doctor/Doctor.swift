import Basics
import Execution
import MeshModel
import Records
import SQLite

/// Examines a state as it is found, beside its owner if it has one, and changes nothing.
public struct Doctor {
  /// Something that is not as it should be, or that is worth knowing.
  public struct Finding: Sendable, Hashable {
    /// How bad it is.
    public enum Level: String, Sendable, CaseIterable {
      case problem
      /// Worth knowing, and no reason to fail.
      case remark
    }

    public var level: Level
    /// The check that found it.
    public var check: String
    /// The number of the law that is broken, if it has one.
    public var law: Int?
    /// One sentence in lower case, without a full stop.
    public var message: String
    /// What to do about it.
    public var help: String?

    init(
      _ check: String, law: Int? = nil, _ message: String, help: String? = nil, level: Level = .problem
    ) {
      self.level = level
      self.check = check
      self.law = law
      self.message = message
      self.help = help
    }
  }

  /// What was looked at.
  public struct Check: Sendable, Hashable {
    public var name: String
    public var law: Int?
    /// What is true where nothing is found.
    public var sentence: String
    public var findings: Int
  }

  /// What was found.
  public struct Report: Sendable {
    public var checks: [Check] = []
    public var findings: [Finding] = []
    /// Nil: there is no state file, or it cannot be read.
    public var facts: StateFacts?
    public var owner: StateHolder?
    public var sqlite = SQLiteVersion.text

    public var isHealthy: Bool { !findings.contains { $0.level == .problem } }
  }

  let state: StateDirectory
  let domains: [Domain]
  let clock: any Clock

  /// - Parameter mesh: which domains there are, and where their stores lie.
  public init(state: StateDirectory, mesh: Mesh, clock: any Clock) {
    self.state = state
    domains = mesh.domains
    self.clock = clock
  }

  /// Looks at everything.
  public func report() -> Report {
    var report = Report()
    report.owner = state.currentOwner
    let patient = Patient(
      state: state, domains: domains, clock: clock, owner: report.owner, reader: reader(&report))
    if let reader = patient.reader {
      do { report.facts = try reader.facts() } catch { report.add(Self.unreadable(error)) }
    }
    for check in Self.checks(of: patient) { check.look(at: patient, into: &report) }
    report.findings.sort { $0.level == .problem && $1.level == .remark }
    return report
  }

  private func reader(_ report: inout Report) -> StateReader? {
    do { return try StateReader(opening: state, clock: clock) } catch {
      guard error.kind != .absent else { return nil }
      report.add(Self.unreadable(error))
      return nil
    }
  }

  static func unreadable(_ error: RecordsError) -> Finding {
    Finding("state_file", error.message, help: error.help)
  }

  private static func checks(of patient: Patient) -> [StateCheck] {
    let around: [StateCheck] = [.permissions, .space]
    guard patient.reader != nil else { return around + [.leftovers] }
    return around + [.clock, .leftovers, .releases] + StateLaw.all.map(StateCheck.init) + [.stores]
  }
}

extension Doctor.Report {
  mutating func add(_ finding: Doctor.Finding) { findings.append(finding) }
}

/// What the doctor looks at.
struct Patient {
  let state: StateDirectory
  let domains: [Domain]
  let clock: any Clock
  let owner: StateHolder?
  let reader: StateReader?
}

/// One thing to look at.
struct StateCheck: Sendable {
  typealias Finding = Doctor.Finding

  let name: String
  var law: Int?
  /// What is true where nothing is found.
  let sentence: String
  let findings: @Sendable (Patient) throws -> [Finding]

  func look(at patient: Patient, into report: inout Doctor.Report) {
    let found: [Finding]
    do {
      found = try findings(patient)
    } catch let error as RecordsError where error.kind == .tooSlow {
      found = [
        Finding(
          name, law: law, "not looked at to the end: \(error.message)",
          help: "look again when nobody owns the state", level: .remark)
      ]
    } catch let error as RecordsError {
      found = [Finding(name, law: law, error.message, help: error.help)]
    } catch {
      found = [Finding(name, law: law, "\(error)")]
    }
    report.findings += found
    report.checks.append(
      .init(name: name, law: law, sentence: sentence, findings: found.count { $0.level == .problem }))
  }
}

extension StateCheck {
  /// A law of the state file.
  init(_ law: StateLaw) {
    self.init(name: law.name, law: law.number, sentence: law.sentence) { patient in
      try patient.reader?.breaks(of: law).map {
        Finding(
          law.name, law: law.number, $0,
          help: "put back a copy of the state that is whole")
      } ?? []
    }
  }
}

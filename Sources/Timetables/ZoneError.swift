/// Why there is no such time zone here.
public struct ZoneError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the matter is.
  public enum Kind: Hashable, Sendable {
    /// Not the form of a zone's name.
    case invalidName
    /// No zone file has the name.
    case unknown
    /// There is a file, and it is damaged or no zone file.
    case unreadable
    /// The machine has no zone files at all.
    case noZoneFiles
  }

  public var kind: Kind
  /// As it was asked for.
  public var name: String
  /// The folder that was searched.
  public var folder: String

  /// One sentence in lower case, names in 'quotes'.
  public var description: String {
    switch kind {
    case .invalidName: "'\(name)' is no name of a time zone"
    case .unknown: "there is no time zone '\(name)'"
    case .unreadable: "the zone file of '\(name)' in '\(folder)' cannot be read"
    case .noZoneFiles: "there is no time zone '\(name)': '\(folder)' holds no zone files"
    }
  }

  /// What to do about it, when nothing closer can be said.
  public var help: String {
    switch kind {
    case .invalidName, .unknown: "write an IANA name such as 'Europe/Berlin' or 'UTC'"
    case .unreadable: "install the system's tzdata package again"
    case .noZoneFiles: "install the system's tzdata package, or set TZDIR to where zone files are"
    }
  }

  /// The names that could have been meant: all that the machine knows, sorted.
  public var candidates: [String] { kind == .noZoneFiles ? ["UTC"] : ZoneFolder(path: folder).names() }

  /// The names that differ only in case, or whose last part was written alone: `berlin` for `Europe/Berlin`.
  public var closest: [String] {
    let wanted = name.lowercased()
    return candidates.filter { candidate in
      let lower = candidate.lowercased()
      return lower == wanted || lower.hasSuffix("/" + wanted)
    }
  }
}

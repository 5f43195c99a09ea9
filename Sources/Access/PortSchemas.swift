import SQLite

/// The schemas of other domains on a connection: at most ten at a time, the one used longest ago leaves
/// first.
struct PortSchemas {
  /// By last use, the latest last.
  private var attached: [String] = []

  /// Sees to it that these domains have schemas; answers those that are new, and whom they drove out. Not
  /// within a transaction.
  mutating func attach(_ domains: Set<String>, on connection: Connection) throws(AccessError) -> (
    new: [String], gone: [String]
  ) {
    guard domains.count <= PortRules.mostDomains else {
      throw AccessError(
        .tooManyDomains,
        "a task's SQL can read from \(PortRules.mostDomains) other domains, and this names \(domains.count)")
    }
    var changes: (new: [String], gone: [String]) = ([], [])
    do {
      for name in domains.sorted() {
        if let place = attached.firstIndex(of: name) {
          attached.append(attached.remove(at: place))
          continue
        }
        if attached.count == PortRules.mostDomains,
          let place = attached.firstIndex(where: { !domains.contains($0) })
        {
          try connection.execute("DETACH \(attached[place].sqlName)")
          changes.gone.append(attached.remove(at: place))
        }
        try connection.execute("ATTACH 'file:port?mode=memory' AS \(name.sqlName)")
        attached.append(name)
        changes.new.append(name)
      }
    } catch {
      throw AccessError(error)
    }
    return changes
  }
}

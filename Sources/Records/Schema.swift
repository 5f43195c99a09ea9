import SQLite

/// What the state file looks like: who it belongs to and the migrations that make its tables.
enum Schema {
  /// Marks a file as ours: "Hedl" in ASCII, SQLite's `application_id`.
  static let applicationID: Int64 = 0x4865_646C

  /// Ascending; a landed migration is never edited, a later one changes what it made.
  static let migrations: [Migration] = [
    Migration(number: 1, script: "PRAGMA application_id = \(applicationID);\n" + firstTables),
    Migration(number: 2, script: goingOn),
    Migration(number: 3, script: retention),
    Migration(number: 4, script: schedules),
    Migration(number: 5, script: audit),
    Migration(number: 6, script: staleness),
    Migration(number: 7, script: triggers),
    Migration(number: 8, script: deferrals),
    Migration(number: 9, script: numbers),
    Migration(number: 10, script: alerts),
    Migration(number: 11, script: renewals),
  ]

  static let number = migrations.last?.number ?? 0

  /// The SHA-256 of what `dump` answers once a file went through all migrations: to go through them in memory
  /// for a comparison takes longer than all else that opening a file does.
  static let digest = "7ec7af99a0fce154d71860ad452c55d62319c4367f8b3e06da5aac8923c9126b"

  /// Every object of a file's schema as it was written, sorted by name.
  static func dump(_ connection: Connection) throws -> String {
    let statement = try connection.prepare(
      """
      SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
      ORDER BY name
      """
    )
    var dump = ""
    while try statement.step() { dump += statement.text(0) + ";\n\n" }
    return dump
  }
}

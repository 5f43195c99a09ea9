import MeshModel
import SQLite

/// Follows the numbers of appended rows through a VACUUM.
///
/// VACUUM numbers the rows of a table without an index anew, in their order and without gaps, and nothing
/// tells of it. So a table of one row with a gap before it stands watch: if its row was numbered anew, so
/// were others.
enum RowNumbering {
  /// The number of the watching row as long as nothing happened.
  static let mark = 2

  /// Brings what is remembered of appended rows up to the numbers that they have now.
  static func follow(domain: String, on connection: Connection) throws {
    let watch = try connection.cached("SELECT rowid FROM _heddle_numbering")
    defer { watch.reset() }
    guard try watch.step(), watch.int(0) != mark else { return }
    watch.reset()
    let names = try connection.prepare("SELECT DISTINCT dataset FROM _heddle_appended")
    var datasets: [String] = []
    while try names.step() { datasets.append(names.text(0)) }
    for name in datasets {
      guard let dataset = DatasetName(name) else { continue }
      try follow(dataset, on: connection)
    }
    try connection.execute("UPDATE _heddle_numbering SET rowid = \(mark)")
  }

  private static func follow(_ dataset: DatasetName, on connection: Connection) throws {
    let table = dataset.sqlName
    let place = try connection.prepare(
      """
      SELECT (SELECT count(*) FROM pragma_table_xinfo(?1, ?2)),
             (SELECT count(*) FROM pragma_table_xinfo(?1, ?2) WHERE pk > 0 AND lower(type) = 'integer'),
             (SELECT sum(last - first + 1) FROM _heddle_appended WHERE dataset = ?3)
      """)
    place.bind(dataset.name, at: 1)
    place.bind(dataset.domain, at: 2)
    place.bind(dataset.description, at: 3)
    // A table that is gone is made anew later; numbers that are a column of the table stay.
    guard try place.step(), place.int(0) > 0, place.int(1) == 0 else { return }
    let remembered = place.int64(2)
    place.reset()
    let shape = try connection.prepare("SELECT count(*), ifnull(max(rowid), 0) FROM \(table)")
    guard try shape.step() else { return }
    // With an index they stay too, gaps and all. Where there is no gap, new numbers are what old ones were or
    // the places in their order, and both are the same.
    let (rows, last) = (shape.int64(0), shape.int64(1))
    shape.reset()
    guard rows == last else { return }
    guard rows == remembered else {
      throw AttemptFailure(
        "renumbered",
        "the store was vacuumed, which gave the rows of '\(dataset)' new numbers, so that it is not known any "
          + "more which of them earlier runs appended: drop or rename the table and append anew",
        isPermanent: true)
    }
    try connection.execute(
      """
      CREATE TEMP TABLE _heddle_renumbered AS
        SELECT scope, last - first + 1 AS rows,
          sum(last - first + 1) OVER (ORDER BY first) AS last
        FROM _heddle_appended WHERE dataset = '\(dataset)';
      DELETE FROM _heddle_appended WHERE dataset = '\(dataset)';
      INSERT INTO _heddle_appended
        SELECT '\(dataset)', scope, last - rows + 1, last FROM temp._heddle_renumbered;
      DROP TABLE temp._heddle_renumbered;
      """)
  }
}

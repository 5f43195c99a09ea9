import CSQLite
import Glibc

/// Keeps the write-ahead log longer than what is written to it, and has it written into the file when it is
/// long enough.
///
/// A sync of a file that has grown must write the file's length as well, which costs as much again as the
/// data. So the log is made longer ahead of its end, by pieces of zeros: SQLite reads no further than the
/// last frame whose checksum holds, and zeros are none. Only bytes behind the end of the file are ever
/// written, by the thread that commits.
final class LogPaver {
  /// Some sixty small commits.
  private static let piece = 256 << 10
  /// Bytes of a log's header and of a frame's.
  private static let header = 32
  private static let frameHeader = 24

  private let descriptor: Int32
  private let checkpointPages: Int32
  private let frame: Int
  private var paved: Int

  /// Nil where the log cannot be opened beside SQLite: then it grows as it always did.
  init?(log path: String, pageSize: Int, checkpointPages: Int) {
    descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      close(descriptor)
      return nil
    }
    self.checkpointPages = Int32(clamping: checkpointPages)
    frame = pageSize + Self.frameHeader
    paved = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Called by SQLite after each commit with the frames that the log holds.
  fileprivate func committed(_ database: OpaquePointer?, frames: Int32) {
    if frames >= checkpointPages {
      // Busy readers keep it from being complete; then the next commit tries again, as SQLite's own does.
      sqlite3_wal_checkpoint_v2(database, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
    pave(beyond: Self.header + Int(frames) * frame)
  }

  /// Adds a piece when a commit or two more might reach the end.
  func pave(beyond end: Int) {
    guard end + 16 * frame > paved else { return }
    // A large commit, or another hand, may have made the file longer than was paved.
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return }
    paved = max(paved, Int(status.st_size))
    guard end + 16 * frame > paved else { return }
    let zeros = [UInt8](repeating: 0, count: Self.piece)
    // Where it fails, as on a full disk, the commit itself will say so.
    let written = pwrite(descriptor, zeros, zeros.count, off_t(paved))
    if written > 0 { paved += written }
  }
}

extension Connection {
  /// Keeps the write-ahead log paved ahead of its end, and checkpoints it when it holds so many pages.
  ///
  /// For the one connection that writes a file, which takes the place of SQLite's own checkpoints.
  public func paveLog(checkpointPages: Int) throws(SQLiteError) {
    let pageSize = Int(try integer(of: "PRAGMA page_size"))
    guard
      let paver = LogPaver(log: path + "-wal", pageSize: pageSize, checkpointPages: checkpointPages)
    else { return }
    self.paver = paver
    sqlite3_wal_hook(
      handle,
      { context, database, _, frames in
        guard let context else { return SQLITE_OK }
        Unmanaged<LogPaver>.fromOpaque(context).takeUnretainedValue().committed(database, frames: frames)
        return SQLITE_OK
      }, Unmanaged.passUnretained(paver).toOpaque())
    paver.pave(beyond: 0)
  }
}

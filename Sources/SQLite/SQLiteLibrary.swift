import CSQLite
import CSystem
import Glibc
import Threads

/// What holds for SQLite in the whole process.
public enum SQLiteLibrary {
  /// Done once, before SQLite is first used: the bytes in use are not counted, as the count has one lock that
  /// every allocation of every thread would take. Instead each thread's own are, while a `WorkGuard` stands.
  public static let isSetUp: Bool =
    heddle_config_no_memory_count() == SQLITE_OK
    && heddle_config_memory(
      heddle_guarded_malloc, heddle_guarded_free, heddle_guarded_realloc, heddle_guarded_size) == SQLITE_OK

  private static let temporaryFolder = Guarded("")

  /// Says where sorting and temporary tables spill to, for the whole process: the first folder that is named
  /// stays, as long as it is there. A folder that cannot be written leaves the choice to SQLite.
  public static func spillTemporaryFiles(to folder: String) {
    temporaryFolder.withLock { current in
      if !current.isEmpty, access(current, W_OK) == 0 { return }
      guard isSetUp, access(folder, W_OK) == 0 else { return }
      current = folder
      heddle_set_temporary_folder(folder)
    }
  }
}

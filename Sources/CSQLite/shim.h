// What Swift cannot call in sqlite3.h: variadic functions.
#ifndef HEDDLE_CSQLITE_SHIM_H
#define HEDDLE_CSQLITE_SHIM_H
#include <sqlite3.h>

/// A module's own virtual table: SQLite's part first, then whatever the owner hangs on it.
typedef struct heddle_vtab {
  sqlite3_vtab base;
  void *owner;
} heddle_vtab;

/// A module's own cursor: SQLite's part first, then whatever the owner hangs on it.
typedef struct heddle_vtab_cursor {
  sqlite3_vtab_cursor base;
  void *owner;
} heddle_vtab_cursor;

/// Turns one on-off setting of a connection on or off.
static inline int heddle_db_config_flag(sqlite3 *db, int op, int on) {
  return sqlite3_db_config(db, op, on, (int *)0);
}

/// Leaves off counting the bytes in use; only before SQLite is first used.
static inline int heddle_config_no_memory_count(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/// How many bytes SQLite asks for when it wants so many.
static inline int heddle_memory_roundup(int count) { return (count + 7) & ~7; }
static inline int heddle_memory_init(void *context) { (void)context; return 0; }
static inline void heddle_memory_shutdown(void *context) { (void)context; }

/// Lets SQLite take its memory by these functions; only before it is first used.
static inline int heddle_config_memory(void *(*take)(int), void (*give)(void *), void *(*resize)(void *, int),
                                       int (*size)(void *)) {
  sqlite3_mem_methods methods = {take, give, resize, size, heddle_memory_roundup,
                                 heddle_memory_init, heddle_memory_shutdown, 0};
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

/// Says where temporary files go from now on; the text is never given back.
static inline void heddle_set_temporary_folder(const char *path) {
  // The mutex under which SQLite reads it.
  sqlite3_mutex *mutex = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_VFS1);
  sqlite3_mutex_enter(mutex);
  sqlite3_temp_directory = sqlite3_mprintf("%s", path);
  sqlite3_mutex_leave(mutex);
}

/// Names the main database of a connection; SQLite keeps the pointer until the connection is closed.
static inline int heddle_db_config_main_name(sqlite3 *db, const char *name) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_MAINDBNAME, name);
}

/// Declares a virtual table unsafe inside triggers and views.
static inline int heddle_vtab_config_direct_only(sqlite3 *db) {
  return sqlite3_vtab_config(db, SQLITE_VTAB_DIRECTONLY);
}

/// A copy of `text` that `sqlite3_free` takes back, as error messages of virtual tables must be.
static inline char *heddle_copy_message(const char *text) { return sqlite3_mprintf("%s", text); }
#endif

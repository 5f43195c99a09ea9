import Testing

@testable import StatusPage

/// What lines say of themselves, as those write them that tasks are made of.
struct LogLevelTests {
  private static func level(of line: String) -> LogLevel? {
    Array(line.utf8).withUnsafeBytes { LogLevel(ofLine: $0) }
  }

  @Test(arguments: [
    // Python: the standard library's form, a usual one, Airflow, Celery, loguru, what is thrown.
    "ERROR:root:the file is gone", "2024-01-02 10:11:12,345 - etl.load - ERROR - no such table",
    "CRITICAL:etl:out of disk", "[2024-01-02, 10:11:12 UTC] {taskinstance.py:1851} ERROR - Task failed",
    "[2024-01-02 10:11:12,345: ERROR/MainProcess] Task x raised unexpected: KeyError('n')",
    "2024-01-02 10:11:12.345 | ERROR    | __main__:<module>:3 - no such table",
    "ValueError: invalid literal for int() with base 10: 'a'", "AssertionError",
    "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection refused",
    // Java: log4j, logback, java.util.logging, what is thrown.
    "2024-01-02 10:11:12,345 ERROR [main] com.example.Job - broken",
    "10:11:12.345 [main] ERROR c.e.Job -- broken",
    "2024-01-02T10:11:12.345Z ERROR 1 --- [           main] c.e.Job : broken", "SEVERE: broken",
    "java.lang.IllegalStateException: broken", "Caused by: java.io.IOException: No space left on device",
    // Go: slog as text and as JSON, the standard form, logrus, zap.
    "time=2024-01-02T10:11:12.345Z level=ERROR msg=\"no such table\" n=3", "level=ERROR+2 msg=worse",
    #"{"time":"2024-01-02T10:11:12.345Z","level":"ERROR","msg":"no such table"}"#,
    "2024/01/02 10:11:12 ERROR no such table n=3", "ERROR[0012] no such table",
    #"time="2024-01-02T10:11:12Z" level=fatal msg="cannot start""#,
    #"{"level":"error","ts":1704190272.3,"caller":"a.go:3","msg":"broken"}"#,
    // JSON with its message first, of structlog, python-json-logger, ECS and clouds.
    #"{"event": "level is warning, says he", "level": "error", "timestamp": "2024-01-02"}"#,
    #"{"asctime": "10:11", "levelname": "ERROR", "message": "broken"}"#,
    #"{"@timestamp":"2024-01-02","log.level":"ERROR","message":"broken"}"#, #"  { "Severity" : "Critical" }"#,
    // What daemons write to the journal, and servers to files.
    "Jan 02 10:11:12 host prog[123]: ERROR: broken", "Jan 02 10:11:12 host prog[123]: error: broken",
    "2024/01/02 10:11:12 [error] 123#0: *1 open() failed", "[Tue Jan 02 10:11:12 2024] [Error] broken",
    // npm of old and of late.
    "npm ERR! code ELIFECYCLE", "npm ERR!", "npm error code E404", "npm error",
    // Compilers and what behaves like them.
    "main.c:12:5: error: expected ';' after expression", "main.c:1:10: fatal error: 'x.h' file not found",
    "error[E0412]: cannot find type `T` in this scope", "/src/a.swift:3:1: error: cannot find 'x' in scope",
    "error: could not compile `heddle`", "Error: Cannot find module 'x'", "fatal: not a git repository",
    "ld: error: undefined symbol: main",
    // dbt and psql.
    "10:11:12  1 of 3 ERROR creating sql table model public.orders ........ [ERROR in 0.05s]",
    "\u{1B}[0m10:11:12  2 of 3 \u{1B}[31mFAIL\u{1B}[0m, \u{1B}[31mERROR\u{1B}[0m in test",
    "psql:load.sql:3: ERROR:  relation \"orders\" does not exist", "ERROR:  division by zero",
    "psql: error: connection to server on socket failed", "FATAL:  database \"x\" does not exist",
    "2024-01-02 10:11:12.345 UTC [123] PANIC:  could not write to file",
    // Colours, and a link.
    "\u{1B}[31mERROR\u{1B}[0m the timetable has no entry", "\u{1B}[1;31merror\u{1B}[0m: could not compile",
    "\u{1B}]8;;file:a\u{1B}\\a.c\u{1B}]8;;\u{7}:3: \u{1B}[1merror: \u{1B}[m broken", "   ERROR broken",
    "ERROR",
    // Heddle itself.
    "heddle: the column 'n' is missing",
  ])
  func `a line says that it is an error`(line: String) {
    #expect(Self.level(of: line) == .error)
  }

  @Test(arguments: [
    "WARNING:root:slow", "2024-01-02 10:11:12,345 WARN  [main] com.example.Job - ERROR is near",
    "/app/etl.py:12: DeprecationWarning: use something else", "time=2024-01-02T10:11:12Z level=WARN msg=slow",
    #"{"time":"2024-01-02","level":"WARN","msg":"ERROR"}"#, #"{"severity":"WARNING","message":"slow"}"#,
    "npm WARN deprecated a@1", "npm warn deprecated a@1",
    "main.c:12:5: warning: unused variable 'x' [-Wunused]",
    "warning: unused import: `x`", "10:11:12  2 of 3 WARN 5 not_null_orders_id ...... [WARN 5 in 0.10s]",
    "WARNING:  there is no transaction in progress", "[warn] slow", "warn: Microsoft.Hosting[0]",
    "\u{1B}[33mWARN\u{1B}[0m slow", "\u{1B}(B\u{1B}[mwarning: slow", "\u{1B}[33mWARN\u{1B}(B\u{1B}[m slow",
    "\u{FEFF}Warning: slow", "level='warning' n=1", "(WARNING) slow", "<WARN> slow",
  ])
  func `a line says that it is a warning`(line: String) {
    #expect(Self.level(of: line) == .warning)
  }

  @Test(arguments: [
    "", " ", "a line", "0 errors", "error_rate=0.1", "ERROR_RATE=0.1", "ERRORS 0", "ERROR=0 WARN=0",
    "10:11:12  Done. PASS=2 WARN=0 ERROR=1 SKIP=0 TOTAL=3",
    "10:11:12  Completed with 1 error and 0 warnings:",
    "Database Error in model orders (models/orders.sql)", "there was an error", "no error: all is well",
    "errors: 0", "Errors: 0, warnings: 0", "an error-free run", "E0412-free", "NON-ERROR", "ERROR-free",
    "compiling with -Werror -Wall", "std::error::Error is a trait", "error::Error",
    "see /var/log/ERROR/today",
    "wrote ERROR.log", "SET client_min_messages = WARNING;", "SELECT * FROM log WHERE level = 'ERROR'",
    "SELECT coalesce(ERROR, 0)", "rows[ERROR]", "rows[error] = 3", "tool --level=error", "log_level=error",
    "2024-01-02 10:11:12,345 INFO  [main] com.example.Job - ERROR handler installed",
    "INFO:root:ERROR",
    "level=info msg=\"level=error\"", "time=2024-01-02T10:11:12Z level=INFO msg=\"ERROR in upstream\"",
    #"{"level":"info","msg":"ERROR","next":{"level":"error"}}"#, #"{"msg":"say \"level\":\"error\""}"#,
    #"{"msg":"ERROR: broken"}"#, #"{"level":50,"msg":"broken"}"#, #"{"error":"none","n":1}"#, "{",
    "NOTICE:  table \"orders\" does not exist, skipping", "[info] error: none", "debug: error: none",
    "npm notice error", "npm errors", "a npm error here", "level=gold", "level=", "level",
    "MyError is a class",
    "a ValueError: may come", "Warning signs were counted",
    "\u{1B}[31mred\u{1B}[0m", "\u{1B}", "\u{1B}[", "\u{1B}]",
    String(repeating: "x", count: 120) + " ERROR", String(repeating: " ", count: 120) + "ERROR",
    "heddle is fine", "err", "fatal", "Error", "KRITISCHER FEHLER", "ÜERROR", "ERRORÜ",
  ])
  func `a line that only tells of errors is none`(line: String) {
    #expect(Self.level(of: line) == nil)
  }

  @Test func `a level counts as far as a line is looked at, and no further`() {
    for before in 0...200 {
      let line = String(repeating: "x", count: before) + " CRITICAL"
      #expect(Self.level(of: line) == (before < 120 - 1 ? .error : nil), "\(before)")
      // What a terminal does not show is no part of the way.
      let coloured = "\u{1B}[38;5;196m" + String(repeating: "\u{1B}[0m", count: 50) + line
      #expect(Self.level(of: coloured) == Self.level(of: line), "\(before)")
    }
    let message = String(repeating: "x", count: 3000)
    #expect(Self.level(of: #"{"message":"\#(message)","level":"error"}"#) == .error)
    #expect(Self.level(of: #"{"message":"\#(message)\#(message)","level":"error"}"#) == nil)
  }

  @Test func `who asks for warnings is shown errors, too`() {
    #expect(LogLevel.warning.includes(.error) && LogLevel.warning.includes(.warning))
    #expect(LogLevel.error.includes(.error) && !LogLevel.error.includes(.warning))
  }
}

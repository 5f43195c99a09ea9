import SQLite

extension DomainConnection.Limits {
  /// Sets the bounds that SQLite keeps for a connection.
  func apply(to connection: Connection) {
    connection.limit(.length, to: length)
    connection.limit(.statementLength, to: statementLength)
    connection.limit(.patternLength, to: patternLength)
    connection.limit(.programSteps, to: programSteps)
    connection.limit(.expressionDepth, to: 1000)
    connection.limit(.compoundSelects, to: 500)
    connection.limit(.functionArguments, to: 100)
    connection.limit(.attachedDatabases, to: 10)
    connection.limit(.triggerDepth, to: 100)
  }

  /// What an error of SQLite, by its extended code, says if it is that one of these bounds was passed.
  func passed(_ code: Int32, _ refusal: WorkGuard.Refusal?) -> AccessError? {
    let message: String
    switch refusal {
    case .memory: message = "the SQL needs more than the \(memory >> 20) MiB of memory that it may take"
    case .depth: message = "the SQL is nested too deep"
    case .over, nil:
      guard SQLiteError(extendedCode: code, message: "").isTooBig else { return nil }
      message = "a text, a blob or a row is longer than the \(length >> 20) MiB that it may have"
    }
    return AccessError(.overLimit, message, code: code)
  }
}

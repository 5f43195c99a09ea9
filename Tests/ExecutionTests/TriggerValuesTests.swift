import Testing

@testable import Execution

@Suite struct TriggerValuesTests {
  @Test(arguments: [
    ("SELECT date('now')", true), ("SELECT date( )", true), ("SELECT datetime('subsec')", true),
    ("SELECT strftime('%Y-%m-%d')", true), ("SELECT STRFTIME ( '%s' )", true), ("SELECT random()", true),
    ("SELECT current_date", true), ("SELECT strftime('%Y', :interval_start)", false),
    ("SELECT date(:interval_start, '+1 day')", false), ("SELECT :each || 'x'", false),
  ])
  func `SQL that goes by the clock or by chance is not foreseen`(_ sql: String, _ mayChange: Bool) {
    #expect(TriggerValues.mayChange(sql) == mayChange)
  }
}

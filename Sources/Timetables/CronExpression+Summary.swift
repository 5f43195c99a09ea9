import Basics

extension CronExpression {
  /// What the expression says, in English: `at 06:00 on Monday to Friday`.
  public var summary: String {
    let days = dayText
    return
      ([timeText] + (days.isEmpty && timeText.hasPrefix("at ") ? ["every day"] : days)
      + (isFull(.month) ? [] : ["in " + Self.list(numbers(.month), names: Self.months)]))
      .joined(separator: " ")
  }

  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let months = [
    "", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
  ]

  /// The numbers of a field in order; of the weekdays, Sunday last and as 0.
  private func numbers(_ field: CronField) -> [Int] {
    let bits = sets[field.rawValue].bits
    let numbers = field.range.filter { bits & (1 << UInt64($0)) != 0 }
    guard field == .dayOfWeek else { return numbers }
    let sunday = numbers.contains { $0 % 7 == 0 } ? [0] : []
    return numbers.filter { $0 % 7 != 0 } + sunday
  }

  private func isFull(_ field: CronField) -> Bool {
    numbers(field).count == (field == .dayOfWeek ? 7 : field.range.count)
  }

  private var timeText: String {
    let minutes = numbers(.minute)
    let hours = numbers(.hour)
    if isFull(.hour) {
      if isFull(.minute) { return "every minute" }
      if let step = Self.step(minutes, of: 60) { return "every \(step) minutes" }
      return minutes == [0] ? "every hour" : "every hour at minute " + Self.list(minutes)
    }
    if minutes == [0], let step = Self.step(hours, of: 24) { return "every \(step) hours" }
    if minutes.count * hours.count <= 6 {
      let times = hours.flatMap { hour in minutes.map { hour.padded(2) + ":" + $0.padded(2) } }
      return "at " + Self.joined(times)
    }
    let each = isFull(.minute) ? "every minute" : "at minute " + Self.list(minutes)
    return each + (hours.count == 1 ? " of hour " : " of hours ") + Self.list(hours)
  }

  private var dayText: [String] {
    let dates = isFull(.dayOfMonth) ? nil : "on day " + Self.list(numbers(.dayOfMonth)) + " of the month"
    let weekdays =
      isFull(.dayOfWeek) ? nil : "on " + Self.list(numbers(.dayOfWeek), names: Self.weekdays)
    let needsBoth =
      sets[CronField.dayOfMonth.rawValue].beginsWithStar || sets[CronField.dayOfWeek.rawValue].beginsWithStar
    switch (dates, weekdays, needsBoth) {
    case (nil, nil, _), (nil, _?, false), (_?, nil, false): return []
    case (let only?, nil, _), (nil, let only?, _): return [only]
    case (let dates?, let weekdays?, true): return [dates, "that is also", String(weekdays.dropFirst(3))]
    case (let dates?, let weekdays?, false): return [dates, "or", weekdays]
    }
  }

  /// The step, if the numbers are exactly its multiples below a whole that it divides.
  private static func step(_ numbers: [Int], of whole: Int) -> Int? {
    guard numbers.count > 1, numbers[0] == 0, whole % numbers[1] == 0 else { return nil }
    return numbers == Array(stride(from: 0, to: whole, by: numbers[1])) ? numbers[1] : nil
  }

  /// The numbers or their names, three and more in a row as a range.
  private static func list(_ numbers: [Int], names: [String]? = nil) -> String {
    func text(_ number: Int) -> String { names.map { $0[number] } ?? String(number) }
    var runs: [[Int]] = []
    for number in numbers {
      let last = runs.last?.last
      if let last, number == last + 1 || (names?.count == 7 && last == 6 && number == 0) {
        runs[runs.count - 1].append(number)
      } else {
        runs.append([number])
      }
    }
    return joined(
      runs.flatMap { run in
        guard run.count > 2, let first = run.first, let last = run.last else { return run.map(text) }
        return ["\(text(first)) to \(text(last))"]
      })
  }

  private static func joined(_ items: [String]) -> String {
    guard items.count > 1, let last = items.last else { return items.joined() }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }
}

import Basics

/// The form in which RFC 9110 writes a moment: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(_ moment: Instant) -> String {
    let time = CivilTime(secondsSinceEpoch: moment.seconds)
    // 1970-01-01 was a Thursday.
    let day = Int(((moment.seconds / 86_400) % 7 + 11) % 7)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let clock = "\(two(time.hour)):\(two(time.minute)):\(two(time.second))"
    let month = months[(time.month - 1) % months.count]
    return "\(days[day]), \(two(time.day)) \(month) \(time.year) \(clock) GMT"
  }
}

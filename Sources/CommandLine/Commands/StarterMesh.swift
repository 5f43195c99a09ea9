/// The mesh that `heddle init` writes: small enough to be read in a minute, and every part of it runs.
enum StarterMesh {
  struct File {
    /// Relative to the project.
    var path: String
    var text: String
    var isScript = false
  }

  /// What to try, each line a command that works in the project.
  static let nextLines = [
    "heddle check",
    "heddle test",
    "heddle graph",
    "heddle backfill 'reports/*' --upstream --from 2025-01-01 --to 2025-01-03 --yes",
    "heddle runs",
    "heddle lineage reports.daily_sales --up 1",
  ]

  static let ignored = File(path: ".gitignore", text: ".heddle/\n")

  static let files: [File] = [
    File(path: "dags/mesh.yaml", text: mesh),
    File(path: "dags/shop/domain.yaml", text: shop),
    File(path: "dags/shop/orders.yaml", text: orders),
    File(path: "dags/reports/domain.yaml", text: reports),
    File(path: "dags/reports/sales.yaml", text: sales),
    File(path: "dags/reports/daily_sales.sql", text: dailySales),
    File(path: "dags/reports/summary.test.yaml", text: summaryTest),
    File(path: "dags/reports/announce.sh", text: announce, isScript: true),
    File(path: "landing/orders/2025-01-01.csv", text: firstDay),
    File(path: "landing/orders/2025-01-02.csv", text: secondDay),
    File(path: "landing/orders/2025-01-03.csv", text: thirdDay),
  ]

  private static let mesh = """
    # What binds all domains. SQL sees a value as :name, a process as HEDDLE_VALUE_<NAME>.
    values: {currency: EUR}

    """

  private static let shop = """
    domain: shop
    title: Shop
    description: What was ordered, day by day.
    owner: shop-team

    """

  private static let orders = """
    # One run loads one day: the file of the partition replaces exactly the rows of that day.
    pipeline: orders
    description: Orders by day, from the daily files of the tills.
    partition: daily
    schedule:
      cron: "0 6 * * *"
      start: 2025-01-01
      end: 2025-01-04
    tasks:
      land:
        load: {file: {sql: "SELECT 'landing/orders/' || :partition || '.csv'"}}
        into: shop.orders
        columns: {day: text, id: integer, item: text, amount: real}
        mode: partition
        partition_by: day

    """

  private static let reports = """
    domain: reports
    title: Reports
    description: What the shop's numbers say.
    owner: reports-team

    """

  private static let sales = """
    # Nothing here says that this comes after shop/orders: the SQL reads shop.orders, and that is the edge.
    pipeline: sales
    description: Sales by day and item.
    partition: daily
    schedule:
      cron: "30 6 * * *"
      start: 2025-01-01
      end: 2025-01-04
    tasks:
      summary:
        sql: daily_sales.sql
        into: reports.daily_sales
        mode: partition
        partition_by: day
      announce:
        run: ./announce.sh
        reads: reports.daily_sales

    """

  private static let dailySales = """
    SELECT day, item, count(*) AS orders, sum(amount) AS revenue, :currency AS currency
      FROM shop.orders
     WHERE day = :partition
     GROUP BY day, item

    """

  private static let summaryTest = """
    # What the task 'summary' makes of rows like these; 'heddle test' tries it, in memory.
    partition: 2025-01-01
    given:
      shop.orders:
        - {day: 2025-01-01, id: 1, item: tea, amount: 4.5}
        - {day: 2025-01-01, id: 2, item: tea, amount: 9}
        - {day: 2025-01-02, id: 3, item: jam, amount: 5.1}
    expect:
      reports.daily_sales:
        - {day: 2025-01-01, item: tea, orders: 2, revenue: 13.5, currency: EUR}

    """

  private static let announce = """
    #!/bin/sh
    # A process is told what to do by its environment, and may tell JSON in $HEDDLE_OUTPUT.
    echo "sales of $HEDDLE_PARTITION are summed up in $HEDDLE_VALUE_CURRENCY"
    printf '{"outputs": {"announced": "%s"}}' "$HEDDLE_PARTITION" > "$HEDDLE_OUTPUT"

    """

  private static let firstDay = """
    day,id,item,amount
    2025-01-01,1,tea,4.50
    2025-01-01,2,bread,3.20
    2025-01-01,3,tea,9.00

    """

  private static let secondDay = """
    day,id,item,amount
    2025-01-02,4,bread,6.40
    2025-01-02,5,jam,5.10

    """

  private static let thirdDay = """
    day,id,item,amount
    2025-01-03,6,tea,4.50
    2025-01-03,7,jam,5.10
    2025-01-03,8,bread,3.20
    2025-01-03,9,tea,4.50

    """
}

extension FootprintCase {
  static let reading: [FootprintCase] = [
    .init("SELECT 1"),
    .init("SELECT id, amount FROM orders WHERE customer = 1", reads: "shop.orders(amount, customer, id)"),
    .init("SELECT id FROM shop.orders", reads: "shop.orders(id)"),
    .init("SELECT id FROM main.orders", reads: "shop.orders(id)"),
    .init("SELECT ID FROM Shop.\"ORDERS\"", reads: "shop.orders(id)"),
    .init("SELECT o.id FROM [orders] o", reads: "shop.orders(id)"),
    .init("SELECT count(*) FROM orders", reads: "shop.orders()"),
    .init("SELECT count(*) FROM stock.items", reads: "stock.items()"),
    .init("SELECT 1 WHERE EXISTS (SELECT 1 FROM stock.items)", reads: "stock.items()"),
    .init("SELECT * FROM customers", reads: "shop.customers(customer, email, name)"),
    .init("SELECT * FROM stock.moves", reads: "stock.moves(count, day, item)"),
    .init("SELECT m.* FROM stock.moves m, stock.items", reads: "stock.items() stock.moves(count, day, item)"),
    .init("SELECT name FROM stock.items ORDER BY price", reads: "stock.items(name, price)"),
    .init(
      "SELECT day, sum(amount) FROM orders GROUP BY day HAVING max(id) > 3",
      reads: "shop.orders(amount, day, id)"),
    .init(
      "SELECT item, sum(count) OVER (PARTITION BY item ORDER BY day) FROM stock.moves",
      reads: "stock.moves(count, day, item)"),
    .init(
      "SELECT (SELECT max(price) FROM stock.items i WHERE i.item = o.item) FROM orders o",
      reads: "shop.orders(item) stock.items(item, price)"),
    .init(
      "SELECT id FROM orders WHERE item IN (SELECT item FROM stock.items WHERE price > 3)",
      reads: "shop.orders(id, item) stock.items(item, price)"),
    .init(
      "SELECT id FROM orders WHERE (item, day) IN (SELECT item, day FROM stock.moves)",
      reads: "shop.orders(day, id, item) stock.moves(day, item)"),
    .init(
      "SELECT id FROM orders UNION SELECT item FROM stock.items", reads: "shop.orders(id) stock.items(item)"),
    .init(
      "SELECT name FROM customers EXCEPT SELECT name FROM people.staff",
      reads: "people.staff(name) shop.customers(name)"),
    .init(
      "SELECT id FROM orders WHERE day >= :interval_start AND day < :interval_end",
      reads: "shop.orders(day, id)"),
    .init("SELECT value FROM orders, json_each(orders.email)", reads: "shop.orders(email)"),
    .init("SELECT 'stock.items', \"id\" FROM orders -- stock.moves", reads: "shop.orders(id)"),
    .init("VALUES (1), (2)"),
  ]

  static let joining: [FootprintCase] = [
    .init(
      "SELECT 1 FROM orders NATURAL JOIN customers",
      reads: "shop.customers(customer, email) shop.orders(customer, email)"),
    .init(
      "SELECT id FROM orders JOIN customers USING (customer)",
      reads: "shop.customers(customer) shop.orders(customer, id)"),
    .init(
      "SELECT price FROM orders JOIN stock.items USING (item)",
      reads: "shop.orders(item) stock.items(item, price)"),
    .init(
      "SELECT email FROM customers FULL JOIN people.staff USING (email)",
      reads: "people.staff(email) shop.customers(email)"),
    .init(
      "WITH g(email) AS (SELECT 'x') SELECT email FROM customers FULL JOIN g USING (email)",
      reads: "shop.customers(email)"),
    .init(
      "SELECT c.name FROM customers c RIGHT JOIN people.staff s ON s.name = c.name",
      reads: "people.staff(name) shop.customers(name)"),
    .init(
      "SELECT a.name FROM people.staff a LEFT JOIN people.staff b ON a.boss = b.name",
      reads: "people.staff(boss, name)"),
    .init("WITH o AS (SELECT email FROM orders) SELECT email FROM o", reads: "shop.orders(email)"),
    .init(
      "WITH orders AS (SELECT name FROM stock.items) SELECT name FROM orders", reads: "stock.items(name)"),
    .init("WITH items AS (SELECT id FROM orders) SELECT * FROM items", reads: "shop.orders(id)"),
    .init("WITH unused AS (SELECT secret FROM stock.items) SELECT 1"),
    .init(
      "WITH m AS MATERIALIZED (SELECT item, day FROM stock.moves) SELECT a.day FROM m a JOIN m b USING (item)",
      reads: "stock.moves(day, item)"),
    .init(
      """
      WITH RECURSIVE up(name, depth) AS (
        SELECT name, 0 FROM customers UNION ALL
        SELECT s.boss, depth + 1 FROM up JOIN people.staff s ON s.name = up.name)
      SELECT max(depth) FROM up
      """, reads: "people.staff(boss, name) shop.customers(name)"),
    .init("SELECT x.total FROM (SELECT sum(amount) AS total FROM orders) x", reads: "shop.orders(amount)"),
  ]

  static let writing: [FootprintCase] = [
    .init(
      "INSERT INTO daily SELECT day, sum(amount), count(*) FROM orders GROUP BY day",
      reads: "shop.orders(amount, day)", writes: "insert shop.daily"),
    .init("INSERT INTO daily VALUES (1, 2, 3)", writes: "insert shop.daily"),
    .init(
      "INSERT INTO main.daily (day) SELECT day FROM stock.moves", reads: "stock.moves(day)",
      writes: "insert shop.daily"),
    .init(
      "INSERT INTO customers SELECT * FROM people.staff", reads: "people.staff(boss, email, name)",
      writes: "insert shop.customers"),
    .init(
      """
      INSERT INTO daily (day, total) SELECT day, amount FROM orders WHERE true
      ON CONFLICT (day) DO UPDATE SET total = total + excluded.total
      """, reads: "shop.daily(day, total) shop.orders(amount, day)",
      writes: "insert shop.daily, update shop.daily(total)"),
    .init(
      "REPLACE INTO daily SELECT day, amount, id FROM orders", reads: "shop.orders(amount, day, id)",
      writes: "insert shop.daily"),
    .init(
      "UPDATE daily SET total = 0 WHERE day = 'x'", reads: "shop.daily(day)",
      writes: "update shop.daily(total)"),
    .init(
      "UPDATE orders SET amount = i.price FROM stock.items i WHERE i.item = orders.item RETURNING email",
      reads: "shop.orders(email, item) stock.items(item, price)", writes: "update shop.orders(amount)"),
    .init(
      "UPDATE daily SET total = (SELECT sum(count) FROM stock.moves m WHERE m.day = daily.day)",
      reads: "shop.daily(day) stock.moves(count, day)", writes: "update shop.daily(total)"),
    .init("DELETE FROM orders", writes: "delete shop.orders"),
    .init(
      "DELETE FROM orders WHERE customer IN (SELECT customer FROM customers)",
      reads: "shop.customers(customer) shop.orders(customer)", writes: "delete shop.orders"),
    .init(
      "INSERT INTO daily (day) VALUES (1) RETURNING *", reads: "shop.daily(day, orders, total)",
      writes: "insert shop.daily"),
    .init(
      "DELETE FROM daily; INSERT INTO daily (day) SELECT name FROM stock.items;",
      reads: "stock.items(name)", writes: "delete shop.daily, insert shop.daily"),
    .init(
      "WITH d AS (SELECT day FROM stock.moves) INSERT INTO daily (day) SELECT day FROM d",
      reads: "stock.moves(day)", writes: "insert shop.daily"),
  ]

  static let making: [FootprintCase] = [
    .init(
      "CREATE TABLE agg AS SELECT day, count(*) AS n FROM orders GROUP BY day", reads: "shop.orders(day)",
      writes: "create shop.agg"),
    .init(
      "CREATE TABLE agg AS SELECT * FROM customers NATURAL JOIN people.staff",
      reads: "people.staff(boss, email, name) shop.customers(customer, email, name)",
      writes: "create shop.agg"),
    .init(
      "CREATE TABLE copy (a, b, c); INSERT INTO copy SELECT * FROM customers; DROP TABLE copy",
      reads: "shop.customers(customer, email, name)",
      writes: "create shop.copy, insert shop.copy, drop shop.copy"),
    .init(
      "CREATE TABLE twin (customer INTEGER, name TEXT, email TEXT); INSERT INTO twin SELECT * FROM customers",
      reads: "shop.customers(customer, email, name)", writes: "create shop.twin, insert shop.twin"),
    .init(
      "DROP TABLE IF EXISTS daily; CREATE TABLE daily AS SELECT item FROM stock.items",
      reads: "stock.items(item)", writes: "drop shop.daily, create shop.daily"),
    .init(
      "CREATE TABLE IF NOT EXISTS daily (day TEXT PRIMARY KEY); INSERT INTO daily VALUES (1) ON CONFLICT (day) DO NOTHING",
      reads: "shop.daily(day)", writes: "create shop.daily, insert shop.daily"),
    .init(
      "CREATE VIEW v AS SELECT id, email FROM orders; SELECT id FROM v", reads: "shop.orders(email, id)",
      writes: "create shop.v"),
    .init(
      "CREATE VIEW v AS SELECT id FROM orders; CREATE VIEW w AS SELECT * FROM v; SELECT count(*) FROM w",
      reads: "shop.orders(id)", writes: "create shop.v, create shop.w"),
    .init(
      "CREATE VIEW v AS SELECT 1 AS one FROM orders NATURAL JOIN customers; SELECT one FROM v",
      reads: "shop.customers(customer, email) shop.orders(customer, email)", writes: "create shop.v"),
    .init(
      """
      CREATE TRIGGER copy AFTER INSERT ON orders BEGIN
        UPDATE daily SET orders = orders + 1 WHERE day = new.day;
        DELETE FROM customers WHERE name = 'x';
      END;
      INSERT INTO orders (id) SELECT item FROM stock.items
      """, reads: "shop.customers(name) shop.daily(day, orders) shop.orders(day) stock.items(item)",
      writes: "alter shop.orders, delete shop.customers, update shop.daily(orders), insert shop.orders"),
    .init(
      "CREATE INDEX by_day ON orders (day); SELECT count(*) FROM orders WHERE day = 1",
      reads: "shop.orders(day)", writes: "alter shop.orders"),
    .init(
      "CREATE INDEX by_both ON orders (day, email); SELECT 1 FROM orders JOIN customers USING (email) WHERE day = 1",
      reads: "shop.customers(email) shop.orders(day, email)", writes: "alter shop.orders"),
    .init(
      "ALTER TABLE orders ADD COLUMN note TEXT; SELECT note FROM orders", reads: "shop.orders(note)",
      writes: "alter shop.orders"),
    .init(
      "ALTER TABLE orders RENAME TO bills; SELECT id FROM bills", reads: "shop.bills(id)",
      writes: "alter shop.orders"),
    .init(
      "CREATE TABLE w (a TEXT, b TEXT, c TEXT, PRIMARY KEY (c, a)) WITHOUT ROWID; SELECT b FROM w WHERE c = 1",
      reads: "shop.w(b, c)", writes: "create shop.w"),
    .init(
      "CREATE TABLE k (id INTEGER PRIMARY KEY, a); SELECT 1 FROM k JOIN orders USING (id)",
      reads: "shop.k(id) shop.orders(id)", writes: "create shop.k"),
    .init(
      "CREATE TABLE g (a, b AS (a + 1)); SELECT b FROM g", reads: "shop.g(a, b)", writes: "create shop.g"),
    .init(
      """
      CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE child (p REFERENCES parent ON DELETE CASCADE);
      DELETE FROM parent WHERE id = 3
      """, reads: "shop.child(p) shop.parent(id)",
      writes: "create shop.parent, create shop.child, delete shop.child, delete shop.parent"),
  ]
}

WITH known AS (
  SELECT rate FROM finance.rates
   WHERE currency = 'KRW' AND day <= :partition AND day > date(:partition, '-4 days')
   ORDER BY day DESC LIMIT 1)
SELECT :partition AS day, count(*) AS orders, total(amount) AS euro,
       round(total(amount) * (SELECT rate FROM known)) AS won
  FROM shop.orders
 WHERE at >= :interval_start AND at < :interval_end

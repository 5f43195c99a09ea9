CREATE TABLE IF NOT EXISTS finance.balance (day TEXT PRIMARY KEY, amount INTEGER NOT NULL);

INSERT OR REPLACE INTO finance.balance
SELECT :partition,
       coalesce((SELECT amount FROM finance.balance WHERE day = date(:partition, '-1 day')), 0)
         + (SELECT coalesce(sum(amount), 0) FROM shop.payments WHERE day = :partition AND status = 'paid');

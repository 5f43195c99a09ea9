CREATE TABLE IF NOT EXISTS shop.customer_history (
  customer INTEGER NOT NULL, city TEXT, tier TEXT, valid_from TEXT NOT NULL, valid_to TEXT,
  PRIMARY KEY (customer, valid_from));

-- A day that is made again takes back first what it did.
DELETE FROM shop.customer_history WHERE valid_from = :partition;
UPDATE shop.customer_history SET valid_to = NULL WHERE valid_to = :partition;

-- What is different now, or gone, was valid until today.
UPDATE shop.customer_history SET valid_to = :partition
 WHERE valid_to IS NULL
   AND NOT EXISTS (
         SELECT 1 FROM shop.customers AS now
          WHERE now.day = :partition AND now.customer = customer_history.customer
            AND now.city IS customer_history.city AND now.tier IS customer_history.tier);

INSERT INTO shop.customer_history
SELECT customer, city, tier, :partition, NULL
  FROM shop.customers AS now
 WHERE day = :partition
   AND NOT EXISTS (
         SELECT 1 FROM shop.customer_history AS known
          WHERE known.customer = now.customer AND known.valid_to IS NULL);

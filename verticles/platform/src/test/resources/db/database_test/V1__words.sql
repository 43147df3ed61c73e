CREATE TABLE words (word text PRIMARY KEY);
INSERT INTO words VALUES ('one');

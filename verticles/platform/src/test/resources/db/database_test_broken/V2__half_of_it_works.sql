INSERT INTO words VALUES ('half');
INSERT INTO no_such_table VALUES ('the other half');

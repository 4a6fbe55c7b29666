INSERT INTO strategies (name) VALUES ('grid');
